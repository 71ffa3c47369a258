package f4f

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Points go through a compiled program in chunks of one of a few sizes, the last one filled up: at most two programs are compiled
// for a function, whatever the number of points, and a third on a device with a memory of its own, where a call takes as long as the computing of many thousand points.
const (
	smallChunk    = 256
	largeChunk    = 8192
	deviceNumbers = 1 << 18 // in the points of a chunk for such a device, or largeChunk points
)

// engine runs functions of points with one flow's weights. Each is compiled once for all flows of a kind. On a CPU each processor takes chunk after chunk.
type engine struct {
	backend   compute.Backend
	kind      string // names what the functions' graphs depend on besides the weights' shapes; empty where nothing does
	shapes    string // the names and shapes of the weights
	store     *model.Store
	precision Precision // of the weights, and so of all that is computed

	mu        sync.Mutex
	programs  map[string]*program // by the name of the function
	variables []*model.Variable
	weights   [][]*tensors.Tensor // by device, in the order of variables; made when a device is first needed
}

func newEngine(backend compute.Backend, kind string, weights fit.Snapshot) (*engine, error) {
	precision, err := precisionOf(weights)
	if err != nil {
		return nil, err
	}
	e := &engine{backend: backend, kind: kind, store: model.NewStore(), precision: precision, programs: map[string]*program{}}
	for _, path := range slices.Sorted(maps.Keys(weights)) {
		own, err := weights[path].LocalClone()
		if err != nil {
			return nil, err
		}
		v, err := e.store.CreateVariable(path, own)
		if err != nil {
			return nil, err
		}
		v.SetTrainable(false)
		e.variables = append(e.variables, v)
		e.shapes += fmt.Sprintf("%q %s\n", path, own.Shape())
	}
	return e, nil
}

// replace has the engine go on with the values that weights have of what it has, which may be more.
func (e *engine) replace(weights fit.Snapshot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.variables {
		value, found := weights[v.Path()]
		if !found {
			return fmt.Errorf("f4f: there is no weight %s to go on with", v.Path())
		}
		own, err := value.LocalClone()
		if err == nil {
			err = v.SetValue(own)
		}
		if err != nil {
			return err
		}
	}
	var err error
	for _, sent := range e.weights {
		for _, w := range sent {
			err = errors.Join(err, w.FinalizeAll())
		}
	}
	e.weights = nil
	return err
}

// in is the engine with its weights in a precision.
func (e *engine) in(p Precision) (*engine, error) {
	if e.precision == p {
		return e, nil
	}
	weights, err := fit.Take(e.store, false)
	if err == nil {
		weights, err = p.in(weights)
	}
	if err != nil {
		return nil, err
	}
	return newEngine(e.backend, e.kind, weights)
}

// trace builds a function of one point and its condition into a graph that is never compiled: the
// weights that it wants are in the store then, without values where there were none.
func trace(b compute.Backend, store *model.Store, p Precision, dim, condition int, build function) error {
	g := NewGraph(b, "trace")
	defer g.Finalize()
	model.SetStore(g, store)
	return fit.Catch(func() {
		x := Parameter(g, "x", shapes.Make(p.dtype(), 1, dim))
		var c *Node
		if condition > 0 {
			c = Parameter(g, "c", shapes.Make(p.dtype(), 1, condition))
		}
		bijection.WithoutGradient(store.RootScope(), g)
		build(store.RootScope(), x, c)
	})
}

// check errs unless the weights are those that build wants: none missing, each of its shape. build is given points [1, dim] and conditions [1, C].
func (e *engine) check(dim, condition int, build function) error {
	if err := trace(e.backend, e.store, e.precision, dim, condition, build); err != nil {
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
func (e *engine) run(name string, build function, x, c data.Points) (outputs [][]float64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	program, err := e.program(name, build)
	if err != nil {
		return nil, err
	}
	n := x.Len()
	chunk := chunkOf(n, x.Dim(), e.backend.HasSharedBuffers())
	chunks := (n + chunk - 1) / chunk
	devices := min(e.devices(), chunks)
	if err := e.send(devices); err != nil {
		return nil, err
	}
	var mu sync.Mutex // of outputs
	var group errgroup.Group
	var taken atomic.Int32
	for device := range devices {
		group.Go(func() error {
			for i := int(taken.Add(1)) - 1; i < chunks; i = int(taken.Add(1)) - 1 {
				from, to := i*chunk, min((i+1)*chunk, n)
				results, err := e.chunk(program, device, x, c, from, to, chunk)
				if err != nil {
					taken.Store(int32(chunks)) // so that the others stop
					return err
				}
				mu.Lock()
				if outputs == nil {
					outputs = make([][]float64, len(results))
					for k, r := range results {
						outputs[k] = make([]float64, n*(r.Size()/chunk))
					}
				}
				mu.Unlock()
				for k, r := range results {
					width := r.Size() / chunk
					err = errors.Join(err, copyNumbers(outputs[k][from*width:to*width], r), r.FinalizeAll())
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return outputs, nil
}

// devices is how many may run chunks: all of those that share the host's memory, which are a CPU's processors, or else one.
func (e *engine) devices() int {
	if e.backend.HasSharedBuffers() {
		return int(e.backend.NumDevices())
	}
	return 1
}

// chunkOf is how many of n points of so many features a call computes, of a device that shares the host's memory or has its own.
func chunkOf(n, dim int, shares bool) int {
	switch {
	case n <= smallChunk:
		return smallChunk
	case n <= largeChunk || shares:
		return largeChunk
	}
	return max(deviceNumbers/dim, largeChunk)
}

// send has the weights on so many devices.
func (e *engine) send(devices int) error {
	for device := len(e.weights); device < devices; device++ {
		weights := make([]*tensors.Tensor, len(e.variables))
		for i, v := range e.variables {
			value, err := v.Value()
			if err == nil {
				weights[i], err = value.LocalClone()
			}
			if err == nil {
				err = weights[i].ToDevice(e.backend, compute.DeviceNum(device))
			}
			if err != nil {
				return err
			}
		}
		e.weights = append(e.weights, weights)
	}
	return nil
}

// chunk runs a program on rows from (included) to to (excluded), filled up to a whole chunk.
func (e *engine) chunk(program *program, device int, x, c data.Points, from, to, chunk int) ([]*tensors.Tensor, error) {
	var inputs []any
	for _, p := range []data.Points{x, c} {
		if p.Dim() == 0 {
			continue
		}
		t := e.precision.tensorOf(filled(p, from, to, chunk), chunk, p.Dim())
		defer t.FinalizeAll()
		inputs = append(inputs, t)
	}
	return program.call(e, compute.DeviceNum(device), inputs)
}

// filled is rows from (included) to to (excluded) as the values of chunk rows, the rest a repetition of the last. A single row stands for any.
func filled(p data.Points, from, to, chunk int) []float32 {
	values := make([]float32, 0, chunk*p.Dim())
	if p.Len() > 1 {
		values = append(values, p.Slice(from, to).Values()...)
	}
	last := p.Row(min(to, p.Len()) - 1)
	for len(values) < cap(values) {
		values = append(values, last...)
	}
	return values
}
