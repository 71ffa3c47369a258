package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ColumnMap is a map of one column, such as Log. It is applied before a flow sees the column, and
// its inverse is applied to samples. All are increasing, except that Angle wraps around. A plan
// (f4f.BasePlan.Column) takes several maps for a column, in the order in which they apply. The zero
// value is not a valid map: Fit and FitPipeline return an error for it.
//
//	Log, LogAbove(low), LogBelow(high)      values with one end
//	Logit(low, high)                        values with two
//	Asinh(scale)                            heavy tails on both sides
//	Quantile                                any shape with one peak
//	Standardised, Robust                    a shift and a scale
//	Whole                                   whole numbers
//	Argmax(feature)                         which of several columns is 1, after Whole
//	Spike(at)                               a share of the values is exactly at
//	Angle(from, to)                         an angle, alone on its column
//
// FitPipeline fits the parameters that depend on the column, such as the quantiles. Prepare
// proposes maps for each column of a table.
type ColumnMap struct {
	kind       string
	parameters [2]float64 // of the kind, as many as it has
	feature    string     // of Argmax, whose classes the columns are
}

// String returns the Go code that makes the map: "data.Logit(0, 1)".
func (m ColumnMap) String() string {
	kind, ok := mapKinds[m.kind]
	if !ok {
		return "data.ColumnMap{}"
	}
	if m.kind == argmaxName {
		return fmt.Sprintf("data.%s(%q)", kind.name, m.feature)
	}
	if kind.parameters == 0 {
		return "data." + kind.name
	}
	texts, bits := make([]string, kind.parameters), 64
	if kind.single {
		bits = 32
	}
	for i := range texts {
		texts[i] = strconv.FormatFloat(m.parameters[i], 'g', -1, bits)
	}
	return "data." + kind.name + "(" + strings.Join(texts, ", ") + ")"
}

// Validate returns an error if the map is none of this package's, or if a parameter is not allowed.
func (m ColumnMap) Validate() error {
	kind, ok := mapKinds[m.kind]
	if !ok {
		return fmt.Errorf("data: a map of a column must be one of this package's, such as Log, got the zero value")
	}
	if kind.allows == nil {
		return nil
	}
	return kind.allows(m)
}

// AddsNoise reports whether the map adds noise to values: Whole and Spike do.
func (m ColumnMap) AddsNoise() bool { return mapKinds[m.kind].noisy }

// Feature returns the feature of Argmax, and "" for any other map.
func (m ColumnMap) Feature() string { return m.feature }

// Fixed reports whether the map is determined by its parameters alone, so that a fit to any column gives
// the same: Log, LogAbove, LogBelow, Logit, Asinh, Angle and Argmax are.
func (m ColumnMap) Fixed() bool { return mapKinds[m.kind].fixed }

// mapKind is a kind of map.
type mapKind struct {
	name       string // of the variable or function that makes the map
	parameters int
	single     bool // parameters are rounded to float32, as the points are
	fixed      bool // the fit depends on the parameters alone
	// noisy says that the map adds noise and comes first. It is not monotone, and has neither fit nor
	// empty.
	noisy bool
	// allows returns an error if a parameter is not allowed. It is nil for a kind without parameters.
	allows func(m ColumnMap) error
	// fit fits the map to a column [N] of values in no order, which it may reorder.
	fit func(m ColumnMap, column []float64) (monotone, error)
	// empty returns a map for its JSON to be read into.
	empty func() monotone
}

// mapKinds holds the kinds of map by the name that files use. Each registers itself, from the file
// of its map.
var mapKinds = map[string]mapKind{}

// register adds a kind of map under the name that files use, and returns the name. It panics if
// another kind has the name, as a program starts.
func register(name string, kind mapKind) string {
	if _, taken := mapKinds[name]; taken {
		panic(fmt.Sprintf("data: two kinds of map have the name %q", name))
	}
	mapKinds[name] = kind
	return name
}

// monotone is a strictly increasing map of one column, fitted to it. Its JSON is that of a struct.
type monotone interface {
	// forward returns the image u of a value v in the domain, and log du/dv there.
	forward(v float64) (u, logDerivative float64)
	// inverse returns the value v whose image is u, and log dv/du there. It takes any u.
	inverse(u float64) (v, logDerivative float64)
	// domain returns the ends of the open interval of values that forward takes.
	domain() (low, high float64)
	// validate returns an error if no fit could have made the map, which may come from a file.
	validate() error
}

// everywhere is the domain of a map that takes every value.
func everywhere() (low, high float64) { return math.Inf(-1), math.Inf(1) }

// finite reports whether all values are finite.
func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
