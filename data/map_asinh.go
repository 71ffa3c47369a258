package data

import (
	"fmt"
	"math"
)

// Asinh maps a value to u = asinh(v/scale): about v/scale near 0, and a logarithm of either sign
// far from it. It suits a column with heavy tails on both sides. scale is the size of the values
// that tell the middle of the column from its tails; after Robust it is 1.
func Asinh(scale float64) ColumnMap {
	return ColumnMap{kind: "asinh", parameters: [2]float64{scale}}
}

var _ = register("asinh", mapKind{
	name: "Asinh", parameters: 1,
	allows: func(p [2]float64) error { return asinhMap{p[0]}.validate() },
	fit:    func(p [2]float64, _ []float64) (monotone, error) { return asinhMap{p[0]}, nil },
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
