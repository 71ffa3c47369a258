package specs

import (
	"errors"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/plan"
)

// ErrNoDensity is the error of what needs the density, or the sampler, of a distribution of which there are
// points alone.
var ErrNoDensity = errors.New("there are points alone, without a density or a sampler: draw from their source, or learn their density with Base. A transport between them and a density has theirs too: LogProb and Image onto them, LogProbLeft from them")

// WithOnlyPoints returns the spec as that of a distribution of which there are points alone. It keeps the
// maps, the scalers and the conditions. It has no flow; the tail bound stays where it sets the scale.
func (s Density) WithOnlyPoints(precision plan.Precision) Density {
	bound := s.Architecture.TailBound
	s.Architecture, s.Recipe, s.Noise = plan.Architecture{}, plan.Recipe{}, nil
	if s.Base != nil {
		s.Architecture.TailBound = bound
	}
	s.Known = &Known{Kind: pointsKind, Precision: precision}
	return s
}

// OnlyPoints reports whether there is no density, but points alone.
func (s Density) OnlyPoints() bool { return s.Known != nil && s.Known.Kind == pointsKind }

// CheckDensity returns an error if there is no density, but points alone.
func (s Density) CheckDensity() error {
	if s.OnlyPoints() {
		return ErrNoDensity
	}
	return nil
}

// onlyPoints stands for a density that there isn't.
type onlyPoints struct{}

func (onlyPoints) logProb(*model.Scope, *Node) *Node     { panic(ErrNoDensity) }
func (onlyPoints) make(_ *model.Scope, root *Node) *Node { return root }
func (o onlyPoints) softened() given                     { return o }

// HasDensity reports whether there is a density, not points alone.
func (n Normal) HasDensity() bool { return n.given != onlyPoints{} }

// AllWeights builds values [batch] that take all weights of the flow, for points x [batch, D].
func (n Normal) AllWeights(scope *model.Scope, x, c *Node) *Node {
	if !n.HasDensity() {
		return ReduceSum(x, -1)
	}
	return n.Bound(scope, x, c, nil)
}

// AllWeights builds values [batch] that take all weights of the transport and its bases.
func (b Between) AllWeights(scope *model.Scope, x, c *Node) *Node {
	f, _ := b.Direction(true)
	y, all := f(scope, x, c)
	for _, leftToRight := range b.towardsDensities() {
		at := x
		if leftToRight {
			at = y
		}
		all = Add(b.logProb(scope, at, c, leftToRight), all)
	}
	return all
}

// towardsDensities returns the directions that lead to a side with a density: whether left to right. Both
// do, unless a side has points alone.
func (b Between) towardsDensities() (ways []bool) {
	for _, leftToRight := range []bool{true, false} {
		if _, far := b.sides(leftToRight); far.HasDensity() {
			ways = append(ways, leftToRight)
		}
	}
	return ways
}
