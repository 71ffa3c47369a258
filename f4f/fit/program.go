package fit

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// maxChunkSteps is the largest number of steps in a chunk, and the size of the record of its
// losses.
const maxChunkSteps = 4096

// program runs steps of one phase of a problem. It holds compiled code until it is finalised.
type program interface {
	// compile compiles the program for windows of a shape, ahead of its first run.
	compile(windows windowShape) error
	// run takes steps from (included) to until (excluded) of a window. start is the number of the
	// window's first step in the whole training, and schedule is as Recipe.schedule returns it. run
	// returns the losses of the steps, and stops after the first that isn't finite. For several
	// flows at once it returns their losses side by side, step by step, and stops after a step
	// where none is finite.
	run(schedule []float64, start, from, until int, w *window) ([]float32, error)
	finalize()
}

// newProgram returns a program that is not compiled yet. others holds the weights beyond the
// store's, for several devices.
func newProgram(backend compute.Backend, p Problem, losses []Loss, r Recipe, others *replicas) (program, error) {
	// The Go backend has While but no DynamicSlice. go-xla has both, but lists only DynamicSlice.
	if capabilities := backend.Capabilities(); capabilities.Functions && capabilities.Operations[compute.OpTypeDynamicSlice] {
		return newLoopProgram(backend, p, losses, r, others)
	}
	return newStepProgram(backend, p, losses, r)
}

// batchOf returns rows [batch] of data [N, width], as [batch, width].
func batchOf(data, rows *Node) *Node {
	return Gather(data, ExpandAxes(rows, -1))
}

// loopProgram is a program that runs a chunk of steps as one graph.While.
type loopProgram struct {
	exec interface {
		Compile(inputs ...shapes.Shape) (*Graph, error)
		Call(inputs ...any) ([]*tensors.Tensor, error)
		Finalize()
	}
	flows int
}

func newLoopProgram(backend compute.Backend, p Problem, losses []Loss, r Recipe, others *replicas) (_ *loopProgram, err error) {
	// A program may outlive its training, so the function that builds its graph holds none of the
	// problem's data.
	store, sets, batch, flows, dtype := p.Store, len(p.Data), r.Batch/max(r.Devices, 1), p.flows(), p.Data[0].DType()
	build := func(scope *model.Scope, inputs []*Node) []*Node {
		g := inputs[0].Graph()
		// The state of the loop is [at, good, record], then the inputs [start, from, until,
		// schedule, data…, order…], then every variable of the store. It must hold all that the
		// body reads. XLA closures can't capture nodes here, not even scalars, which GoMLX caches
		// in the graph; so constants are made by Const.
		state := append([]*Node{inputs[1], Const(g, true), ConstAsDType(g, dtype, make([]float64, maxChunkSteps*flows))}, inputs...)
		const at, good, record, start, from, until, schedule, data = 0, 1, 2, 3, 4, 5, 6, 7
		values := data + 2*sets
		variables := variablesOf(store, r.Devices)
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
			return []*Node{LogicalAnd(s[good], LessThan(s[at], s[until]))}
		})
		body := NewClosure(g, func(g *Graph) []*Node {
			s := parameters(g)
			for i, v := range variables {
				v.SetNodeValue(s[values+i])
			}
			for _, loss := range losses {
				batches := make([]*Node, sets)
				for i := range batches {
					rows := DynamicSlice(s[data+sets+i], []*Node{MulScalar(s[at], batch)}, []int{batch})
					batches[i] = batchOf(s[data+i], rows)
				}
				l := Reshape(step(scope, loss, batches, Add(s[start], s[at]), s[schedule], flows, r), flows)
				s[record] = DynamicUpdateSlice(s[record], l, []*Node{MulScalar(Sub(s[at], s[from]), flows)})
				s[good] = LogicalAnd(s[good], anyFinite(l))
				s[at] = AddScalar(s[at], 1)
			}
			for i, v := range variables {
				s[values+i] = v.NodeValue(g)
			}
			return s
		})
		state = While(more, body, state...)
		for i, v := range variables {
			v.SetNodeValue(state[values+i])
		}
		return []*Node{state[at], state[record]}
	}
	l := &loopProgram{flows: flows}
	if r.Devices > 1 {
		l.exec, err = newSPMD(backend, p.Store, others, build)
	} else {
		var exec *model.Exec
		if exec, err = model.NewExec(backend, p.Store, build); err == nil && r.Spread && flows == 1 {
			name, _ := spread(backend, exec.Name())
			exec.WithName(name)
		}
		l.exec = exec
	}
	if err != nil {
		return nil, fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	return l, nil
}

