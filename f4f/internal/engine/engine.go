// Package engine evaluates functions of points with the weights of a trained flow. Functions are
// compiled once for all flows of a kind, and evaluated in chunks on all processors.
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
	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// Points pass through a compiled program in chunks of a few sizes, the last of which is padded. So
// at most two programs are compiled for a function, whatever the number of points. A device with
// its own memory has a third, larger size, because a call there takes as long as computing many
// thousand points.
const (
	smallChunk    = 256
	largeChunk    = 8192
	deviceNumbers = 1 << 18 // features in a chunk for such a device, but at least largeChunk points
)

// Engine evaluates functions of points with the weights of one flow. Each function is compiled once
// for all flows of a kind. On a CPU, each processor takes one chunk after another. The methods may
// be called from several goroutines.
type Engine struct {
	backend compute.Backend
	kind    string // names what the functions' graphs depend on besides the weights' shapes; "" shares no programs
	shapes  string // the names and shapes of the weights
	store   *model.Store
	dtype   dtypes.DType // of the weights, and so of all that is computed

	mu        sync.Mutex
	programs  map[string]*program // by function name
	variables []*model.Variable
	weights   [][]*tensors.Tensor // by device, in the order of variables; filled when a device is first needed
}

// New returns an engine with these weights, which must all be Float32 or all Float64. kind names
// what the functions' graphs depend on besides the weights' shapes. Engines of one kind share
// programs; an engine of kind "" has its own.
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

// Backend returns the backend that the engine runs on.
func (e *Engine) Backend() compute.Backend { return e.backend }

// DType returns the dtype of the weights, and so of all that is computed.
func (e *Engine) DType() dtypes.DType { return e.dtype }

// Weights returns a copy of the weights.
func (e *Engine) Weights() (fit.Snapshot, error) { return fit.TakeSnapshot(e.store, false) }

// Size returns how many numbers the weights under a scope hold.
func (e *Engine) Size(scope string) (n int) {
	for _, v := range e.variables {
		if strings.HasPrefix(v.Path(), "/"+scope+"/") {
			n += v.Shape().Size()
		}
	}
	return n
}

// Replace replaces the engine's weights by those of the same paths in weights, which may hold
// others too. It returns an error if one is missing.
func (e *Engine) Replace(weights fit.Snapshot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.variables {
		value, found := weights[v.Path()]
		if !found {
			return fmt.Errorf("engine: the new weights must have %s, and lack it", v.Path())
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

// In returns an engine with the weights converted to dtype. It returns e itself if e has that
// dtype.
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

// Trace builds a function of one point and its condition into a graph that is never compiled.
// Afterwards the store holds every weight that the function uses. Weights that weren't there before
// have no value. Trace returns a panic of build as an error.
func Trace(b compute.Backend, store *model.Store, dtype dtypes.DType, dim, condition int, build Build) error {
	g := NewGraph(b, "trace")
	defer g.Finalize()
	model.SetStore(g, store)
	return panics.Catch(func() {
		x := Parameter(g, "x", shapes.Make(dtype, 1, dim))
		var c *Node
		if condition > 0 {
			c = Parameter(g, "c", shapes.Make(dtype, 1, condition))
		}
		bijection.WithoutGradient(store.RootScope(), g)
		build(store.RootScope(), x, c)
	})
}

// CheckWeights returns an error unless the engine has all weights that build uses, each with the
// right shape. build is called with points [1, dim] and conditions [1, C].
func (e *Engine) CheckWeights(dim, condition int, build Build) error {
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

// Run evaluates a function at points x [N, D] under conditions c [N, C], or [1, C] for all points.
// It returns each output [N, …] as one row-major slice.
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
	var mu sync.Mutex // guards outputs
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

// program returns the program of the function with that name: one that the engine has used before,
// one shared with engines of its kind, or a new one. A new program is compiled when it first runs.
func (e *Engine) program(name string, build Build) (*program, error) {
	if p := e.programs[name]; p != nil {
		return p, nil
	}
	p, err := shared(function{e.backend, e.kind, e.shapes, name}, func() (*program, error) {
		return newProgram(e.backend, e.variables, build)
	})
	if err == nil {
		e.programs[name] = p
	}
	return p, err
}

// devices returns how many devices may run chunks. Devices that share the host's memory are the
// processors of a CPU, and all of them may. Otherwise only one does.
func (e *Engine) devices() int {
	if e.backend.HasSharedBuffers() {
		return int(e.backend.NumDevices())
	}
	return 1
}

// chunkOf returns the number of points per call, for n points of dim features. shares says whether
// the device shares the host's memory.
func chunkOf(n, dim int, shares bool) int {
	switch {
	case n <= smallChunk:
		return smallChunk
	case n <= largeChunk || shares:
		return largeChunk
	}
	return max(deviceNumbers/dim, largeChunk)
}

// send copies the weights to the first devices, where they aren't there yet.
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

// chunk runs a program on the rows from (included) to to (excluded), padded to a whole chunk.
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
	return program.call(e.weights, compute.DeviceNum(device), inputs)
}

// filled returns the values of the rows from (included) to to (excluded), padded to chunk rows by
// repeating the last. A single row is repeated for all.
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
