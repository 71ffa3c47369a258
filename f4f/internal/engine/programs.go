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

// program is a function of points, compiled for all flows of one kind: it takes the weights of
// whichever engine calls it. It outlives the flow that it was built for, and keeps nothing of it.
type program struct {
	exec      *Exec
	variables []*model.Variable // without values, in the order of an engine's

	mu     sync.Mutex // held from the beginning of a call until it has its weights, and so while the program is compiled
	asking *asking
}

// asking is a call that is about to take its weights.
type asking struct {
	engine *Engine
	got    bool
}

// mostPrograms is how many programs are kept for flows to come, at most; the ones longest unused go
// first. One takes some 60 MB. Flows keep what they have used.
const mostPrograms = 12

// evaluations are the programs that flows share, of the process.
var evaluations struct {
	mu   sync.Mutex
	kept []evaluation
}

// evaluation is a program and what it is of: an engine's kind of flow with its weights' names and
// shapes, and the function's name.
type evaluation struct {
	backend             compute.Backend
	kind, weights, name string
	program             *program
}

// program is the function of a name, which the engine has used before, or another of its kind, or
// which is compiled when it first runs.
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

// shared is the program of the engine's kind of flow, made where there is none.
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

// newProgram is a function as a program of a chunk of points and conditions, if any. It runs on
// whichever device the points are, with the weights there.
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
			v.NodeValue(inputs[0]) // takes part, whether or not the function has a use for it
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

// call runs the program on inputs with an engine's weights. Calls run at once, but for the beginning.
func (p *program) call(e *Engine, device compute.DeviceNum, inputs []any) ([]*tensors.Tensor, error) {
	own := &asking{engine: e}
	p.mu.Lock()
	p.asking = own
	defer func() {
		if !own.got { // it failed before
			p.asking = nil
			p.mu.Unlock()
		}
	}()
	results, _, err := p.exec.CallWithGraphOnDevice(device, inputs...)
	return results, err
}
