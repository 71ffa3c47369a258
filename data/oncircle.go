package data

import (
	"fmt"
	"math"
)

// OnCircle returns p [N, D] with one angle replaced by two columns, [N, D+1]: its cosine and its
// sine, times the radius (to − from)/2π. They are named "cos phi" and "sin phi" and stand where the
// angle phi stood. from and to are the ends of its period, as in Angle. column is its name, or its
// number, counted from 0, as text.
//
// The Euclidean distance of two angles then is the length of the chord between them, which for near
// angles is close to that of the arc, in the angle's unit. So the metrics of package metric that
// use distances (EnergyDistance, SlicedWasserstein, OptimalPairing, AUC) don't depend on where the
// period begins. OnCircle returns an error if there is no such column, or if from is not below to.
func (p Points) OnCircle(column string, from, to float64) (Points, error) {
	if !(angleMap{from, to}).isPeriod() {
		return Points{}, fmt.Errorf("data: OnCircle must go from a finite number to a greater one, once around the circle, got %g and %g (column %q)", from, to, column)
	}
	j, err := p.ColumnNumber(column)
	if err != nil {
		return Points{}, err
	}
	around := make([]float32, 0, 2*p.n)
	radius := (to - from) / (2 * math.Pi)
	for i := range p.n {
		sin, cos := math.Sincos((p.At(i, j) - from) / radius)
		around = append(around, float32(radius*cos), float32(radius*sin))
	}
	pair, err := NewPoints(2, around)
	if err != nil {
		return Points{}, err
	}
	if pair, err = pair.WithColumnNames("cos "+p.columnName(j), "sin "+p.columnName(j)); err != nil {
		return Points{}, err
	}
	// The pair stands where the angle stood.
	order := make([]int, 0, p.d+1)
	for k := range p.d {
		if order = append(order, k); k == j {
			order[k], order = p.d, append(order, p.d+1)
		}
	}
	beside, err := p.HStack(pair)
	if err != nil {
		return Points{}, err
	}
	return beside.Columns(order...)
}

// Nearest returns y [N, D] with each angle moved by whole turns to the value nearest to that of x
// [N, D] in the same row. Then y − x is the shorter way around the circle. periods are the ends of
// the period of each column [D], as f4f.Density.Periods returns them: equal ends mean a column that
// is not an angle. If periods is nil, Nearest returns y. It returns an error if the shapes differ.
func Nearest(x, y Points, periods [][2]float64) (Points, error) {
	if periods == nil {
		return y, nil
	}
	if x.n != y.n || x.d != y.d || len(periods) != x.d {
		return Points{}, fmt.Errorf("data: points, the points near them and periods must be of one shape, got %v, %v and %d periods", x, y, len(periods))
	}
	values := make([]float32, len(y.values))
	for i, v := range y.values {
		values[i] = v
		if period := periods[i%y.d]; period[1] > period[0] {
			from := float64(x.values[i])
			values[i] = float32(from + math.Remainder(float64(v)-from, period[1]-period[0]))
		}
	}
	y.values = values
	return y, nil
}
