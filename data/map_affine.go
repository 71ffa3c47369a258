package data

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Standardised shifts and scales a column to mean 0 and standard deviation 1, both taken from the
// points that it is fitted to. A plan that standardises does the same to all columns after their
// maps, so Standardised is for a column that another map follows.
var Standardised = ColumnMap{kind: "standardised"}

// Robust shifts a column to median 0 and divides it by its interquartile range over that of the
// standard normal (1.349). A normal column then has standard deviation 1, and a few outliers hardly
// change shift or scale.
var Robust = ColumnMap{kind: "robust"}

var _ = register("standardised", mapKind{
	name: "Standardised",
	fit: func(_ ColumnMap, column []float64) (monotone, error) {
		shift := stat.Mean(column, nil)
		return fittedAffine(shift, math.Sqrt(stat.MomentAbout(2, column, shift, nil)))
	},
	empty: func() monotone { return &affineMap{} },
})

var _ = register("robust", mapKind{
	name: "Robust",
	fit: func(_ ColumnMap, column []float64) (monotone, error) {
		slices.Sort(column)
		low, middle, high := quantile(0.25, column), quantile(0.5, column), quantile(0.75, column)
		if low == high {
			return nil, fmt.Errorf("the middle half of the values is %g throughout, so there is no spread to scale by: take Standardised, or Spike(%g) for the value that repeats", low, low)
		}
		return fittedAffine(middle, (high-low)/normalMiddleHalf)
	},
	empty: func() monotone { return &affineMap{} },
})

// normalMiddleHalf is the difference of the quartiles of the standard normal.
const normalMiddleHalf = 1.3489795003921634

// quantile returns the value below which a share p of sorted values lies, by linear interpolation
// between the values.
func quantile(p float64, sorted []float64) float64 {
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	if i < 0 {
		return sorted[0]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// affineMap is u = (v − Shift)/Scale.
type affineMap struct {
	Shift float64 `json:"shift"`
	Scale float64 `json:"scale"`
}

func fittedAffine(shift, scale float64) (monotone, error) {
	m := affineMap{shift, scale}
	return m, m.validate()
}

func (m affineMap) forward(v float64) (u, logDerivative float64) {
	return (v - m.Shift) / m.Scale, -math.Log(m.Scale)
}

func (m affineMap) inverse(u float64) (v, logDerivative float64) {
	return u*m.Scale + m.Shift, math.Log(m.Scale)
}

func (affineMap) domain() (low, high float64) { return everywhere() }

func (m affineMap) validate() error {
	if !finite(m.Shift, m.Scale) || !(m.Scale > 0) {
		return fmt.Errorf("data: a column is shifted by a finite number and scaled by a positive one, got %g and %g", m.Shift, m.Scale)
	}
	return nil
}
