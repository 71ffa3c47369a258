package data

import (
	"fmt"
	"math"
)

// Asinh maps a value to u = asinh(v/scale): linear for |v| well below scale, and logarithmic, with
// the sign of v, well above. It suits a column with heavy tails on both sides. scale, in the units
// of the column and above 0, is where its middle ends and its tails begin; use 1 after Robust.
func Asinh(scale float64) ColumnMap {
	return ColumnMap{kind: "asinh", parameters: [2]float64{scale}}
}

var _ = register("asinh", mapKind{
	name: "Asinh", parameters: 1, fixed: true,
	allows: func(m ColumnMap) error { return asinhMap{m.parameters[0]}.validate() },
	fit:    func(m ColumnMap, _ []float64) (monotone, error) { return asinhMap{m.parameters[0]}, nil },
	empty:  func() monotone { return &asinhMap{} },
})

type asinhMap struct {
	Scale float64 `json:"scale"`
}

func (m asinhMap) forward(v float64) (u, logDerivative float64) {
	return math.Asinh(v / m.Scale), -math.Log(math.Hypot(v, m.Scale))
}

func (m asinhMap) inverse(u float64) (v, logDerivative float64) {
	// log cosh u, which doesn't overflow where cosh does.
	logCosh := math.Abs(u) + math.Log1p(math.Exp(-2*math.Abs(u))) - math.Ln2
	return m.Scale * math.Sinh(u), math.Log(m.Scale) + logCosh
}

func (asinhMap) domain() (low, high float64) { return everywhere() }

func (m asinhMap) validate() error {
	if !(m.Scale > 0) || math.IsInf(m.Scale, 0) {
		return fmt.Errorf("data: Asinh needs a positive and finite scale, got %g", m.Scale)
	}
	return nil
}
