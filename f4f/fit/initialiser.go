package fit

import (
	"errors"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/ml/model"
)

// initialBackend returns the backend on which initial values are drawn: GoMLX's in plain Go,
// whichever backend trains. It compiles nothing, where XLA spent a tenth of all compilation on
// drawing a flow's weights once. And a seed gives the same initial weights on every backend.
var initialBackend = sync.OnceValues(func() (compute.Backend, error) { return gobackend.New("") })

// initialise draws values from the store's generator for the variables that have none.
func initialise(store *model.Store) error {
	wanted := withoutValues(store)
	if len(wanted) == 0 {
		return nil
	}
	backend, err := initialBackend()
	if err != nil {
		return err
	}
	// The generator may hold its state on the backend that trains.
	if g := generator(store); g != nil && g.HasValue() {
		if err := localise(g); err != nil {
			return err
		}
	}
	if err := store.InitializeVariables(backend, nil); err != nil {
		return err
	}
	if g := generator(store); g != nil {
		wanted = append(wanted, g)
	}
	for _, v := range wanted {
		err = errors.Join(err, localise(v))
	}
	return err
}

// localise moves a variable's value to the host, independent of any backend.
func localise(v *model.Variable) error {
	value, err := copyOf(v)
	if err != nil {
		return err
	}
	return v.SetValue(value)
}

// withoutValues returns the variables of a store that have no value yet, in the store's order.
func withoutValues(store *model.Store) []*model.Variable {
	var some []*model.Variable
	for v := range store.IterVariables() {
		if !v.HasValue() {
			some = append(some, v)
		}
	}
	return some
}

// generator returns the variable that holds the state of a store's random generator, or nil.
func generator(store *model.Store) *model.Variable {
	for v := range store.IterVariables() {
		if v.Name() == model.RNGStateVariableName {
			return v
		}
	}
	return nil
}
