package bijection_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// built is a bijection whose weights a test can change.
type built struct {
	store *model.Store
	exec  *model.Exec
}

// build compiles a function of a scope, points x and conditions c on the Go backend, and moves all
// weights that it makes away from where they start, by normal noise of this spread.
func build(t *testing.T, spread float64, f func(scope *model.Scope, x, c *Node) []*Node, x, c *tensors.Tensor) built {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(3); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(open(t, "go"), store, func(scope *model.Scope, inputs []*Node) []*Node {
		if len(inputs) == 1 {
			return f(scope, inputs[0], nil)
		}
		return f(scope, inputs[0], inputs[1])
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	b := built{store, exec}
	b.call(t, x, c)
	rng := rand.New(rand.NewPCG(5, 6))
	b.move(t, spread, func() float64 { return rng.NormFloat64() })
	return b
}

func (b built) call(t *testing.T, x, c *tensors.Tensor) []*tensors.Tensor {
	t.Helper()
	inputs := []any{x}
	if c != nil {
		inputs = append(inputs, c)
	}
	outputs, err := b.exec.Call(inputs...)
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

// move adds step times a direction to all weights. The same directions come in the same order.
func (b built) move(t *testing.T, step float64, direction func() float64) {
	t.Helper()
	for v := range b.store.IterVariables() {
		if !v.Trainable {
			continue
		}
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		numbers := asFloats(t, value)
		for i := range numbers {
			numbers[i] += step * direction()
		}
		if err := v.SetValue(asTensor(v.DType(), numbers, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
}

// normals returns n normal numbers.
func normals(n int, scale float64, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 9))
	v := make([]float64, n)
	for i := range v {
		v[i] = scale * rng.NormFloat64()
	}
	return v
}

func TestAConvexPotentialStartsAsExactlyTheIdentity(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		x, c := asTensor(dtype, normals(7*3, 2, 1), 7, 3), asTensor(dtype, normals(7*2, 1, 2), 7, 2)
		b := build(t, 0, func(scope *model.Scope, x, c *Node) []*Node {
			y, logDet := potential(3, 2, 2).Forward(scope, x, c)
			back, backLogDet := potential(3, 2, 2).Inverse(scope, x, c)
			return []*Node{y, logDet, back, backLogDet}
		}, x, c)
		outputs, want := b.call(t, x, c), asFloats(t, x)
		for k, out := range outputs {
			for i, got := range asFloats(t, out) {
				if k%2 == 0 && got != want[i] || k%2 == 1 && got != 0 {
					t.Fatalf("%s: output %d has %v at %d, where x is %v", dtype, k, got, i, want)
				}
			}
		}
	}
}

// The gradient of the log-det is a third derivative of the potential. That of the inverse goes
// through a point that a loop has found.
func TestGradientsOfAConvexPotentialAgreeWithDifferences(t *testing.T) {
	const batch, dim, condition = 5, 3, 2
	x, c := asTensor(dtypes.Float64, normals(batch*dim, 1.5, 1), batch, dim), asTensor(dtypes.Float64, normals(batch*condition, 1, 2), batch, condition)
	layer := bijection.ConvexPotential{Dim: dim, Condition: condition, Hidden: 4, Depth: 3}
	for name, apply := range map[string]func(scope *model.Scope, x, c *Node) (y, logDet *Node){"forward": layer.Forward, "inverse": layer.Inverse} {
		t.Run(name, func(t *testing.T) {
			b := build(t, 0.3, func(scope *model.Scope, x, c *Node) []*Node {
				y, logDet := apply(scope, x, c)
				of := []*Node{x}
				for v := range scope.Store().IterVariables() {
					if v.Trainable {
						of = append(of, v.NodeValue(x.Graph()))
					}
				}
				f := Add(ReduceAllSum(Sin(y)), ReduceAllSum(Mul(Sin(MulScalar(logDet, 2)), ReduceSum(y, -1))))
				return append([]*Node{f}, Gradient(f, of...)...)
			}, x, c)
			const step = 1e-5
			direction := func() func() float64 {
				rng := rand.New(rand.NewPCG(8, 9))
				return rng.NormFloat64
			}
			here := b.call(t, x, c)
			want, next := 0.0, direction()
			for _, gradient := range here[2:] {
				for _, g := range asFloats(t, gradient) {
					want += g * next()
				}
			}
			at := func(by float64) float64 {
				b.move(t, by, direction())
				return asFloats(t, b.call(t, x, c)[0])[0]
			}
			more := at(step)
			less := at(-2 * step)
			if got := (more - less) / (2 * step); !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
				t.Errorf("the gradient by the weights along a direction is %v, differences give %v", want, got)
			}
			b.move(t, step, direction())
			way := normals(batch*dim, 1, 4)
			moved := func(by float64) float64 {
				v := asFloats(t, x)
				for i := range v {
					v[i] += by * way[i]
				}
				return asFloats(t, b.call(t, asTensor(dtypes.Float64, v, batch, dim), c)[0])[0]
			}
			want = 0
			for i, g := range asFloats(t, here[1]) {
				want += g * way[i]
			}
			if got := (moved(step) - moved(-step)) / (2 * step); !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
				t.Errorf("the gradient by the points along a direction is %v, differences give %v", want, got)
			}
		})
	}
}

func TestTheMapOfAConvexPotentialIsTheGradientOfItsValue(t *testing.T) {
	x, c := asTensor(dtypes.Float64, normals(7*3, 2, 1), 7, 3), asTensor(dtypes.Float64, normals(7*2, 1, 2), 7, 2)
	for name, c := range map[string]*tensors.Tensor{"alone": nil, "under a condition": c} {
		t.Run(name, func(t *testing.T) {
			layer := bijection.ConvexPotential{Dim: 3, Hidden: 5, Depth: 3}
			if c != nil {
				layer.Condition = 2
			}
			b := build(t, 0.5, func(scope *model.Scope, x, c *Node) []*Node {
				y, _ := layer.Forward(scope, x, c)
				return []*Node{y, Gradient(ReduceAllSum(layer.Value(scope, x, c)), x)[0]}
			}, x, c)
			outputs := b.call(t, x, c)
			y, gradient := asFloats(t, outputs[0]), asFloats(t, outputs[1])
			for i, want := range y {
				if got := gradient[i]; !(math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want))) {
					t.Errorf("the map is %v at %d, the gradient of the value %v", want, i, got)
				}
			}
		})
	}
}

