package bijection_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// Forward is the gradient of the potential, whatever the weights are.
func TestForwardIsTheGradientOfThePotential(t *testing.T) {
	const batch, dim, condition = 7, 3, 2
	layer := bijection.ConvexPotential{Dim: dim, Condition: condition, Hidden: 5, Depth: 3}
	alone := layer
	alone.Condition = 0
	seen := layer
	seen.Condition = 4
	for name, b := range map[string]bijection.Bijection{
		"under a condition": bijection.Chain{layer},
		"without one":       alone,
		"embedded":          bijection.Embedded{Bijection: bijection.Chain{seen}, Condition: condition, Width: 4, Hidden: 5, Layers: 1},
	} {
		t.Run(name, func(t *testing.T) {
			x, c := asTensor(dtypes.Float64, normals(batch*dim, 2, 1), batch, dim), asTensor(dtypes.Float64, normals(batch*condition, 1, 2), batch, condition)
			if b == bijection.Bijection(alone) {
				c = nil
			}
			f, ok := bijection.PotentialOf(b)
			if !ok {
				t.Fatal("it has no potential")
			}
			outputs := build(t, 0.5, func(scope *model.Scope, x, c *Node) []*Node {
				y, _ := b.Forward(scope, x, c)
				value := f(scope, x, c)
				if value.Rank() != 1 {
					t.Errorf("the potential is of shape %s, want [%d]", value.Shape(), batch)
				}
				return []*Node{y, Gradient(ReduceAllSum(value), x)[0]}
			}, x, c).call(t, x, c)
			want := asFloats(t, outputs[0])
			for i, got := range asFloats(t, outputs[1]) {
				if !(math.Abs(got-want[i]) <= 1e-12*math.Max(1, math.Abs(want[i]))) {
					t.Fatalf("feature %d of ∇F is %v, and of Forward %v", i, got, want[i])
				}
			}
		})
	}
	for _, b := range []bijection.Bijection{nil, bijection.Chain{}, bijection.Chain{alone, alone}, bijection.LULinear{Dim: dim}, bijection.Inverted{Bijection: alone}} {
		if _, ok := bijection.PotentialOf(b); ok {
			t.Errorf("%T is the gradient of a potential", b)
		}
	}
}
