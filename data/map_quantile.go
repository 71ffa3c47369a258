package data

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Quantile maps a column onto a standard normal one, by its own quantiles: u = Φ⁻¹(F(v)), where F
// is a smooth estimate of the distribution function. It suits a column with one peak of any shape,
// such as a skewed one or one with long tails. A flow learns a column with several separate peaks
// better without it, so Prepare leaves it out there.
//
// F comes from quantiles at u = −u₀ … u₀ in even steps, where u₀ leaves a few values beyond it on
// either side. There are about 1.5·N^⅓ of them, at most 1,000, so that each step has values enough
// for a density that isn't rough. A rational-quadratic spline goes through them, and straight lines
// beyond, as for normal tails. Put Asinh before Quantile where tails are heavier, or Log or Logit
// where values have ends: Quantile alone has no ends, and samples go somewhat beyond the data.
//
// The column must have at least 20 values, and 3 different ones among its quantiles.
var Quantile = ColumnMap{kind: "quantile"}

const (
	leastQuantileRows = 20
	mostQuantileKnots = 1000
	quantileTail      = 10 // values beyond the outermost knots, on either side
)

var _ = register("quantile", mapKind{
	name:  "Quantile",
	fit:   func(_ ColumnMap, column []float64) (monotone, error) { return fittedQuantile(column) },
	empty: func() monotone { return &quantileMap{} },
})

// quantileMap is the spline from values to standard normal ones.
type quantileMap struct{ monotoneSpline }

func fittedQuantile(column []float64) (monotone, error) {
	n := len(column)
	if n < leastQuantileRows {
		return nil, fmt.Errorf("there must be at least %d values, got %d", leastQuantileRows, n)
	}
	slices.Sort(column)
	knots := min(max(int(math.Round(1.5*math.Cbrt(float64(n)))), 8), mostQuantileKnots)
	tail := math.Min(quantileTail, float64(n)/8)
	furthest := -mathext.NormalQuantile(tail / float64(n))
	m := &quantileMap{}
	for k := 0; k < knots; {
		u := furthest * (2*float64(k)/float64(knots-1) - 1)
		v := quantile(normalCDF(u), column)
		// Of quantiles that are equal, because the value repeats, the middle one is a knot.
		equal := 1
		for k += 1; k < knots; k++ {
			next := furthest * (2*float64(k)/float64(knots-1) - 1)
			if quantile(normalCDF(next), column) > v {
				break
			}
			u += next
			equal++
		}
		m.X, m.Y = append(m.X, v), append(m.Y, u/float64(equal))
	}
	if len(m.X) < leastKnots {
		return nil, fmt.Errorf("there must be at least %d different values among the quantiles, got %d", leastKnots, len(m.X))
	}
	m.fillSlopes()
	return m, m.validate()
}

func (m *quantileMap) forward(v float64) (u, logDerivative float64) { return m.at(v) }
func (m *quantileMap) inverse(u float64) (v, logDerivative float64) { return m.back(u) }
func (*quantileMap) domain() (low, high float64)                    { return everywhere() }
func (m *quantileMap) validate() error                              { return m.monotoneSpline.validate(mostQuantileKnots) }

// UnmarshalJSON reads the knots, and computes the slopes that follow from them.
func (m *quantileMap) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &m.monotoneSpline); err != nil {
		return err
	}
	if err := m.validate(); err != nil {
		return err
	}
	m.fillSlopes()
	return nil
}

// normalCDF returns the probability that a standard normal variable is below u.
func normalCDF(u float64) float64 { return math.Erfc(-u/math.Sqrt2) / 2 }
