package data

import (
	"fmt"
	"math"
	"slices"
)

// OnCircle returns p [N, D] with one angle replaced by two columns, [N, D+1]: its cosine and its
// sine, times the radius (to − from)/2π. They are named "cos phi" and "sin phi" and stand where the
// angle phi stood. from and to are the ends of its period, as in Angle. column is its name, or its
// number, counted from 0, as text.
//
// The Euclidean distance of two angles then is the length of the chord between them, which for near
// angles is close to that of the arc, in the angle's unit. The metrics of package metric do this by
// themselves for columns with a period (WithPeriod); OnCircle is for distances of one's own, and
// for other tools. It returns an error if there is no such column, or if from is not below to.
func (p Points) OnCircle(column string, from, to float64) (Points, error) {
	if !(angleMap{from, to}).isPeriod() {
		return Points{}, fmt.Errorf("data: OnCircle must go from a finite number to a greater one, once around the circle, got %g and %g (column %q)", from, to, column)
	}
	j, err := p.ColumnNumber(column)
	if err != nil {
		return Points{}, err
	}
	return p.onCircles(func(k int) (period [2]float64, on bool) { return [2]float64{from, to}, k == j })
}

// OnCircles returns p [N, D] with each of its A angles (WithPeriod) replaced by two columns, as
// OnCircle does, [N, D+A]. Without angles it returns p.
func (p Points) OnCircles() (Points, error) {
	if p.periods == nil {
		return p, nil
	}
	return p.onCircles(func(k int) (period [2]float64, on bool) {
		return p.periods[k], p.periods[k][0] != p.periods[k][1]
	})
}

// onCircles returns p with each column for which on is true replaced by its cosine and sine.
func (p Points) onCircles(of func(column int) (period [2]float64, on bool)) (Points, error) {
	var names []string
	var periods [][2]float64
	for j := range p.d {
		if _, on := of(j); on {
			name := p.columnName(j)
			names, periods = append(names, "cos "+name, "sin "+name), append(periods, [2]float64{}, [2]float64{})
			continue
		}
		name, period := "", [2]float64{}
		if p.names != nil {
			name = p.names[j]
		}
		if p.periods != nil {
			period = p.periods[j]
		}
		names, periods = append(names, name), append(periods, period)
	}
	values := make([]float32, 0, p.n*len(names))
	for i := range p.n {
		for j, v := range p.Row(i) {
			period, on := of(j)
			if !on {
				values = append(values, v)
				continue
			}
			radius := (period[1] - period[0]) / (2 * math.Pi)
			sin, cos := math.Sincos((float64(v) - period[0]) / radius)
			values = append(values, float32(radius*cos), float32(radius*sin))
		}
	}
	on, err := NewPoints(max(len(names), 1), values)
	on.weights = p.weights
	return on.named(names).around(periods).WithNotes(p.notes...), err
}

// Nearest returns y [N, D] with each angle moved by whole turns to the value nearest to that of x
// [N, D] in the same row. Then y − x is the shorter way around the circle. periods are the ends of
// the period of each column [D], as CommonPeriods returns them for x and y: equal ends mean a
// column that is not an angle. If periods is nil, Nearest returns y. It returns an error if the
// shapes differ.
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

// Wrapped returns p [N, D] with each angle (WithPeriod) moved by whole turns into its period, from
// its lower end (included) to its upper one. Without angles it returns p. It returns an error if a
// feature is NaN or infinite.
func (p Points) Wrapped() (Points, error) {
	if p.periods == nil {
		return p, nil
	}
	if err := p.CheckFinite(); err != nil {
		return Points{}, err
	}
	values := slices.Clone(p.values)
	for i, v := range values {
		period := p.periods[i%p.d]
		turn := period[1] - period[0]
		if turn > 0 && (v < float32(period[0]) || v >= float32(period[1])) {
			moved := float64(v) - turn*math.Floor((float64(v)-period[0])/turn)
			if values[i] = float32(moved); values[i] >= float32(period[1]) {
				values[i] = float32(period[0]) // by rounding
			}
		}
	}
	p.values = values
	return p, nil
}
