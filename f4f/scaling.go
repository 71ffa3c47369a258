package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
)

// scaling is a scaler as graphs; of several flows at once one for each, whose rows come one flow's after another's. Without any it leaves points alone.
type scaling []*data.Scaler

// scaledBy is a scaler that may be nil.
func scaledBy(s *data.Scaler) scaling {
	if s == nil {
		return nil
	}
	return scaling{s}
}

// standardise is (x − mean)/std and its log-dets.
func (s scaling) standardise(x *Node) (*Node, logDets) {
	if s == nil {
		return x, logDets{0}
	}
	mean, std := s.rows(x)
	return Div(Sub(x, mean), std), s.logDets(1)
}

// restore undoes standardise.
func (s scaling) restore(x *Node) (*Node, logDets) {
	if s == nil {
		return x, logDets{0}
	}
	mean, std := s.rows(x)
	return Add(Mul(x, std), mean), s.logDets(-1)
}

// rows are the mean and the standard deviation that go with x [batch, D]: constants [1, D] of one flow, and [batch, D] of several.
func (s scaling) rows(x *Node) (mean, std *Node) {
	constant := func(of func(*data.Scaler) []float64) *Node {
		values := make([][]float64, len(s))
		for k, scaler := range s {
			values[k] = of(scaler)
		}
		return spread(ConvertDType(Const(x.Graph(), values), x.DType()), x)
	}
	return constant(func(s *data.Scaler) []float64 { return s.Mean }), constant(func(s *data.Scaler) []float64 { return s.Std })
}

// spread is what each flow has, [flows, …], for each of its rows in like [batch, …]; where there is one flow, what it has.
func spread(each, like *Node) *Node {
	flows, batch, rest := each.Shape().Dim(0), like.Shape().Dim(0), each.Shape().Dimensions[1:]
	if flows == 1 {
		return each
	}
	wide := BroadcastToDims(ExpandAxes(each, 1), append([]int{flows, batch / flows}, rest...)...)
	return Reshape(wide, append([]int{batch}, rest...)...)
}

// logDets are those of a scaling: one number for all points, of several flows at once one for those of each.
type logDets []float64

func (s scaling) logDets(sign float64) logDets {
	l := make(logDets, len(s))
	for k, scaler := range s {
		l[k] = sign * scaler.LogDet()
	}
	return l
}

// and is the sum of two, one of which may be 0 for all.
func (l logDets) and(other logDets) logDets {
	if len(l) < len(other) {
		l, other = other, l
	}
	sum := make(logDets, len(l))
	for k := range l {
		sum[k] = l[k] + other[k%len(other)]
	}
	return sum
}

// to adds them to log-dets [batch].
func (l logDets) to(logDet *Node) *Node {
	if len(l) == 1 {
		return AddScalar(logDet, l[0])
	}
	return Add(logDet, spread(ConvertDType(Const(logDet.Graph(), []float64(l)), logDet.DType()), logDet))
}
