package columngraph

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

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
	rounded := ConvertDType(ConvertDType(v, dtypes.Float32), v.DType())
	v = Where(GreaterOrEqual(rounded, constant(v, m.To)), constant(v, m.From), v)
	return v, constant(u, math.Log(scale))
}

// around returns angles in [−π, π).
func around(u *Node) *Node {
	u = Sub(u, MulScalar(Floor(AddScalar(DivScalar(u, 2*math.Pi), 0.5)), 2*math.Pi))
	return Where(GreaterOrEqual(u, constant(u, math.Pi)), constant(u, -math.Pi), u)
}
