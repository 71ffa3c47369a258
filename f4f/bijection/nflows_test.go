package bijection_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// vectors are weights, inputs and outputs of nflows. testdata/make_nflows_vectors.py writes them
// and documents the layout.
type vectors struct {
	Config struct {
		Features, Hidden, Blocks, Bins, Context int
		TailBound                               float64 `json:"tail_bound"`
	}
	Chain []struct{ Kind, Prefix string }
	// Weights are [out, in] there, ours are [in, out].
	Parameters map[string]struct {
		Shape  []int
		Values []float64
	}
	Labels     []string
	X, Y       [][]float64
	Context    [][]float64
	Expected64 outputs
	Expected32 outputs
}

type outputs struct {
	Forward       [][]float64
	ForwardLogDet json.RawMessage `json:"forward_logdet"`
	Inverse       [][]float64
	InverseLogDet json.RawMessage `json:"inverse_logdet"`
}

func readVectors(t *testing.T, name string) (v vectors) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "nflows_"+name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// logDets are log-dets as one row of numbers, whether the file has them by point or by feature.
func logDets(t *testing.T, raw json.RawMessage) (flat []float64) {
	t.Helper()
	if json.Unmarshal(raw, &flat) == nil {
		return flat
	}
	var rows [][]float64
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	return flattened(rows)
}

func flattened(rows [][]float64) (flat []float64) {
	for _, row := range rows {
		flat = append(flat, row...)
	}
	return flat
}

// bijection returns our counterpart of the case, and its weights by our names.
func (v vectors) bijection() (bijection.Bijection, map[string]weight) {
	c := v.Config
	s := bijection.Spline{Bins: c.Bins, Bound: c.TailBound}
	var chain bijection.Chain
	weights := map[string]weight{}
	for i, link := range v.Chain {
		scope := fmt.Sprintf("/layer_%d", i)
		net := ""
		switch link.Kind {
		case "autoregressive":
			chain = append(chain, bijection.Autoregressive{Dim: c.Features, Condition: c.Context, Hidden: c.Hidden, Blocks: c.Blocks, Transformer: s, NflowsDegrees: true})
			net = "autoregressive_net."
		case "coupling":
			chain = append(chain, bijection.Coupling{Dim: c.Features, Condition: c.Context, Hidden: c.Hidden, Blocks: c.Blocks, Transformer: s})
			net = "transform_net."
		case "reverse":
			chain = append(chain, bijection.Reversal(c.Features))
		case "lu":
			chain = append(chain, bijection.LULinear{Dim: c.Features})
			v.luWeights(link.Prefix, scope, weights)
		}
		if net == "" {
			continue
		}
		for name, p := range v.Parameters {
			rest, ok := strings.CutPrefix(name, link.Prefix+net)
			if !ok {
				continue
			}
			path := scope + "/" + strings.NewReplacer(
				"initial_layer", "initial", "context_layer", "condition", "final_layer", "final",
				"blocks.", "block_", "linear_layers.", "linear_", ".", "/").Replace(rest)
			w := transposed(p.Shape, p.Values)
			if link.Kind == "autoregressive" {
				w = w.sorted(path, c.Features, c.Hidden)
			}
			weights[path] = w
		}
	}
	return chain, weights
}

// weight returns a matrix in our layout, row-major.
type weight struct {
	rows, columns int
	values        []float64
}

// transposed returns torch's [out, in] as [in, out], and a bias [out] as [1, out].
func transposed(shape []int, values []float64) weight {
	if len(shape) == 1 {
		return weight{1, shape[0], values}
	}
	out, in := shape[0], shape[1]
	w := weight{in, out, make([]float64, in*out)}
	for o := range out {
		for i := range in {
			w.values[i*out+o] = values[o*in+i]
		}
	}
	return w
}

// sorted returns a weight of nflows' masked network with the hidden units in our order. Ours are
// sorted by degree, where nflows assigns the degrees in turn.
func (w weight) sorted(path string, features, hidden int) weight {
	order := make([]int, hidden) // the index of each of our units in nflows
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return a%max(1, features-1) - b%max(1, features-1) })
	final, square := strings.Contains(path, "/final/"), strings.Contains(path, "/linear_")
	isBias := w.rows == 1 && strings.HasSuffix(path, "/bias")
	s := weight{w.rows, w.columns, make([]float64, len(w.values))}
	for i := range w.rows {
		for j := range w.columns {
			from, to := i, j
			if (final || square) && !isBias {
				from = order[i]
			}
			if !final {
				to = order[j]
			}
			s.values[i*w.columns+j] = w.values[from*w.columns+to]
		}
	}
	return s
}

// luWeights returns nflows' triangles, which it keeps as rows of entries, as matrices.
func (v vectors) luWeights(prefix, scope string, weights map[string]weight) {
	d := v.Config.Features
	lower, upper := make([]float64, d*d), make([]float64, d*d)
	l, u := v.Parameters[prefix+"lower_entries"].Values, v.Parameters[prefix+"upper_entries"].Values
	for i := range d {
		for j := range d {
			switch {
			case j < i:
				lower[i*d+j], l = l[0], l[1:]
			case j > i:
				upper[i*d+j], u = u[0], u[1:]
			}
		}
	}
	weights[scope+"/lower"], weights[scope+"/upper"] = weight{d, d, lower}, weight{d, d, upper}
	weights[scope+"/diagonal"] = weight{1, d, v.Parameters[prefix+"unconstrained_upper_diag"].Values}
	weights[scope+"/bias"] = weight{1, d, v.Parameters[prefix+"bias"].Values}
}

// asTensor returns values as a tensor of the dtype.
func asTensor(dtype dtypes.DType, values []float64, dimensions ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dimensions...)
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dimensions...)
}

