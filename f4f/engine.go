package f4f

import (
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Points go through a compiled program in chunks of one of two sizes, the last one filled up: at most two programs are compiled
// for a function, whatever the number of points.
const (
	smallChunk = 256
	largeChunk = 8192
)

// engine runs functions of points with one flow's weights, compiling each once.
type engine struct {
	backend compute.Backend
	store   *model.Store

	mu       sync.Mutex
	programs map[string]*model.Exec
}

func newEngine(backend compute.Backend, weights fit.Snapshot) (*engine, error) {
	e := &engine{backend: backend, store: model.NewStore(), programs: map[string]*model.Exec{}}
	for path, value := range weights {
		own, err := value.LocalClone()
		if err != nil {
			return nil, err
		}
		v, err := e.store.CreateVariable(path, own)
		if err != nil {
			return nil, err
		}
		v.SetTrainable(false)
	}
	return e, nil
}

// check errs unless the weights are those that build wants: none missing, each of its shape. build is given points [1, dim] and conditions [1, C].
func (e *engine) check(dim, condition int, build function) error {
	g := NewGraph(e.backend, "check")
	defer g.Finalize()
	model.SetStore(g, e.store)
	err := fit.Catch(func() {
		x := Parameter(g, "x", shapes.Make(dtypes.Float32, 1, dim))
		var c *Node
		if condition > 0 {
			c = Parameter(g, "c", shapes.Make(dtypes.Float32, 1, condition))
		}
		build(e.store.RootScope(), x, c)
	})
	if err != nil {
		return err
	}
	for v := range e.store.IterVariables() {
		if !v.HasValue() {
			return fmt.Errorf("%w: it lacks the weight %s", fit.ErrCorrupt, v.Path())
		}
	}
	return nil
}

// function builds a function of points [batch, D] and conditions [batch, C], nil for none: outputs [batch, …] each.
type function func(scope *model.Scope, x, c *Node) []*Node

// run applies a function to every point. A single condition holds for all of them. Each output comes as one row-major slice.
func (e *engine) run(name string, build function, x, c data.Points) (outputs [][]float32, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	program := e.programs[name]
	if program == nil {
		program, err = model.NewExec(e.backend, e.store, func(scope *model.Scope, inputs []*Node) []*Node {
			if len(inputs) == 1 {
				return build(scope, inputs[0], nil)
			}
			return build(scope, inputs[0], inputs[1])
		})
		if err != nil {
			return nil, err
		}
		e.programs[name] = program
	}
	n, chunk := x.Len(), largeChunk
	if n <= smallChunk {
		chunk = smallChunk
	}
	for from := 0; from < n; from += chunk {
		to := min(from+chunk, n)
		inputs := []any{filled(x, from, to, chunk)}
		if c.Dim() > 0 {
			inputs = append(inputs, filled(c, from, to, chunk))
		}
		results, err := program.Call(inputs...)
		if err != nil {
			return nil, err
		}
		if outputs == nil {
			outputs = make([][]float32, len(results))
			for i, r := range results {
				outputs[i] = make([]float32, 0, n*r.Size()/chunk)
			}
		}
		for i, r := range results {
			width := r.Size() / chunk
			err := tensors.ConstFlatData(r, func(flat []float32) {
				outputs[i] = append(outputs[i], flat[:(to-from)*width]...)
			})
			if err != nil {
				return nil, err
			}
			if err := r.FinalizeAll(); err != nil {
				return nil, err
			}
		}
	}
	return outputs, nil
}

// filled is rows from (included) to to (excluded) as a tensor of chunk rows, the rest a repetition of the last. A single row stands for any.
func filled(p data.Points, from, to, chunk int) *tensors.Tensor {
	values := make([]float32, 0, chunk*p.Dim())
	if p.Len() > 1 {
		values = append(values, p.Slice(from, to).Values()...)
	}
	last := p.Row(min(to, p.Len()) - 1)
	for len(values) < cap(values) {
		values = append(values, last...)
	}
	return tensors.FromFlatDataAndDimensions(values, chunk, p.Dim())
}
