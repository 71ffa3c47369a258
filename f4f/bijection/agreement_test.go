package bijection_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// XLA and GoMLX's Go backend give the same points and log-dets of the same weights, either way.
//
//	go test ./f4f/bijection -run BackendsAgree -long -v
func TestBackendsAgree(t *testing.T) {
	worst := map[dtypes.DType]float64{}
	for _, c := range cases() {
		if !*long && !slices.Contains(compiledInShort, c.Name) {
			continue
		}
		for dtype, limit := range map[dtypes.DType]float64{dtypes.Float32: 1e-5, dtypes.Float64: 1e-12} {
			t.Run(c.Name+"/"+dtype.String(), func(t *testing.T) {
				onGo, onXLA := run(t, "go", c, dtype), run(t, "xla", c, dtype)
				for i, what := range []string{"Forward", "Forward's log-det", "Inverse", "Inverse's log-det"} {
					for k, v := range onGo[i] {
						off := math.Abs(v-onXLA[i][k]) / math.Max(1, math.Abs(v))
						worst[dtype] = math.Max(worst[dtype], off)
						if !(off <= limit) {
							t.Fatalf("%s, value %d: %v on the Go backend, %v on XLA", what, k, v, onXLA[i][k])
						}
					}
				}
			})
		}
	}
	for dtype, w := range worst {
		t.Logf("%s: the worst disagreement is %.2g", dtype, w)
	}
}

// run gives a case's points and log-dets at random points within and beyond the bound, both ways, with weights moved at random from their start: the same on every backend.
func run(t *testing.T, choice string, c bijectiontest.Case, dtype dtypes.DType) (outputs [][]float64) {
	t.Helper()
	const n = 97
	rng := rand.New(rand.NewPCG(5, uint64(c.Dim)))
	draw := func(count int, scale float64) []float64 {
		values := make([]float64, count)
		for i := range values {
			values[i] = float64(float32(scale * rng.NormFloat64()))
		}
		return values
	}
	store := model.NewStore()
	inputs := []any{asTensor(dtype, draw(n*c.Dim, 2), n, c.Dim)}
	if c.Condition > 0 {
		inputs = append(inputs, asTensor(dtype, draw(n*c.Condition, 1), n, c.Condition))
	}
	results, err := model.CallOnceN(open(t, choice), store, func(scope *model.Scope, in []*Node) []*Node {
		x, condition := in[0], (*Node)(nil)
		if len(in) > 1 {
			condition = in[1]
		}
		y, logDet := c.Bijection.Forward(scope, x, condition)
		back, backLogDet := c.Bijection.Inverse(scope, x, condition)
		return []*Node{MulScalar(y, 1), MulScalar(logDet, 1), MulScalar(back, 1), MulScalar(backLogDet, 1)}
	}, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		outputs = append(outputs, asFloats(t, r))
	}
	return outputs
}