func (l *loopProgram) finalize() { l.exec.Finalize() }

func (l *loopProgram) compile(windows windowShape) error {
	number := shapes.Make(dtypes.Int32)
	var inputs []shapes.Shape // for each device, in the order of run
	for range windows.devices {
		inputs = append(inputs, number, number, number, shapes.Make(dtypes.Float64, scheduleSize))
		inputs = append(append(inputs, windows.data...), windows.order...)
	}
	_, err := l.exec.Compile(inputs...)
	return err
}

func (l *loopProgram) run(schedule []float64, start, from, until int, w *window) ([]float32, error) {
	var inputs []any // for each device
	for device := range w.data {
		inputs = append(inputs, int32(start), int32(from), int32(until), schedule)
		for _, t := range slices.Concat(w.data[device], w.order[device]) {
			inputs = append(inputs, t)
		}
	}
	outputs, err := l.exec.Call(inputs...)
	if err != nil {
		return nil, err
	}
	defer release(outputs)
	losses, err := floats(outputs[1])
	if err != nil {
		return nil, err
	}
	losses = losses[:l.flows*(int(tensors.ToScalar[int32](outputs[0]))-from)]
	if l.flows > 1 {
		return losses, nil
	}
	return upToNonFinite(losses), nil
}

// stepProgram is a program that runs each step as a call, for a backend that can't run the loop.
type stepProgram struct {
	execs []*model.Exec // one for each loss that takes turns
	batch int
}

func newStepProgram(backend compute.Backend, p Problem, losses []Loss, r Recipe) (*stepProgram, error) {
	s := &stepProgram{batch: r.Batch}
	sets, flows := len(p.Data), p.flows()
	for _, loss := range losses {
		exec, err := model.NewExec(backend, p.Store, func(scope *model.Scope, inputs []*Node) *Node {
			batches := make([]*Node, sets)
			for i := range batches {
				batches[i] = batchOf(inputs[2+i], inputs[2+sets+i])
			}
			return step(scope, loss, batches, inputs[0], inputs[1], flows, r)
		})
		if err != nil {
			return nil, fmt.Errorf("fit: %s: %w", p.Flow, err)
		}
		s.execs = append(s.execs, exec)
	}
	return s, nil
}

func (s *stepProgram) finalize() {
	for _, exec := range s.execs {
		exec.Finalize()
	}
}

// compile does nothing: the first calls compile, and a backend that runs single steps has little to
// compile.
func (s *stepProgram) compile(windowShape) error { return nil }

func (s *stepProgram) run(schedule []float64, start, from, until int, w *window) ([]float32, error) {
	data, order := w.data[0], w.order[0]
	rows := make([][]int32, len(order))
	for i, o := range order {
		var err error
		if rows[i], err = tensors.CopyFlatData[int32](o); err != nil {
			return nil, err
		}
	}
	losses := make([]float32, 0, until-from)
	for at := from; at < until; at++ {
		inputs := []any{int32(start + at), schedule}
		for _, d := range data {
			inputs = append(inputs, d)
		}
		for _, r := range rows {
			inputs = append(inputs, r[at*s.batch:(at+1)*s.batch])
		}
		outputs, err := s.execs[(at-from)%len(s.execs)].Call(inputs...)
		if err != nil {
			return nil, err
		}
		l, err := floats(outputs[0])
		release(outputs)
		if err != nil {
			return nil, err
		}
		if losses = append(losses, l...); !slices.ContainsFunc(l, finite) {
			break
		}
	}
	return losses, nil
}
