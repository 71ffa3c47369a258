package columngraph

import (
	"encoding/json"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// splineGraph is the spline of data.Quantile.
type splineGraph struct {
	unbounded
	x, y, slopes []float64 // at the knots [K]
}

// UnmarshalJSON reads the knots, and computes the slopes that follow from them.
func (m *splineGraph) UnmarshalJSON(text []byte) error {
	var knots struct{ X, Y []float64 }
	if err := json.Unmarshal(text, &knots); err != nil {
		return err
	}
	m.x, m.y = knots.X, knots.Y
	m.fillSlopes()
	return nil
}

// fillSlopes sets the slopes at the knots to those of Fritsch and Butland, as data.Quantile does:
// harmonic means of the slopes on either side, and beyond the ends those of the outer bins.
func (m *splineGraph) fillSlopes() {
	last := len(m.x) - 1
	m.slopes = make([]float64, len(m.x))
	secant := func(k int) float64 { return (m.y[k+1] - m.y[k]) / (m.x[k+1] - m.x[k]) }
	for k := 1; k < last; k++ {
		before, after := m.x[k]-m.x[k-1], m.x[k+1]-m.x[k]
		share := (before + 2*after) / (3 * (before + after))
		m.slopes[k] = 1 / (share/secant(k-1) + (1-share)/secant(k))
	}
	m.slopes[0], m.slopes[last] = secant(0), secant(last-1)
}

// picked returns what the spline's bins are made of, for the bin of each value [N]: the left and
// the right of it along either axis, and the slopes at both.
func (m *splineGraph) picked(v *Node, knots []float64) (left, low, width, height, from, to *Node) {
	last := len(m.x) - 1
	table := make([][]float64, last)
	for k := range table {
		table[k] = []float64{m.x[k], m.y[k], m.x[k+1] - m.x[k], m.y[k+1] - m.y[k], m.slopes[k], m.slopes[k+1]}
	}
	inner := knots[1:last] // a value beyond the ends belongs to the outer bins
	above := ConvertDType(GreaterOrEqual(ExpandAxes(v, 1), Const(v.Graph(), [][]float64{inner})), v.DType())
	one := OnesLike(ExpandAxes(v, 1))
	of := Sub(Concatenate([]*Node{one, above}, 1), Concatenate([]*Node{above, ZerosLike(one)}, 1)) // [N, bins], 1 for its bin
	fields := Dot(of, Const(v.Graph(), table)).Product()
	field := func(i int) *Node { return Squeeze(Slice(fields, AxisRange(), AxisRange(i, i+1)), 1) }
	return field(0), field(1), field(2), field(3), field(4), field(5)
}

func (m *splineGraph) forward(v *Node) (u, logDerivative *Node) {
	last := len(m.x) - 1
	left, low, width, height, from, to := m.picked(v, m.x)
	s := Div(height, width)
	t := ClipScalar(Div(Sub(v, left), width), 0, 1)
	rest := OneMinus(t)
	under := Add(s, Mul(Sub(Add(from, to), MulScalar(s, 2)), Mul(t, rest)))
	u = Add(low, Div(Mul(height, Add(Mul(s, Square(t)), Mul(from, Mul(t, rest)))), under))
	logDerivative = logSlope(s, from, to, t, rest, under)
	return beyond(v, u, logDerivative, m.x[0], m.y[0], m.slopes[0], m.x[last], m.y[last], m.slopes[last])
}

func (m *splineGraph) inverse(u *Node) (v, logDerivative *Node) {
	last := len(m.x) - 1
	left, low, width, height, from, to := m.picked(u, m.y)
	s := Div(height, width)
	// The root in [0, 1] of a t² + b t + c = 0, in the form that doesn't cancel.
	r := ClipScalar(Div(Sub(u, low), height), 0, 1)
	bend := Mul(r, Sub(Add(from, to), MulScalar(s, 2)))
	a, b, c := Add(Sub(s, from), bend), Sub(from, bend), Neg(Mul(s, r))
	root := Sqrt(MaxScalar(Sub(Square(b), MulScalar(Mul(a, c), 4)), 0))
	t := ClipScalar(Div(MulScalar(c, 2), Neg(Add(b, root))), 0, 1)
	rest := OneMinus(t)
	under := Add(s, Mul(Sub(Add(from, to), MulScalar(s, 2)), Mul(t, rest)))
	v = Add(left, Mul(t, width))
	logDerivative = Neg(logSlope(s, from, to, t, rest, under))
	return beyond(u, v, logDerivative, m.y[0], m.x[0], 1/m.slopes[0], m.y[last], m.x[last], 1/m.slopes[last])
}

// logSlope returns log dy/dx at the share t of a bin.
func logSlope(s, from, to, t, rest, under *Node) *Node {
	curve := Add(Add(Mul(to, Square(t)), MulScalar(Mul(s, Mul(t, rest)), 2)), Mul(from, Square(rest)))
	return Sub(Add(MulScalar(Log(s), 2), Log(curve)), MulScalar(Log(under), 2))
}

// beyond replaces the results by those of straight lines, where values are beyond the ends.
func beyond(v, result, logDerivative *Node, x0, y0, slope0, x1, y1, slope1 float64) (*Node, *Node) {
	line := func(x, y, slope float64) *Node { return AddScalar(MulScalar(SubScalar(v, x), slope), y) }
	below, above := LessOrEqual(v, constant(v, x0)), GreaterOrEqual(v, constant(v, x1))
	result = Where(below, line(x0, y0, slope0), Where(above, line(x1, y1, slope1), result))
	return result, Where(below, constant(v, math.Log(slope0)), Where(above, constant(v, math.Log(slope1)), logDerivative))
}