func asFloats(t *testing.T, tensor *tensors.Tensor) (wide []float64) {
	t.Helper()
	if tensor.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](tensor)
	}
	for _, v := range tensors.MustCopyFlatData[float32](tensor) {
		wide = append(wide, float64(v))
	}
	return wide
}

// On the Go backend, which compiles nothing, every transform is compared with nflows; on XLA, one
// of each kind. The long form runs all of them on XLA too:
//
//	go test ./f4f/bijection -run AgreeWithNflows -long -v
func TestTransformsAgreeWithNflows(t *testing.T) {
	type row struct {
		choice, name string
		dtype        dtypes.DType
	}
	var rows []row
	for _, name := range []string{"autoregressive_2d", "stack_2d", "stack_5d", "conditional_1d", "conditional_3d", "coupling_4d", "coupling_4d_conditional", "lu_3d"} {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
			rows = append(rows, row{"go", name, dtype})
			if *long || slices.Contains([]string{"conditional_3d", "coupling_4d", "lu_3d"}, name) {
				rows = append(rows, row{"xla", name, dtype})
			}
		}
	}
	for _, r := range rows {
		t.Run(r.choice+"/"+r.name+"/"+r.dtype.String(), func(t *testing.T) {
			b, v, dtype := open(t, r.choice), readVectors(t, r.name), r.dtype
			mine, weights := v.bijection()
			store := model.NewStore()
			for path, w := range weights {
				if _, err := store.CreateVariable(path, asTensor(dtype, w.values, w.rows, w.columns)); err != nil {
					t.Fatal(err)
				}
			}
			n, d := len(v.X), v.Config.Features
			inputs := []any{asTensor(dtype, flattened(v.X), n, d), asTensor(dtype, flattened(v.Y), n, d)}
			if v.Config.Context > 0 {
				inputs = append(inputs, asTensor(dtype, flattened(v.Context), n, v.Config.Context))
			}
			results, err := model.CallOnceN(b, store, func(scope *model.Scope, in []*Node) []*Node {
				var c *Node
				if len(in) > 2 {
					c = in[2]
				}
				y, forward := mine.Forward(scope, in[0], c)
				x, inverse := mine.Inverse(scope, in[1], c)
				return []*Node{y, forward, x, inverse}
			}, inputs...)
			if err != nil {
				t.Fatal(err)
			}
			if got := store.NumVariables(); got != len(weights) {
				t.Fatalf("the bijection has %d weights, nflows %d", got, len(weights))
			}
			compare(t, v, dtype, results)
		})
	}
}

func TestSplineAgreesWithNflows(t *testing.T) {
	b, v := open(t, "xla"), readVectors(t, "spline")
	n, d, k := len(v.X), v.Config.Features, v.Config.Bins
	s := bijection.Spline{Bins: k, Bound: v.Config.TailBound}
	var parameters []float64
	for range n {
		for j := range d {
			parameters = append(parameters, v.Parameters["widths"].Values[j*k:(j+1)*k]...)
			parameters = append(parameters, v.Parameters["heights"].Values[j*k:(j+1)*k]...)
			parameters = append(parameters, v.Parameters["derivatives"].Values[j*(k-1):(j+1)*(k-1)]...)
		}
	}
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		t.Run(dtype.String(), func(t *testing.T) {
			results, err := CallOnceN(b, func(x, y, p *Node) []*Node {
				back := func(features *Node) *Node { return Transpose(features, 0, 1) }
				p = TransposeAllAxes(p, 1, 2, 0) // features first
				fy, forward := s.Forward(back(x), p)
				ix, inverse := s.Inverse(back(y), p)
				return []*Node{back(fy), back(forward), back(ix), back(inverse)}
			}, asTensor(dtype, flattened(v.X), n, d), asTensor(dtype, flattened(v.Y), n, d), asTensor(dtype, parameters, n, d, 3*k-1))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, v, dtype, results)
		})
	}
}

// compare compares y, log-det, x and log-det with nflows in float64. The tolerance is 1e-4 in
// float32, and more where nflows' own float32 is less accurate or values are in the thousands. In
// float64 it is 1e-10 of the values' size.
func compare(t *testing.T, v vectors, dtype dtypes.DType, results []*tensors.Tensor) {
	t.Helper()
	wants := [][]float64{flattened(v.Expected64.Forward), logDets(t, v.Expected64.ForwardLogDet), flattened(v.Expected64.Inverse), logDets(t, v.Expected64.InverseLogDet)}
	narrow := [][]float64{flattened(v.Expected32.Forward), logDets(t, v.Expected32.ForwardLogDet), flattened(v.Expected32.Inverse), logDets(t, v.Expected32.InverseLogDet)}
	worst := 0.0
	for i, what := range []string{"y", "log-det of the transform", "x", "log-det of the inverse"} {
		got := asFloats(t, results[i])
		if len(got) != len(wants[i]) {
			t.Fatalf("%s has %d values, want %d", what, len(got), len(wants[i]))
		}
		for j, want := range wants[i] {
			limit := 1e-4 + 4*math.Abs(narrow[i][j]-want) + 2e-7*math.Abs(want)
			if dtype == dtypes.Float64 {
				limit = 1e-10 * math.Max(1, math.Abs(want))
			}
			err := math.Abs(got[j] - want)
			if worst = math.Max(worst, err); !(err <= limit) {
				row := j * len(v.X) / len(got)
				t.Errorf("%s, row %d (%s): got %v, nflows has %v", what, row, v.Labels[row], got[j], want)
			}
		}
	}
	t.Logf("worst disagreement %.2g", worst)
}
