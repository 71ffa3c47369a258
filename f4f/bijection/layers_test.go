package bijection_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// In a graph without gradients, equal layers of a chain are a loop over their weights. In float64
// the loop gives the same points and log-dets as layers written one after another on the Go
// backend, which compiles nothing, in both directions.
func TestEqualLayersByALoopAgree(t *testing.T) {
	const batch = 5
	type row struct {
		dim, condition, layers, flows int
		after                         bool // the mixing comes after the last layer too
	}
	rows := []row{{2, 1, 3, 1, false}, {3, 0, 3, 2, true}}
	if *long {
		rows = append(rows, row{1, 0, 3, 1, false}, row{2, 0, 4, 1, true}, row{2, 1, 2, 1, false}, row{5, 2, 3, 1, true}, row{3, 0, 3, 2, false})
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%+v", r), func(t *testing.T) {
			var chain bijection.Chain
			for i := range r.layers {
				chain = append(chain, bijection.Autoregressive{Dim: r.dim, Condition: r.condition, Hidden: 7, Blocks: 1, Transformer: spline})
				if r.dim > 1 && (r.after || i < r.layers-1) {
					chain = append(chain, bijection.Reversal(r.dim))
				}
			}
			rng := rand.New(rand.NewPCG(uint64(r.dim), 5))
			draw := func(n int, scale float64) []float64 {
				values := make([]float64, n)
				for i := range values {
					values[i] = scale * rng.NormFloat64()
				}
				return values
			}
			n := r.flows * batch
			points, conditions, seed := draw(n*r.dim, 1.5), draw(n*r.condition, 1), rng.Uint64()
			nodes := 0
			run := func(choice string, loops bool) (all [][]float64) {
				t.Helper()
				build := func(scope *model.Scope, inputs []*Node) []*Node {
					x, c := inputs[0], (*Node)(nil)
					if len(inputs) > 1 {
						c = inputs[1]
					}
					if loops {
						bijection.WithoutGradient(scope, x.Graph())
					}
					y, logDet := chain.Forward(scope, x, c)
					back, logDetBack := chain.Inverse(scope, y, c)
					nodes = len(x.Graph().Nodes())
					return []*Node{y, logDet, back, logDetBack}
				}
				b, store := open(t, choice), model.NewStore()
				defer store.Finalize()
				stack.SetFlows(store, r.flows)
				inputs := []any{asTensor(dtypes.Float64, points, n, r.dim)}
				shaped := []shapes.Shape{shapes.Make(dtypes.Float64, n, r.dim)}
				if r.condition > 0 {
					inputs = append(inputs, asTensor(dtypes.Float64, conditions, n, r.condition))
					shaped = append(shaped, shapes.Make(dtypes.Float64, n, r.condition))
				}
				// A graph that is never compiled creates the weights.
				g := NewGraph(b, "weights")
				model.SetStore(g, store)
				var parameters []*Node
				for i, s := range shaped {
					parameters = append(parameters, Parameter(g, fmt.Sprint("input ", i), s))
				}
				build(store.RootScope(), parameters)
				g.Finalize()
				weights := rand.New(rand.NewPCG(seed, 5))
				for _, v := range trainable(store) {
					values := make([]float64, v.Shape().Size())
					for i := range values {
						values[i] = 0.3 * weights.NormFloat64()
					}
					if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
						t.Fatal(err)
					}
				}
				exec, err := model.NewExec(b, store, build)
				if err != nil {
					t.Fatal(err)
				}
				defer exec.Finalize()
				outputs, err := exec.Call(inputs...)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range outputs {
					all = append(all, tensors.MustCopyFlatData[float64](o))
				}
				return all
			}
			want := run("go", false)
			written := nodes
			got := run("xla", true)
			for k, what := range []string{"y", "the log-det", "x again", "the log-det back"} {
				for i := range want[k] {
					if !(math.Abs(got[k][i]-want[k][i]) <= 1e-11*math.Max(1, math.Abs(want[k][i]))) {
						t.Fatalf("%s: value %d is %v by the loop, written out %v", what, i, got[k][i], want[k][i])
					}
				}
			}
			if r.layers > 2 && nodes >= written*3/4 {
				t.Errorf("the graph has %d nodes, with the layers written out %d", nodes, written)
			}
		})
	}
}
