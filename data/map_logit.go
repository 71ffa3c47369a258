package data

import (
	"fmt"
	"math"
)

// Logit maps the interval from low to high onto all numbers, u = log((v − low)/(high − v)). It
// suits a column with hard ends, such as a fraction. A value at an end or beyond is an error.
// Samples always lie strictly between the ends.
func Logit(low, high float64) ColumnMap {
	return ColumnMap{kind: "logit", parameters: [2]float64{low, high}}
}

var _ = register("logit", mapKind{
	name: "Logit", parameters: 2, fixed: true,
	allows: func(m ColumnMap) error { return logitMap{m.parameters[0], m.parameters[1]}.validate() },
	fit: func(m ColumnMap, _ []float64) (monotone, error) {
		return logitMap{m.parameters[0], m.parameters[1]}, nil
	},
	empty: func() monotone { return &logitMap{} },
})

type logitMap struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func (m logitMap) forward(v float64) (u, logDerivative float64) {
	below, above := math.Log(v-m.Low), math.Log(m.High-v)
	return below - above, math.Log(m.High-m.Low) - below - above
}

func (m logitMap) inverse(u float64) (v, logDerivative float64) {
	// From the nearer end, so that a value close to an end keeps its digits.
	width := m.High - m.Low
	if share := 1 / (1 + math.Exp(math.Abs(u))); u < 0 {
		v = m.Low + width*share
	} else {
		v = m.High - width*share
	}
	return v, math.Log(width) - math.Abs(u) - 2*math.Log1p(math.Exp(-math.Abs(u)))
}

func (m logitMap) domain() (low, high float64) { return m.Low, m.High }

func (m logitMap) validate() error {
	if !finite(m.Low, m.High, m.High-m.Low) || m.Low >= m.High {
		return fmt.Errorf("data: Logit needs finite ends, the lower one first, got %g and %g", m.Low, m.High)
	}
	return nil
}
