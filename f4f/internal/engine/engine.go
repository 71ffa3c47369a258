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

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/panics"
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
	return NewIn(backend, kind, dtype, weights)
}

// NewIn is New for weights that must all be of dtype, of which there may be none.
func NewIn(backend compute.Backend, kind string, dtype dtypes.DType, weights fit.Snapshot) (*Engine, error) {
	if len(weights) > 0 {
		own, err := numbers.DTypeOf(weights)
		if err != nil {
			return nil, err
		}
		if own != dtype {
			return nil, fmt.Errorf("%w: its weights are of %s, and its plan of %s", fit.ErrCorrupt, own, dtype)
		}
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
	return NewIn(e.backend, e.kind, dtype, weights)
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
