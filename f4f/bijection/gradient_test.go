package bijection_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// A second derivative would be wrong, so requesting one is an error.
func TestSplinesHaveNoSecondDerivatives(t *testing.T) {
	s := bijection.Spline{Bins: 5, Bound: 3}
	exec, err := NewExec(open(t, "go"), func(x, θ *Node) *Node {
		y, _ := s.Forward(x, θ)
		return Gradient(ReduceAllSum(Gradient(ReduceAllSum(y), x)[0]), θ)[0]
	})
	if err == nil {
		defer exec.Finalize()
		_, err = exec.Call(asTensor(dtypes.Float64, make([]float64, 3), 1, 3), asTensor(dtypes.Float64, make([]float64, 3*s.Parameters()), 1, s.Parameters(), 3))
	}
	if err == nil || !strings.Contains(err.Error(), "no second derivatives") {
		t.Errorf("the gradient of a gradient gave the error %v", err)
	}
}

// The spline defines its gradient by hand. The test compares it with central differences. Two
// gradients on one graph, of different outputs, must each be right.
func TestSplineGradientsAgreeWithDifferences(t *testing.T) {
	b := open(t, "xla")
	s := bijection.Spline{Bins: 5, Bound: 3}
	const n, batch = 2, 9
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(count int, scale float64) []float64 {
		values := make([]float64, count)
		for i := range values {
			values[i] = scale * rng.NormFloat64()
		}
		return values
	}
	x, θ := draw(n*batch, 1.5), draw(n*s.Parameters()*batch, 1)
	direction := draw(len(x)+len(θ), 1)
	for name, apply := range map[string]func(x, θ *Node) (y, l *Node){"forward": s.Forward, "inverse": s.Inverse} {
		t.Run(name, func(t *testing.T) {
			exec, err := NewExec(b, func(x, θ, vx, vθ *Node) []*Node {
				along := func(f *Node) *Node {
					g := Gradient(f, x, θ)
					return Add(ReduceAllSum(Mul(g[0], vx)), ReduceAllSum(Mul(g[1], vθ)))
				}
				y, l := apply(x, θ)
				f1, f2, f3 := ReduceAllSum(Sin(y)), ReduceAllSum(Mul(Square(l), Cos(y))), ReduceAllSum(Sin(l))
				byX, byθ := ReduceAllSum(Mul(Gradient(f3, x)[0], vx)), ReduceAllSum(Mul(Gradient(f3, θ)[0], vθ)) // of the log-slope alone, by x and by θ
				return []*Node{f1, f2, f3, along(f1), along(f2), Add(byX, byθ)}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			at := func(step float64) (values []float64) {
				move := func(from, by []float64) []float64 {
					to := make([]float64, len(from))
					for i := range to {
						to[i] = from[i] + step*by[i]
					}
					return to
				}
				vx, vθ := direction[:len(x)], direction[len(x):]
				outputs, err := exec.Call(
					asTensor(dtypes.Float64, move(x, vx), n, batch), asTensor(dtypes.Float64, move(θ, vθ), n, s.Parameters(), batch),
					asTensor(dtypes.Float64, vx, n, batch), asTensor(dtypes.Float64, vθ, n, s.Parameters(), batch))
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range outputs {
					values = append(values, tensors.ToScalar[float64](o))
				}
				return values
			}
			const step = 1e-5
			here, more, less := at(0), at(step), at(-step)
			for i, what := range []string{"gradient of y", "gradient of both", "gradient of the log-slope"} {
				got, want := here[i+3], (more[i]-less[i])/(2*step)
				if !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
					t.Errorf("%s along a direction is %v, differences give %v", what, got, want)
				}
			}
		})
	}
}
