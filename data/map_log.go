package data

import (
	"fmt"
	"math"
)

// Log maps a positive value to its logarithm, u = log v. It suits a column that is positive and
// skewed, such as a momentum or an income. A value of 0 or less is an error; behind Whole, whose noise lifts
// it, 0 is none. Samples are always positive, or 0 or more behind Whole.
var Log = ColumnMap{kind: "log"}

// LogAbove maps values above an end to u = log(v − low), such as momenta above a cut. A value at
// low or below is an error. Samples are always above low. LogAbove(0) is Log.
func LogAbove(low float64) ColumnMap {
	if low == 0 {
		return Log // one map, one fingerprint
	}
	return ColumnMap{kind: "logAbove", parameters: [2]float64{low}}
}

// LogBelow maps values below an end to u = −log(high − v). A value at high or above is an error.
// Samples are always below high.
func LogBelow(high float64) ColumnMap {
	return ColumnMap{kind: "logBelow", parameters: [2]float64{high}}
}

var _ = register("log", mapKind{
	name:  "Log",
	fixed: true,
	fit:   func(ColumnMap, []float64) (monotone, error) { return logMap{}, nil },
	empty: func() monotone { return &logMap{} },
})

var _ = register("logAbove", mapKind{
	name: "LogAbove", parameters: 1, fixed: true,
	allows: func(m ColumnMap) error { return logMap{Low: m.parameters[0]}.validate() },
	fit:    func(m ColumnMap, _ []float64) (monotone, error) { return logMap{Low: m.parameters[0]}, nil },
	empty:  func() monotone { return &logMap{} },
})

var _ = register("logBelow", mapKind{
	name: "LogBelow", parameters: 1, fixed: true,
	allows: func(m ColumnMap) error { return logMap{Low: -m.parameters[0]}.validate() },
	fit: func(m ColumnMap, _ []float64) (monotone, error) {
		return logBelowMap{logMap{Low: -m.parameters[0]}}, nil
	},
	empty: func() monotone { return &logBelowMap{} },
})

// logMap is u = log(v − Low).
type logMap struct {
	Low float64 `json:"low"`
}

func (m logMap) forward(v float64) (u, logDerivative float64) {
	u = math.Log(v - m.Low)
	return u, -u
}

func (m logMap) inverse(u float64) (v, logDerivative float64) { return math.Exp(u) + m.Low, u }
func (m logMap) domain() (low, high float64)                  { return m.Low, math.Inf(1) }

func (m logMap) validate() error {
	if !finite(m.Low) {
		return fmt.Errorf("data: the end of a logarithm must be finite, got %g", m.Low)
	}
	return nil
}

// logBelowMap is the mirror image of a logMap.
type logBelowMap struct{ logMap }

func (m logBelowMap) forward(v float64) (u, logDerivative float64) {
	u, logDerivative = m.logMap.forward(-v)
	return -u, logDerivative
}

func (m logBelowMap) inverse(u float64) (v, logDerivative float64) {
	v, logDerivative = m.logMap.inverse(-u)
	return -v, logDerivative
}

func (m logBelowMap) domain() (low, high float64) { return math.Inf(-1), -m.Low }
