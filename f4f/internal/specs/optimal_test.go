package specs

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// A potential plus a function of the condition moves points alike. The two sides of a batch have
// other conditions, so the dual must leave that function out, for each of several flows that train
// together.
func TestTheDualLeavesOutWhatMovesNoPoint(t *testing.T) {
	b, err := backend.Open(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	x, cx := [][]float32{{1, 2}, {3, -1}, {0, 1}, {2, 2}}, [][]float32{{0.1}, {0.2}, {0.3}, {0.4}}
	y, cy := [][]float32{{2, 0}, {-1, 1}, {1, 1}, {0, 3}}, [][]float32{{0.9}, {0.8}, {0.7}, {0.6}}
	bend := func(_ *model.Scope, x, c *Node) *Node { return Mul(ReduceSum(Square(x), -1), Squeeze(c, -1)) }
	more := func(scope *model.Scope, x, c *Node) *Node {
		return Add(bend(scope, x, c), MulScalar(Exp(Squeeze(c, -1)), 100))
	}
	for _, flows := range []int{1, 2} {
		dual := func(f LogDensity) []float32 {
			store := model.NewStore()
			stack.SetFlows(store, flows)
			exec, err := model.NewExec(b, store, func(scope *model.Scope, x, cx, y, cy *Node) *Node {
				return dualOf(scope, f, batch{points: x, conditions: cx}, batch{points: y, conditions: cy})
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			outputs, err := exec.Call(x, cx, y, cy)
			if err != nil {
				t.Fatal(err)
			}
			return tensors.MustCopyFlatData[float32](outputs[0])
		}
		with, without := dual(more), dual(bend)
		if len(with) != flows {
			t.Fatalf("the dual of %d flows has %d values", flows, len(with))
		}
		for i := range with {
			if math.Abs(float64(with[i]-without[i])) > 1e-4 || without[i] == 0 {
				t.Errorf("flow %d of %d: the dual is %v with a function of the condition and %v without", i, flows, with[i], without[i])
			}
		}
	}
}

// The likelihood counts in full where images are as probable as points, and the less the less
// probable they are.
func TestTheLikelihoodCountsAsFarAsImagesAreProbable(t *testing.T) {
	b, err := backend.Open(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	exec, err := model.NewExec(b, model.NewStore(), func(_ *model.Scope, ofPoints, ofImages *Node) *Node {
		return trust(ReduceAllMean(ofPoints), ReduceAllMean(ofImages))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	for _, c := range []struct{ points, images, want float32 }{{-2, -2, 1}, {-2, -1, 1}, {-2, -3, 0.5}, {-2, -41, 0.025}} {
		outputs, err := exec.Call([]float32{c.points - 1, c.points + 1}, []float32{c.images, c.images})
		if err != nil {
			t.Fatal(err)
		}
		if got := tensors.MustCopyFlatData[float32](outputs[0])[0]; math.Abs(float64(got-c.want)) > 1e-6 {
			t.Errorf("log-probs of %v and of images %v: %v of the likelihood counts, want %v", c.points, c.images, got, c.want)
		}
	}
}
