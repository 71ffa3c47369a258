// Package engine runs functions of points with a trained flow's weights: compiled once for all flows
// of a kind, in chunks, on all processors.
package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// Points go through a compiled program in chunks of one of a few sizes, the last one filled up: at
// most two programs are compiled for a function, whatever the number of points, and a third on a
// device with a memory of its own, where a call takes as long as the computing of many thousand
// points.
const (
	smallChunk    = 256
	largeChunk    = 8192
	deviceNumbers = 1 << 18 // in the points of a chunk for such a device, or largeChunk points
)

// Engine runs functions of points with one flow's weights. Each is compiled once for all flows of a
// kind. On a CPU each processor takes chunk after chunk. Its methods may be called from several
// goroutines.
type Engine struct {
	backend compute.Backend
	kind    string // names what the functions' graphs depend on besides the weights' shapes; empty where nothing does
	shapes  string // the names and shapes of the weights
	store   *model.Store
	dtype   dtypes.DType // of the weights, and so of all that is computed

	mu        sync.Mutex
	programs  map[string]*program // by the name of the function
	variables []*model.Variable
	weights   [][]*tensors.Tensor // by device, in the order of variables; made when a device is first needed
}

// New is an engine of weights, all of one dtype, Float32 or Float64. kind names what the functions'
// graphs depend on besides the weights' shapes: engines of one kind share programs. An engine of the
// kind "" has its own.
func New(backend compute.Backend, kind string, weights fit.Snapshot) (*Engine, error) {
	dtype, err := numbers.DTypeOf(weights)
	if err != nil {
		return nil, err
	}
	e := &Engine{backend: backend, kind: kind, store: model.NewStore(), dtype: dtype, programs: map[string]*program{}}
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

// Backend is what the engine runs on.
func (e *Engine) Backend() compute.Backend { return e.backend }

// DType is that of the weights, and so of all that is computed.
func (e *Engine) DType() dtypes.DType { return e.dtype }

// Weights copies the weights.
func (e *Engine) Weights() (fit.Snapshot, error) { return fit.Take(e.store, false) }

// Size is how many numbers the weights under a scope have.
func (e *Engine) Size(scope string) (n int) {
	for _, v := range e.variables {
		if strings.HasPrefix(v.Path(), "/"+scope+"/") {
			n += v.Shape().Size()
		}
	}
	return n
}

// Replace has the engine go on with the values that weights have of what it has, which may be more.
func (e *Engine) Replace(weights fit.Snapshot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.variables {
		value, found := weights[v.Path()]
		if !found {
			return fmt.Errorf("engine: there is no weight %s to go on with", v.Path())
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

// In is the engine with its weights in a dtype.
func (e *Engine) In(dtype dtypes.DType) (*Engine, error) {
	if e.dtype == dtype {
		return e, nil
	}
	weights, err := e.Weights()
	if err == nil {
		weights, err = numbers.In(dtype, weights)
	}
	if err != nil {
		return nil, err
	}
	return New(e.backend, e.kind, weights)
}

// Trace builds a function of one point and its condition into a graph that is never compiled: the
// weights that it wants are in the store then, without values where there were none.
func Trace(b compute.Backend, store *model.Store, dtype dtypes.DType, dim, condition int, build Build) error {
	g := NewGraph(b, "trace")
	defer g.Finalize()
	model.SetStore(g, store)
	return fit.Catch(func() {
		x := Parameter(g, "x", shapes.Make(dtype, 1, dim))
		var c *Node
		if condition > 0 {
			c = Parameter(g, "c", shapes.Make(dtype, 1, condition))
		}
		bijection.WithoutGradient(store.RootScope(), g)
		build(store.RootScope(), x, c)
	})
}

// Check errs unless the weights are those that build wants: none missing, each of its shape. build
// is given points [1, dim] and conditions [1, C].
func (e *Engine) Check(dim, condition int, build Build) error {
	if err := Trace(e.backend, e.store, e.dtype, dim, condition, build); err != nil {
		return err
	}
	for v := range e.store.IterVariables() {
		if !v.HasValue() {
			return fmt.Errorf("%w: it lacks the weight %s", fit.ErrCorrupt, v.Path())
		}
	}
	return nil
}

// Build builds a function of points [batch, D] and conditions [batch, C], nil for none: outputs
// [batch, …] each.
type Build func(scope *model.Scope, x, c *Node) []*Node

// Run applies a function to every point. A single condition holds for all of them. Each output
// comes as one row-major slice.
func (e *Engine) Run(name string, build Build, x, c data.Points) (outputs [][]float64, err error) {
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
					err = errors.Join(err, numbers.Copy(outputs[k][from*width:to*width], r), r.FinalizeAll())
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

// devices is how many may run chunks: all of those that share the host's memory, which are a CPU's
// processors, or else one.
func (e *Engine) devices() int {
	if e.backend.HasSharedBuffers() {
		return int(e.backend.NumDevices())
	}
	return 1
}

// chunkOf is how many of n points of so many features a call computes, of a device that shares the
// host's memory or has its own.
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
func (e *Engine) send(devices int) error {
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
func (e *Engine) chunk(program *program, device int, x, c data.Points, from, to, chunk int) ([]*tensors.Tensor, error) {
	var inputs []any
	for _, p := range []data.Points{x, c} {
		if p.Dim() == 0 {
			continue
		}
		t := numbers.Tensor(e.dtype, filled(p, from, to, chunk), chunk, p.Dim())
		defer t.FinalizeAll()
		inputs = append(inputs, t)
	}
	return program.call(e, compute.DeviceNum(device), inputs)
}

// filled is rows from (included) to to (excluded) as the values of chunk rows, the rest a
// repetition of the last. A single row stands for any.
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
