package engine

import (
	"slices"
	"sync"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// program is a function of points, compiled once for all flows of one kind. Each call uses the
// weights of the engine that makes it. A program outlives the flow that it was built for, and keeps
// nothing of that flow.
type program struct {
	exec      *Exec
	variables []*model.Variable // without values, in the order of Engine.variables

	// mu is held from the start of a call until the call has taken its weights, and so while the
	// program is compiled.
	mu     sync.Mutex
	asking *asking
}

// asking is a call that is about to take its weights.
type asking struct {
	engine *Engine
	got    bool
}

// mostPrograms is the largest number of programs kept for other flows. The least recently used go
// first. A program takes about 60 MB. An engine keeps the programs that it has used.
const mostPrograms = 12

// evaluations are the programs that the flows of this process share.
var evaluations struct {
	mu   sync.Mutex
	kept []evaluation
}

// evaluation is a program with its key: the backend, the engine's kind of flow, the names and
// shapes of its weights, and the name of the function.
type evaluation struct {
	backend             compute.Backend
	kind, weights, name string
	program             *program
}

// program returns the program of the function with that name: one that the engine has used before,
// one shared with engines of its kind, or a new one. A new program is compiled when it first runs.
func (e *Engine) program(name string, build Build) (*program, error) {
	if p := e.programs[name]; p != nil {
		return p, nil
	}
	p, err := e.shared(name, build)
	if err == nil {
		e.programs[name] = p
	}
	return p, err
}

// shared returns the program shared by engines of this kind, and makes it if there is none.
func (e *Engine) shared(name string, build Build) (*program, error) {
	if e.kind == "" {
		return e.newProgram(build)
	}
	evaluations.mu.Lock()
	defer evaluations.mu.Unlock()
	kept := evaluations.kept
	i := slices.IndexFunc(kept, func(v evaluation) bool {
		return v.backend == e.backend && v.kind == e.kind && v.weights == e.shapes && v.name == name
	})
	if i >= 0 {
		found := kept[i]
		evaluations.kept = append(slices.Delete(kept, i, i+1), found)
		return found.program, nil
	}
	p, err := e.newProgram(build)
	if err != nil {
		return nil, err
	}
	kept = append(kept, evaluation{e.backend, e.kind, e.shapes, name, p})
	evaluations.kept = slices.Delete(kept, 0, max(len(kept)-mostPrograms, 0))
	return p, nil
}

// newProgram returns a program that computes build on one chunk of points and, if any, conditions.
// It runs on the device that holds the points, with the weights there.
func (e *Engine) newProgram(build Build) (*program, error) {
	p, store, backend := &program{}, model.NewStore(), e.backend
	for _, own := range e.variables {
		v, err := store.CreateVariable(own.Path(), tensors.FromShape(own.Shape()))
		if err == nil {
			err = v.Reset() // the shape stays
		}
		if err != nil {
			return nil, err
		}
		p.variables = append(p.variables, v.SetTrainable(false))
	}
	exec, err := NewExec(backend, func(inputs []*Node) []*Node {
		model.SetStore(inputs[0].Graph(), store)
		for _, v := range p.variables {
			v.NodeValue(inputs[0]) // every weight becomes a parameter, used or not
		}
		x, c := inputs[0], (*Node)(nil)
		if len(inputs) > 1 {
			c = inputs[1]
		}
		bijection.WithoutGradient(store.RootScope(), x.Graph())
		return build(store.RootScope(), x, c)
	})
	if err != nil {
		return nil, err
	}
	p.exec = exec.SetSideParamsHook(func(g *Graph, buffers []compute.Buffer, _ []bool) error {
		defer p.mu.Unlock()
		weights := p.asking.engine.weights
		p.asking.got, p.asking = true, nil
		device, err := buffers[0].DeviceNum()
		for i := 0; i < len(p.variables) && err == nil; i++ {
			buffers[p.variables[i].NodeValue(g).GetParameterHandle()], err = weights[device][i].Buffer(backend, device)
		}
		return err
	})
	return p, nil
}

// call runs the program on inputs with the weights of e. Calls run concurrently except while they
// take their weights.
func (p *program) call(e *Engine, device compute.DeviceNum, inputs []any) ([]*tensors.Tensor, error) {
	own := &asking{engine: e}
	p.mu.Lock()
	p.asking = own
	defer func() {
		if !own.got { // the call failed before it took its weights
			p.asking = nil
			p.mu.Unlock()
		}
	}()
	results, _, err := p.exec.CallWithGraphOnDevice(device, inputs...)
	return results, err
}
