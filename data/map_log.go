package data

import "math"

// Log maps a positive value to its logarithm, u = log v. It suits a column that is positive and
// skewed, such as a momentum or an income. A value of 0 or less is an error. No sample is 0 or
// less.
var Log = ColumnMap{kind: "log"}

var logKind = mapKind{
	name:  "Log",
	fit:   func([2]float64, []float64) (monotone, error) { return logMap{}, nil },
	empty: func() monotone { return &logMap{} },
}

type logMap struct{}

func (logMap) forward(v float64) (u, logDerivative float64) {
	u = math.Log(v)
	return u, -u
}

func (logMap) inverse(u float64) (v, logDerivative float64) { return math.Exp(u), u }
func (logMap) domain() (low, high float64)                  { return 0, math.Inf(1) }
func (logMap) validate() error                              { return nil }
