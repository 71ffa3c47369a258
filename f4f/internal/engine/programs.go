package engine

import (
	"slices"
	"sync"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Build builds a function of points x [batch, D] and conditions c [batch, C], nil for none. Its
// outputs have the shape [batch, …].
type Build func(scope *model.Scope, x, c *Node) []*Node

// program is a function of points, compiled once for all flows of one kind. Each call uses the
// weights of the engine that makes it. A program outlives the flow that it was built for, and keeps
// nothing of that flow.
type program struct {
	exec      *Exec
	variables []*model.Variable // without values, in the order of the engine's

	// mu is held from the start of a call until the call has taken its weights, and so while the
	// program is compiled.
	mu     sync.Mutex
	asking *asking
}

// asking is a call that is about to take its weights.
type asking struct {
	weights [][]*tensors.Tensor // by device, in the order of the program's variables
	got     bool
}

// mostPrograms is the largest number of programs kept for other flows. The least recently used go
// first. A program takes about 60 MB. An engine keeps the programs that it has used.
const mostPrograms = 12

// evaluations are the programs that the flows of this process share.
var evaluations struct {
	mu   sync.Mutex
	kept []evaluation
}

// function is what a program computes: the backend, the engine's kind of flow, the names and shapes
// of its weights, and the name of the function.
type function struct {
	backend             compute.Backend
	kind, weights, name string
}

// evaluation is a program with what it computes.
type evaluation struct {
	function
	program *program
}

// shared returns the program that engines of one kind share for a function. If there is none, it
// makes it by fresh, as it does for the kind "".
func shared(f function, fresh func() (*program, error)) (*program, error) {
	if f.kind == "" {
		return fresh()
	}
	evaluations.mu.Lock()
	defer evaluations.mu.Unlock()
	kept := evaluations.kept
	i := slices.IndexFunc(kept, func(v evaluation) bool { return v.function == f })
	if i >= 0 {
		found := kept[i]
		evaluations.kept = append(slices.Delete(kept, i, i+1), found)
		return found.program, nil
	}
	p, err := fresh()
	if err != nil {
		return nil, err
	}
	kept = append(kept, evaluation{f, p})
	evaluations.kept = slices.Delete(kept, 0, max(len(kept)-mostPrograms, 0))
	return p, nil
}

// call runs the program on inputs with weights by device, in the order of its variables. Calls run
// concurrently except while they take their weights.
func (p *program) call(weights [][]*tensors.Tensor, device compute.DeviceNum, inputs []any) ([]*tensors.Tensor, error) {
	own := &asking{weights: weights}
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
