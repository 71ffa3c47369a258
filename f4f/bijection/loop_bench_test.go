//go:build unix

package bijection_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// unrolled makes benchmarks run inverses feature after feature instead of by a loop; looped does
// the reverse: go test ./f4f/bijection -run XXX -bench . -unrolled
var (
	unrolled = flag.Bool("unrolled", false, "benchmark inverses that write features one after another")
	looped   = flag.Bool("looped", false, "benchmark inverses by loops for every dimension")
)

func form(b *testing.B) {
	if *unrolled {
		b.Cleanup(bijection.LoopFrom(math.MaxInt))
	} else if *looped {
		b.Cleanup(bijection.LoopFrom(2))
	}
}

// busy returns the processor time of this process, which other processes affect less than the wall
// time.
func busy() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// paper returns a flow of the paper's size: four layers of 128 hidden units in two blocks, with a
// reversal between layers.
func paper(dim, bins int) bijection.Chain {
	layer := bijection.Autoregressive{Dim: dim, Hidden: 128, Blocks: 2, Transformer: bijection.Spline{Bins: bins, Bound: 4}}
	return bijection.Chain{layer, bijection.Reversal(dim), layer, bijection.Reversal(dim), layer, bijection.Reversal(dim), layer}
}

// stored returns a store with initial weights of a bijection.
func stored(tb testing.TB, b bijection.Bijection, dim int) *model.Store {
	tb.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(7); err != nil {
		tb.Fatal(err)
	}
	_, err := model.CallOnce(open(tb, "go"), store, func(scope *model.Scope, x *Node) *Node {
		y, _ := b.Forward(scope, x, nil)
		return y
	}, tensors.FromScalarAndDimensions(float32(0), 1, dim))
	if err != nil {
		tb.Fatal(err)
	}
	own := model.NewStore() // bound to no backend yet
	for v := range store.IterVariables() {
		value, err := v.MustValue().LocalClone()
		if err == nil {
			_, err = own.CreateVariable(v.Path(), value)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	store.Finalize()
	return own
}

// BenchmarkEvaluation compiles log-prob (Forward) and sampling (Inverse) of the paper's flow, and
// runs them on chunks of 8,192 points.
//
//	go test ./f4f/bijection -run XXX -bench Evaluation -benchtime 20x
func BenchmarkEvaluation(b *testing.B) {
	form(b)
	for _, bins := range []int{8, 32, 128} {
		for _, dim := range []int{1, 2, 3, 4, 8, 16, 32, 64} {
			if bins != 8 && dim != 2 {
				continue
			}
			flow := paper(dim, bins)
			for _, work := range []struct {
				name  string
				build func(scope *model.Scope, x *Node) (y, logDet *Node)
			}{
				{"sample", func(scope *model.Scope, x *Node) (y, logDet *Node) { return flow.Inverse(scope, x, nil) }},
				{"log-prob", func(scope *model.Scope, x *Node) (y, logDet *Node) { return flow.Forward(scope, x, nil) }},
			} {
				b.Run(fmt.Sprintf("work=%s/dim=%d/bins=%d", work.name, dim, bins), func(b *testing.B) {
					store := stored(b, flow, dim)
					defer store.Finalize()
					exec, err := model.NewExec(open(b, "xla"), store, func(scope *model.Scope, x *Node) []*Node {
						y, logDet := work.build(scope, x)
						return []*Node{y, logDet}
					})
					if err != nil {
						b.Fatal(err)
					}
					defer exec.Finalize()
					x := noise(rand.New(rand.NewPCG(1, 2)), 8192, dim)
					start, before := time.Now(), busy()
					if _, err := exec.Compile(x.Shape()); err != nil {
						b.Fatal(err)
					}
					compiling, work := time.Since(start), busy()-before
					call := func() {
						outputs, err := exec.Call(x)
						if err != nil {
							b.Fatal(err)
						}
						tensors.MustCopyFlatData[float32](outputs[0])
						for _, o := range outputs {
							_ = o.FinalizeAll()
						}
					}
					call()
					before = busy()
					for b.Loop() {
						call()
					}
					b.ReportMetric(1e3*(busy()-before).Seconds()/float64(b.N), "cpu-ms/chunk")
					b.ReportMetric(compiling.Seconds(), "s-compiling")
					b.ReportMetric(work.Seconds(), "cpu-s-compiling")
					b.ReportMetric(8192*float64(b.N)/b.Elapsed().Seconds(), "points/s")
				})
			}
		}
	}
}

// BenchmarkTraining compiles a loop over training steps of 128 points through the paper's flow, and
// runs one step a turn in each direction.
//
//	go test ./f4f/bijection -run XXX -bench Training -benchtime 200x
func BenchmarkTraining(b *testing.B) {
	form(b)
	for _, dim := range []int{1, 2, 3, 4, 8, 16, 32, 64} {
		flow := paper(dim, 8)
		forward := func(scope *model.Scope, x *Node) *Node { return surprise(flow.Forward(scope, x, nil)) }
		inverse := func(scope *model.Scope, x *Node) *Node { return surprise(flow.Inverse(scope, x, nil)) }
		for _, way := range []struct {
			name   string
			losses []func(scope *model.Scope, x *Node) *Node
		}{
			{"forward", []func(scope *model.Scope, x *Node) *Node{forward}},
			{"inverse", []func(scope *model.Scope, x *Node) *Node{inverse}},
			{"alternate", []func(scope *model.Scope, x *Node) *Node{forward, inverse}},
		} {
			b.Run(fmt.Sprintf("way=%s/dim=%d", way.name, dim), func(b *testing.B) {
				store := stored(b, flow, dim)
				defer store.Finalize()
				exec, err := model.NewExec(open(b, "xla"), store, func(scope *model.Scope, x, turns *Node) *Node {
					return training(scope, x, turns, way.losses)
				})
				if err != nil {
					b.Fatal(err)
				}
				defer exec.Finalize()
				x := noise(rand.New(rand.NewPCG(1, 2)), 128, dim)
				start, before := time.Now(), busy()
				if _, err := exec.Compile(x.Shape(), shapes.Make(dtypes.Int32)); err != nil {
					b.Fatal(err)
				}
				compiling, work := time.Since(start), busy()-before
				take := func(turns int) {
					outputs, err := exec.Call(x, int32(turns))
					if err != nil {
						b.Fatal(err)
					}
					tensors.MustCopyFlatData[float32](outputs[0])
				}
				take(5)
				b.ResetTimer()
				before = busy()
				take(b.N)
				b.ReportMetric(1e3*(busy()-before).Seconds()/float64(b.N)/float64(len(way.losses)), "cpu-ms/step")
				b.ReportMetric(compiling.Seconds(), "s-compiling")
				b.ReportMetric(work.Seconds(), "cpu-s-compiling")
				b.ReportMetric(1e3*b.Elapsed().Seconds()/float64(b.N)/float64(len(way.losses)), "ms/step")
			})
		}
	}
}

// surprise returns the mean of −log p, up to a constant, over points that a flow mapped to z with a
// log-det.
func surprise(z, logDet *Node) *Node {
	return ReduceAllMean(Sub(MulScalar(ReduceSum(Square(z), -1), 0.5), logDet))
}

// training builds a loop of plain gradient descent. Each turn takes a step by every loss. It
// returns x's first value plus 0 times the last loss, so that the compiler can leave nothing out.
func training(scope *model.Scope, x, turns *Node, losses []func(scope *model.Scope, x *Node) *Node) *Node {
	g, store := x.Graph(), scope.Store()
	variables := trainable(store)
	state := []*Node{Const(g, int32(0)), turns, x, ConstAsDType(g, x.DType(), 0)}
	for _, v := range variables {
		state = append(state, v.NodeValue(g))
	}
	parameters := func(g *Graph) []*Node {
		s := make([]*Node, len(state))
		for i, n := range state {
			s[i] = Parameter(g, fmt.Sprintf("state_%d", i), n.Shape())
		}
		return s
	}
	more := NewClosure(g, func(g *Graph) []*Node {
		s := parameters(g)
		return []*Node{LessThan(s[0], s[1])}
	})
	body := NewClosure(g, func(g *Graph) []*Node {
		s := parameters(g)
		for i, v := range variables {
			v.SetNodeValue(s[4+i])
		}
		for _, loss := range losses {
			store.SetTraining(g, true)
			of := make([]*Node, len(variables))
			for i, v := range variables {
				of[i] = v.NodeValue(g)
			}
			l := loss(scope, s[2])
			for i, gradient := range Gradient(l, of...) {
				variables[i].SetNodeValue(Sub(of[i], MulScalar(gradient, 1e-4)))
			}
			s[3] = l
		}
		s[0] = AddScalar(s[0], 1)
		for i, v := range variables {
			s[4+i] = v.NodeValue(g)
		}
		return s
	})
	state = While(more, body, state...)
	for i, v := range variables {
		v.SetNodeValue(state[4+i])
	}
	return state[3]
}