// The gradient of a strictly convex function is strictly monotone: (y − y')·(x − x') > 0. Newton's
// method arrives wherever the points are, far out too.
func TestAConvexPotentialIsMonotone(t *testing.T) {
	const n, dim = 200, 3
	x := normals(n*dim, 3, 1)
	for i := range 20 * dim {
		x[i] *= 1e4
	}
	b := build(t, 1, func(scope *model.Scope, x, _ *Node) []*Node {
		layer := bijection.ConvexPotential{Dim: dim, Hidden: 16, Depth: 3}
		y, logDet := layer.Forward(scope, x, nil)
		back, _ := layer.Inverse(scope, y, nil)
		return []*Node{y, logDet, back}
	}, asTensor(dtypes.Float64, x, n, dim), nil)
	outputs := b.call(t, asTensor(dtypes.Float64, x, n, dim), nil)
	y, back := asFloats(t, outputs[0]), asFloats(t, outputs[2])
	for i := range n {
		for k := range i {
			dot := 0.0
			for j := range dim {
				dot += (y[i*dim+j] - y[k*dim+j]) * (x[i*dim+j] - x[k*dim+j])
			}
			if !(dot > 0) {
				t.Fatalf("(y − y')·(x − x') is %v at points %d and %d", dot, i, k)
			}
		}
	}
	for i, want := range x {
		if got := back[i]; !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) {
			t.Errorf("%v comes back as %v", want, got)
		}
	}
}

// A point where Newton's method can't arrive is NaN, never another point.
func TestAnInverseThatDoesNotConvergeIsNaN(t *testing.T) {
	y := []float64{1, 2, 1e25, 0, math.Inf(1), 1, math.NaN(), 0, -1, 0.5}
	points := asTensor(dtypes.Float32, y, 5, 2)
	b := build(t, 0.5, func(scope *model.Scope, y, _ *Node) []*Node {
		layer := bijection.ConvexPotential{Dim: 2, Hidden: 8, Depth: 2}
		x, logDet := layer.Inverse(scope, y, nil)
		return []*Node{x, logDet}
	}, points, nil)
	outputs := b.call(t, points, nil)
	x, logDet := asFloats(t, outputs[0]), asFloats(t, outputs[1])
	for i, lost := range []bool{false, true, true, true, false} {
		if math.IsNaN(x[2*i]) != lost || math.IsNaN(x[2*i+1]) != lost || math.IsNaN(logDet[i]) != lost {
			t.Errorf("y = %v comes from %v, with log-det %v; want NaN: %v", y[2*i:2*i+2], x[2*i:2*i+2], logDet[i], lost)
		}
	}
}
