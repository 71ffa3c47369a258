package specs

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/plan"
)

// The names of the variables of a known density. All of them begin with an axis of length 1, as
// those of a scaling do.
const (
	ofKnown     = "known"
	knownMean   = "mean"     // [1, K, D], of a mixture
	knownWhiten = "whiten"   // [1, K, D, D], L⁻¹ of Σ = L Lᵀ
	knownLogs   = "log_peak" // [1, K], the logarithm of the component's density at its mean, times its weight
	knownLow    = "low"      // [1, D], of a box
	knownHigh   = "high"
)

// knownPath returns the path of the variables of a known density under a scope.
func knownPath(scope string) string { return "/" + scalingScope + "/" + scope + "/" + ofKnown }

// scales returns the values of the density's variables under a scope.
func (k *Known) scales(scope string, dtype dtypes.DType) fit.Snapshot {
	values, path := fit.Snapshot{}, knownPath(scope)+"/"
	switch k.Kind {
	case boxKind:
		values[path+knownLow] = numbers.Rounded(dtype, k.Low, 1, len(k.Low))
		values[path+knownHigh] = numbers.Rounded(dtype, k.High, 1, len(k.High))
	case mixtureKind:
		s, err := k.source()
		if err != nil {
			return values // can't happen: validate has made it
		}
		components, weights := []*data.Normal{}, []float64{1}
		switch s := s.(type) {
		case *data.Normal:
			components = []*data.Normal{s}
		case *data.Mixture:
			components, weights = s.Components(), s.Weights()
		}
		var means, whiten, logs []float64
		for i, c := range components {
			means, whiten = append(means, c.Mean()...), append(whiten, c.Whitening()...)
			logs = append(logs, math.Log(weights[i])+float64(c.Dim())/2-c.Entropy()) // log N(μ; μ, Σ) = D/2 − H
		}
		n, d := len(components), s.Dim()
		values[path+knownMean] = numbers.Rounded(dtype, means, 1, n, d)
		values[path+knownWhiten] = numbers.Rounded(dtype, whiten, 1, n, d, d)
		values[path+knownLogs] = numbers.Rounded(dtype, logs, 1, n)
	}
	return values
}

// given returns the density as graphs over a scope. It is valid.
func (k *Known) given(scope string) given {
	path := knownPath(scope)
	switch k.Kind {
	case mixtureKind:
		return mixture{path}
	case boxKind:
		return box{path: path}
	case pointsKind:
		return onlyPoints{}
	}
	_, logProb, _ := plan.DensityNamed(k.Function)
	return function{k.Function, logProb}
}

// number returns a variable of a known density, without its first axis.
func number(scope *model.Scope, path, name string, x *Node) *Node {
	return Squeeze(scope.Store().GetVariable(path+"/"+name).NodeValue(x.Graph()), 0)
}

// mixture is a mixture of normals, whose numbers are variables under a path.
type mixture struct{ path string }

// logProb is log Σ_k exp(l_k − |L_k⁻¹(x − μ_k)|²/2), with l_k the logarithm at the component's
// mean.
func (m mixture) logProb(scope *model.Scope, x *Node) *Node {
	mean, whiten, logs := number(scope, m.path, knownMean, x), number(scope, m.path, knownWhiten, x), number(scope, m.path, knownLogs, x)
	gap := Sub(ExpandAxes(x, 1), ExpandAxes(mean, 0))                          // [batch, K, D]
	z := Einsum("bkj,kij->bki", gap, whiten)                                   // [batch, K, D]
	each := Sub(ExpandAxes(logs, 0), MulScalar(ReduceSum(Square(z), -1), 0.5)) // [batch, K]
	// The greatest term is taken out of the sum, bounded from below, as all may be −Inf.
	most := MaxScalar(StopGradient(ReduceAndKeep(each, ReduceMax, -1)), -1e30)
	sum := ReduceSum(Exp(Sub(each, most)), -1)
	return Add(Log(sum), Squeeze(most, -1))
}

func (mixture) make(_ *model.Scope, root *Node) *Node { return root }
func (m mixture) softened() given                     { return m }

// box is the uniform density on a box, and −Inf outside.
//
// A map that is being trained sends points beyond the edges, where −Inf has no gradient to bring
// them back. A soft box has exponential tails there, p ∝ exp(−distance/(softEdge·half width)) in
// each feature, and is normalised.
type box struct {
	path string // of its variables
	soft bool
}

// softEdge is the mean distance of a soft box's points outside it from an edge, as a share of the
// box's half width.
const softEdge = 0.01

func (b box) logProb(scope *model.Scope, x *Node) *Node {
	low, high := ExpandAxes(number(scope, b.path, knownLow, x), 0), ExpandAxes(number(scope, b.path, knownHigh, x), 0)
	width := Sub(high, low)
	beyond := Max(Max(Sub(low, x), Sub(x, high)), ZerosLike(x)) // [batch, D]
	if b.soft {
		edge := MulScalar(width, softEdge/2)
		each := Neg(Add(Div(beyond, edge), Log(MulScalar(width, 1+softEdge))))
		return ReduceSum(each, -1)
	}
	inside := ReduceSum(BroadcastToShape(Neg(Log(width)), x.Shape()), -1)
	return Where(GreaterThan(ReduceMax(beyond, -1), ScalarZero(x.Graph(), x.DType())), AddScalar(ZerosLike(inside), math.Inf(-1)), inside)
}

func (box) make(_ *model.Scope, root *Node) *Node { return root }
func (b box) softened() given                     { return box{b.path, true} }

// function is a user's log-density.
type function struct {
	name string
	of   func(x *Node) *Node
}

// logProb panics if the function gives another shape than [batch].
func (f function) logProb(_ *model.Scope, x *Node) *Node {
	logs := f.of(x)
	if logs == nil || logs.Rank() != 1 || logs.Shape().Dim(0) != x.Shape().Dim(0) || logs.DType() != x.DType() {
		shape := "nothing"
		if logs != nil {
			shape = logs.Shape().String()
		}
		panic(fmt.Errorf("the function of density %q must make log-densities (%s)[%d] of points %s, got %s: sum over the features, ReduceSum(…, -1)",
			f.name, x.DType(), x.Shape().Dim(0), x.Shape(), shape))
	}
	return logs
}

func (function) make(_ *model.Scope, root *Node) *Node { return root }
func (f function) softened() given                     { return f }

// image is the density of what a transport makes of its left density. The scopes of the transport
// lie in that of the image.
type image struct {
	left     Normal
	flow     bijection.Bijection
	from, to scaling // of the points that the flow sees and makes
}

// logProb is log p_left(f⁻¹(y)) + log|det ∂f⁻¹/∂y|.
func (i image) logProb(scope *model.Scope, y *Node) *Node {
	u, in := i.to.standardise(scope, y)
	v, logDet := i.flow.Inverse(scope.At(FlowScope), u, nil)
	x, out := i.from.restore(scope, v)
	return Add(i.left.LogProb(scope.At(LeftScope), x, nil), out.to(in.to(logDet)))
}

// make makes points of the left density from those of its root, and maps them.
func (i image) make(scope *model.Scope, root *Node) *Node {
	v, _ := i.from.standardise(scope, i.left.Make(scope.At(LeftScope), root))
	u, _ := i.flow.Forward(scope.At(FlowScope), v, nil)
	y, _ := i.to.restore(scope, u)
	return y
}

func (i image) softened() given {
	i.left = i.left.softened()
	return i
}
