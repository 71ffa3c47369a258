package export

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
)

// The maps of columns run on the host, not in a flow's graphs. A model has them as graphs, made
// from what a pipeline writes as JSON. As on the host they compute in float64.

// columnGraph is the maps of a column.
type columnGraph []graphMap

// graphMap is a map of a column as graphs. Values v and u and log-derivatives are [N].
type graphMap interface {
	forward(v *Node) (u, logDerivative *Node)
	inverse(u *Node) (v, logDerivative *Node)
	// ends are the ends of the values that the map takes.
	ends() (low, high float64)
}

// graphMaps makes the map of each kind, by its name in files.
var graphMaps = map[string]func() graphMap{
	"log":          func() graphMap { return &logGraph{} },
	"logAbove":     func() graphMap { return &logGraph{} },
	"logBelow":     func() graphMap { return &logBelowGraph{} },
	"logit":        func() graphMap { return &logitGraph{} },
	"asinh":        func() graphMap { return &asinhGraph{} },
	"standardised": func() graphMap { return &affineGraph{} },
	"robust":       func() graphMap { return &affineGraph{} },
	"quantile":     func() graphMap { return &splineGraph{} },
	"angle":        func() graphMap { return &angleGraph{} },
}

// columnsOf returns the maps of each column of a pipeline, none for nil. names are those of the
// columns, for errors.
func columnsOf(p *data.Pipeline, names []string) ([]columnGraph, error) {
	if p == nil {
		return nil, nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var written []*struct {
		Whole bool
		Spike json.RawMessage
		Maps  []struct {
			Kind   string
			Fitted json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	title := func(j int) string {
		if j < len(names) && names[j] != "" {
			return names[j]
		}
		return fmt.Sprint(j)
	}
	columns := make([]columnGraph, len(written))
	for j, w := range written {
		if w == nil {
			continue
		}
		if w.Whole || w.Spike != nil {
			return nil, fmt.Errorf("column %s has noise, by %s, which a model has no source of: it can't be exported", title(j), p.Maps(j)[0])
		}
		for k, m := range w.Maps {
			made := graphMaps[m.Kind]
			if made == nil {
				return nil, fmt.Errorf("column %s has %s, which can't be exported", title(j), p.Maps(j)[k])
			}
			g := made()
			if err := json.Unmarshal(m.Fitted, g); err != nil {
				return nil, err
			}
			columns[j] = append(columns[j], g)
		}
	}
	return columns, nil
}

// enter maps points x [N, D] to the units that the flow sees. logDet is log|det ∂u/∂x| [N], nil for
// zeros.
func enter(columns []columnGraph, x *Node) (u, logDet *Node) {
	return through(columns, x, func(c columnGraph, v *Node) (*Node, *Node) {
		var total *Node
		for _, m := range c {
			var l *Node
			v, l = m.forward(v)
			total = plus(total, l)
		}
		return v, total
	})
}

// leave maps points u [N, D] in the units that the flow sees to the data's. logDet is
// log|det ∂x/∂u| [N], nil for zeros.
func leave(columns []columnGraph, u *Node) (x, logDet *Node) {
	return through(columns, u, func(c columnGraph, v *Node) (*Node, *Node) {
		var total *Node
		for k := len(c) - 1; k >= 0; k-- {
			var l *Node
			v, l = c[k].inverse(v)
			total = plus(total, l)
		}
		low, high := c[0].ends()
		return within(v, low, high), total
	})
}

// through maps the columns of x [N, D] that have maps, in float64.
func through(columns []columnGraph, x *Node, run func(c columnGraph, v *Node) (u, logDerivative *Node)) (u, logDet *Node) {
	if columns == nil {
		return x, nil
	}
	mapped := make([]*Node, len(columns))
	for j, c := range columns {
		own := Slice(x, AxisRange(), AxisRange(j, j+1))
		if c == nil {
			mapped[j] = own
			continue
		}
		v, l := run(c, ConvertDType(Squeeze(own, 1), dtypes.Float64))
		mapped[j] = ExpandAxes(ConvertDType(v, x.DType()), 1)
		logDet = plus(logDet, l)
	}
	if logDet != nil {
		logDet = ConvertDType(logDet, x.DType())
	}
	if len(mapped) == 1 {
		return mapped[0], logDet
	}
	return Concatenate(mapped, 1), logDet
}

// plus returns the sum of two values, either of which may be nil for zeros.
func plus(a, b *Node) *Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Add(a, b)
}

// within keeps values inside the open interval from low to high, as float32.
func within(v *Node, low, high float64) *Node {
	if !math.IsInf(low, 0) {
		least := float32(low)
		for ; float64(least) <= low; least = math.Nextafter32(least, float32(math.Inf(1))) {
		}
		v = MaxScalar(v, float64(least))
	}
	if !math.IsInf(high, 0) {
		most := float32(high)
		for ; float64(most) >= high; most = math.Nextafter32(most, float32(math.Inf(-1))) {
		}
		v = MinScalar(v, float64(most))
	}
	return v
}

// constant returns c for each value.
func constant(like *Node, c float64) *Node { return AddScalar(MulScalar(like, 0), c) }

// unbounded are the ends of a map that takes all values.
type unbounded struct{}

func (unbounded) ends() (low, high float64) { return math.Inf(-1), math.Inf(1) }

// affineGraph is u = (v − Shift)/Scale.
type affineGraph struct {
	unbounded
	Shift, Scale float64
}

func (m *affineGraph) forward(v *Node) (u, logDerivative *Node) {
	return DivScalar(SubScalar(v, m.Shift), m.Scale), constant(v, -math.Log(m.Scale))
}

func (m *affineGraph) inverse(u *Node) (v, logDerivative *Node) {
	return AddScalar(MulScalar(u, m.Scale), m.Shift), constant(u, math.Log(m.Scale))
}

// logGraph is u = log(v − Low).
type logGraph struct{ Low float64 }

func (m *logGraph) forward(v *Node) (u, logDerivative *Node) {
	u = Log(SubScalar(v, m.Low))
	return u, Neg(u)
}

func (m *logGraph) inverse(u *Node) (v, logDerivative *Node) { return AddScalar(Exp(u), m.Low), u }
func (m *logGraph) ends() (low, high float64)                { return m.Low, math.Inf(1) }

// logBelowGraph is the mirror image of a logGraph.
type logBelowGraph struct{ logGraph }

func (m *logBelowGraph) forward(v *Node) (u, logDerivative *Node) {
	u, logDerivative = m.logGraph.forward(Neg(v))
	return Neg(u), logDerivative
}

func (m *logBelowGraph) inverse(u *Node) (v, logDerivative *Node) {
	v, logDerivative = m.logGraph.inverse(Neg(u))
	return Neg(v), logDerivative
}

func (m *logBelowGraph) ends() (low, high float64) { return math.Inf(-1), -m.Low }

// logitGraph is u = log((v − Low)/(High − v)).
type logitGraph struct{ Low, High float64 }

func (m *logitGraph) forward(v *Node) (u, logDerivative *Node) {
	below, above := Log(SubScalar(v, m.Low)), Log(AddScalar(Neg(v), m.High))
	return Sub(below, above), AddScalar(Neg(Add(below, above)), math.Log(m.High-m.Low))
}

// inverse counts from the nearer end, so that a value close to an end keeps its digits.
func (m *logitGraph) inverse(u *Node) (v, logDerivative *Node) {
	width, away := m.High-m.Low, Abs(u)
	less := Exp(Neg(away))
	share := MulScalar(Div(less, AddScalar(less, 1)), width)
	v = Where(LessThan(u, ZerosLike(u)), AddScalar(share, m.Low), AddScalar(Neg(share), m.High))
	return v, AddScalar(Neg(Add(away, MulScalar(Log1P(less), 2))), math.Log(width))
}

func (m *logitGraph) ends() (low, high float64) { return m.Low, m.High }

// asinhGraph is u = asinh(v/Scale).
type asinhGraph struct {
	unbounded
	Scale float64
}

func (m *asinhGraph) forward(v *Node) (u, logDerivative *Node) {
	t := DivScalar(v, m.Scale)
	away, square := Abs(t), Square(t)
	// asinh t = log(t + √(1+t²)) of |t|, in the form that keeps the digits of a small t.
	u = Log1P(Add(away, Div(square, AddScalar(Sqrt(AddScalar(square, 1)), 1))))
	u = Where(LessThan(t, ZerosLike(t)), Neg(u), u)
	return u, AddScalar(MulScalar(Log1P(square), -0.5), -math.Log(m.Scale))
}

func (m *asinhGraph) inverse(u *Node) (v, logDerivative *Node) {
	v = MulScalar(Sub(Exp(u), Exp(Neg(u))), m.Scale/2)
	away := Abs(u)
	// log cosh u, which doesn't overflow where cosh does.
	logCosh := AddScalar(Add(away, Log1P(Exp(MulScalar(away, -2)))), -math.Ln2)
	return v, AddScalar(logCosh, math.Log(m.Scale))
}

// angleGraph is u = (v − middle)·2π/(To − From) modulo 2π, in [−π, π).
type angleGraph struct {
	unbounded
	From, To float64
}

func (m *angleGraph) forward(v *Node) (u, logDerivative *Node) {
	scale := 2 * math.Pi / (m.To - m.From)
	u = around(MulScalar(SubScalar(v, (m.From+m.To)/2), scale))
	return u, constant(v, math.Log(scale))
}

func (m *angleGraph) inverse(u *Node) (v, logDerivative *Node) {
	scale := (m.To - m.From) / (2 * math.Pi)
	v = AddScalar(MulScalar(around(u), scale), (m.From+m.To)/2)
	// As float32 it must not be rounded up to the other end.
	rounded := ConvertDType(ConvertDType(v, dtypes.Float32), dtypes.Float64)
	v = Where(GreaterOrEqual(rounded, constant(v, m.To)), constant(v, m.From), v)
	return v, constant(u, math.Log(scale))
}

// around returns angles in [−π, π).
func around(u *Node) *Node {
	u = Sub(u, MulScalar(Floor(AddScalar(DivScalar(u, 2*math.Pi), 0.5)), 2*math.Pi))
	return Where(GreaterOrEqual(u, constant(u, math.Pi)), constant(u, -math.Pi), u)
}
