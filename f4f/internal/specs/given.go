package specs

import (
	"fmt"
	"maps"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/plan"
)

// given is a known density as graphs.
type given struct {
	kind    string
	dim     int
	numbers string              // the path of the variables that hold its numbers
	logProb func(x *Node) *Node // of a function
	name    string              // of a function
	image   *Between            // of an image: the transport, over the scopes in that of the density
	// soft gives a box tails, so that a map onto it can be trained; see box.
	soft bool
}

// The names of the variables of a known density. All of them begin with an axis of length 1, as
// those of a scaling do.
const (
	knownNumbers = "known"
	knownMean    = "mean"     // [1, K, D], of a mixture
	knownWhiten  = "whiten"   // [1, K, D, D], L⁻¹ of Σ = L Lᵀ
	knownLogs    = "log_peak" // [1, K], the logarithm of the component's density at its mean, times its weight
	knownLow     = "low"      // [1, D], of a box
	knownHigh    = "high"
)

// knownPath returns the path of the variables of a known density under a scope.
func knownPath(scope string) string { return "/" + scalingScope + "/" + scope + "/" + knownNumbers }

// given returns the density as graphs over a scope, or nil if it is learned.
func (s Density) given(scope string) *given {
	if s.Known == nil {
		return nil
	}
	g := &given{kind: s.Known.Kind, dim: s.Dim, numbers: knownPath(scope)}
	switch s.Known.Kind {
	case functionKind:
		g.name = s.Known.Function
		_, g.logProb, _ = plan.DensityNamed(g.name) // Validate has looked for it
	case imageKind:
		t := s.Known.Image
		g.image = &Between{
			Left: t.Left.Normal(scope + "/" + LeftScope), Flow: t.Bijection(0),
			Right: Normal{dim: s.Dim, Scaler: scalingOf(s.Scaler, scope, ofPoints), angles: s.Angles()},
		}
	}
	return g
}

// scales returns the values of the density's variables under a scope.
func (k *Known) scales(scope string, dtype dtypes.DType) fit.Snapshot {
	values, path := fit.Snapshot{}, knownPath(scope)+"/"
	switch k.Kind {
	case imageKind:
		return k.Image.Left.Scales(scope+"/"+LeftScope, dtype)
	case boxKind:
		values[path+knownLow] = numbers.Rounded(dtype, k.Low, 1, len(k.Low))
		values[path+knownHigh] = numbers.Rounded(dtype, k.High, 1, len(k.High))
	case mixtureKind:
		s, err := k.source()
		if err != nil {
			return values // can't happen: Validate has made it
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

// addKnown adds the variables of a known density to the scales of a density under a scope.
func (s Density) addKnown(values fit.Snapshot, scope string, dtype dtypes.DType) {
	if s.Known != nil {
		maps.Copy(values, s.Known.scales(scope, dtype))
	}
}

// at returns the log-density [batch] of points x [batch, D], in the units that the flow sees.
func (g *given) at(scope *model.Scope, x *Node) *Node {
	switch g.kind {
	case mixtureKind:
		return g.mixture(scope, x)
	case boxKind:
		return g.box(scope, x)
	case imageKind:
		f, far := g.image.Direction(false)
		y, logDet := f(scope, x, nil)
		return Add(far(scope, y, nil), logDet)
	}
	logs := g.logProb(x)
	if logs == nil || logs.Rank() != 1 || logs.Shape().Dim(0) != x.Shape().Dim(0) || logs.DType() != x.DType() {
		shape := "nothing"
		if logs != nil {
			shape = logs.Shape().String()
		}
		panic(fmt.Errorf("the function of density %q must make log-densities (%s)[%d] of points %s, got %s: sum over the features, ReduceSum(…, -1)",
			g.name, x.DType(), x.Shape().Dim(0), x.Shape(), shape))
	}
	return logs
}

// number returns one of the density's variables, without its first axis.
func (g *given) number(scope *model.Scope, name string, x *Node) *Node {
	return Squeeze(scope.Store().GetVariable(g.numbers+"/"+name).NodeValue(x.Graph()), 0)
}

// mixture is log Σ_k exp(l_k − |L_k⁻¹(x − μ_k)|²/2), with l_k the logarithm at the component's mean.
func (g *given) mixture(scope *model.Scope, x *Node) *Node {
	mean, whiten, logs := g.number(scope, knownMean, x), g.number(scope, knownWhiten, x), g.number(scope, knownLogs, x)
	gap := Sub(ExpandAxes(x, 1), ExpandAxes(mean, 0))                          // [batch, K, D]
	z := Einsum("bkj,kij->bki", gap, whiten)                                   // [batch, K, D]
	each := Sub(ExpandAxes(logs, 0), MulScalar(ReduceSum(Square(z), -1), 0.5)) // [batch, K]
	// The greatest term is taken out of the sum, bounded from below, as all may be −Inf.
	most := MaxScalar(StopGradient(ReduceAndKeep(each, ReduceMax, -1)), -1e30)
	sum := ReduceSum(Exp(Sub(each, most)), -1)
	return Add(Log(sum), Squeeze(most, -1))
}

// softEdge is the mean distance of a soft box's points outside it from an edge, as a share of the
// box's half width.
const softEdge = 0.01

// box is the uniform density on a box, and −Inf outside.
//
// A map that is being trained sends points beyond the edges, where −Inf has no gradient to bring
// them back. A soft box has exponential tails there, p ∝ exp(−distance/(softEdge·half width)) in
// each feature, and is normalised.
func (g *given) box(scope *model.Scope, x *Node) *Node {
	low, high := ExpandAxes(g.number(scope, knownLow, x), 0), ExpandAxes(g.number(scope, knownHigh, x), 0)
	width := Sub(high, low)
	beyond := Max(Max(Sub(low, x), Sub(x, high)), ZerosLike(x)) // [batch, D]
	if g.soft {
		edge := MulScalar(width, softEdge/2)
		each := Neg(Add(Div(beyond, edge), Log(MulScalar(width, 1+softEdge))))
		return ReduceSum(each, -1)
	}
	inside := ReduceSum(BroadcastToShape(Neg(Log(width)), x.Shape()), -1)
	return Where(GreaterThan(ReduceMax(beyond, -1), ScalarZero(x.Graph(), x.DType())), AddScalar(ZerosLike(inside), math.Inf(-1)), inside)
}

// make makes points of the density from those of its root (see Density.SampleRoot), [batch, D]
// each.
func (n Normal) make(scope *model.Scope, root *Node) *Node {
	switch {
	case n.given == nil:
		x, _ := n.Decode(scope, root, nil)
		return x
	case n.given.image == nil:
		return root
	}
	f, _ := n.given.image.Direction(true)
	x, _ := f(scope, n.given.image.Left.make(scope.At(LeftScope), root), nil)
	return x
}

// Make builds points of a given density from those of Density.SampleRoot.
func (n Normal) Make(scope *model.Scope, root *Node) *Node { return n.make(scope, root) }

// softened returns the density as training sees it: a box has tails.
func (n Normal) softened() Normal {
	if n.given == nil {
		return n
	}
	g := *n.given
	g.soft = true
	if g.image != nil {
		image := *g.image
		image.Left = image.Left.softened()
		g.image = &image
	}
	n.given = &g
	return n
}
