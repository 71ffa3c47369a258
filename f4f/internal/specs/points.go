package specs

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// A finite point may lie so far out that float32 overflows within the flow: with weights of 1 at
// 1e38, and in its networks long before. The flow then returns an error instead of the meaningless
// result.

// CheckImages returns an error that names the first point whose image is not finite, if there is
// one.
func CheckImages(x, y data.Points) error {
	if y.CheckFinite() == nil {
		return nil
	}
	for i := range y.Len() {
		for j, v := range y.Row(i) {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return tooFar(x, i, fmt.Sprintf("column %d of its image is %v", j, v))
			}
		}
	}
	return nil
}

// CheckLogProbs returns an error that names the first point whose log-density is NaN or +Inf, if
// there is one, and says what LogProb is: a log-density, a log-probability, or a bound of one. −Inf is
// allowed: it means a density too small for float32.
func (s Density) CheckLogProbs(x data.Points, logProbs []float64) error {
	what := "log-density"
	switch noisy := s.noisyColumns(); {
	case noisy > mostExact:
		what = boundName
	case noisy > 0:
		what = "log-probability"
	}
	return checkLogs(x, logProbs, what)
}

// boundName is what messages call a bound.
const boundName = "lower bound of the log-probability"

func checkLogs(x data.Points, logs []float64, what string) error {
	return checkValues(x, logs, what, func(l float64) bool { return math.IsNaN(l) || math.IsInf(l, 1) })
}

// CheckLogDets returns an error that names the first point whose log-det is not finite, if there is
// one.
func CheckLogDets(x data.Points, logDets []float64) error {
	return checkValues(x, logDets, "log-det", func(l float64) bool { return math.IsNaN(l) || math.IsInf(l, 0) })
}

// CheckPotential returns an error that names the first point whose potential is not finite, if
// there is one.
func CheckPotential(x data.Points, potential []float64) error {
	return checkValues(x, potential, "potential", func(f float64) bool { return math.IsNaN(f) || math.IsInf(f, 0) })
}

// CheckDerivatives returns an error that names the first point with a derivative that is not
// finite, if there is one. Each point has the same number of derivatives.
func CheckDerivatives(x data.Points, derivatives []float64) error {
	each := len(derivatives) / x.Len()
	for i, v := range derivatives {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return tooFar(x, i/each, fmt.Sprintf("a derivative there is %v", v))
		}
	}
	return nil
}

// checkValues returns an error that names the first point with a wrong value, if there is one.
func checkValues(x data.Points, values []float64, what string, wrong func(float64) bool) error {
	for i, v := range values {
		if wrong(v) {
			return tooFar(x, i, fmt.Sprintf("its %s is %v", what, v))
		}
	}
	return nil
}

// tooFar returns an error that names a row and its largest value.
func tooFar(x data.Points, i int, what string) error {
	largest := 0
	row := x.Row(i)
	for j, v := range row {
		if math.Abs(float64(v)) > math.Abs(float64(row[largest])) {
			largest = j
		}
	}
	return fmt.Errorf("row %d lies too far out for float32, column %s is %v: %s; leave the row out, or look at the column's unit", i, x.ColumnTitle(largest), row[largest], what)
}

// CheckPoints returns an error unless there is at least one point, and all have the features of the
// density and finite values. A column that has a name must have that of the training, if it is
// known: columns in another order would give wrong results.
func (s Density) CheckPoints(x data.Points) error {
	switch {
	case x.Len() == 0:
		return fmt.Errorf("there must be at least one of the points, got none")
	case x.Dim() != s.Dim:
		return fmt.Errorf("points must have %d features, got %d", s.Dim, x.Dim())
	}
	if err := checkNames(x, s.Columns); err != nil {
		return err
	}
	if err := checkPeriods(x, s.Periods()); err != nil {
		return err
	}
	return x.CheckFinite()
}

// checkPeriods returns an error if a column of p is an angle of another period than in training.
func checkPeriods(p data.Points, training [][2]float64) error {
	if training == nil || p.Periods() == nil {
		return nil
	}
	trained, err := p.WithPeriods(training)
	if err == nil {
		_, err = data.CommonPeriods(trained, p)
	}
	return err
}

// checkNames returns an error if a column of p has another name than in training, where it had one.
func checkNames(p data.Points, training []string) error {
	names := p.ColumnNames()
	for j, want := range training {
		if names != nil && names[j] != "" && want != "" && names[j] != want {
			return fmt.Errorf("column %d must be %q, as in the training, got %q, of the columns %q for %q: choose them in that order (Points.Columns), or leave out their names (WithColumnNames)",
				j, want, names[j], names, training)
		}
	}
	return nil
}

// OnCircle returns points of the density with the periods of the angles of its training, and those
// of like in columns that the training had no map for, which are as many columns. A column with a
// period stays an angle, even if the plan knows nothing of it.
func (s Density) OnCircle(x, like data.Points) data.Points {
	own, others := s.Periods(), like.Periods()
	if own == nil {
		own = others
	}
	for j := range min(len(own), len(others)) {
		if own[j][0] == own[j][1] {
			own[j] = others[j]
		}
	}
	if on, err := x.WithPeriods(own); err == nil { // always: there is a period for each feature
		x = on
	}
	return x
}

// Named returns points of the density with the names of the features in training, or with those of
// like if they are not known, and with the weights of like, which are as many points or none.
func (s Density) Named(x, like data.Points) data.Points {
	names := s.Columns
	if names == nil {
		names = like.ColumnNames()
	}
	if named, err := x.WithColumnNames(names...); err == nil { // always: there is a name for each feature
		x = named
	}
	if weighted, err := x.WithWeightsOf(like); err == nil { // always: there is a weight for each point
		x = weighted
	}
	return x
}
