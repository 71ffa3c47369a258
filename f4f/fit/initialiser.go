package fit

import (
	"errors"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// initialiser gives the variables of stores their first values. Stores of flows of one shape differ in their generators alone, so the program that draws the values, a tenth of all compilation, is
// compiled for the first store and runs on the others' generators.
type initialiser struct {
	backend compute.Backend
	first   *model.Store
	wanted  []*model.Variable // of the first, in the order of the program's outputs
	exec    *model.Exec
}

func (i *initialiser) initialise(store *model.Store) error {
	wanted := withoutValues(store)
	if len(wanted) == 0 {
		return nil
	}
	if i.exec == nil || generator(store) == nil || !slices.EqualFunc(wanted, i.wanted, sameVariable) {
		i.first, i.wanted = store, wanted
		return store.InitializeVariables(i.backend, func(e *model.Exec) error {
			i.exec = e
			return nil
		})
	}
	values, err := i.drawn(store)
	for k := 0; k < len(values) && err == nil; k++ {
		err = wanted[k].SetValue(values[k])
	}
	return err
}

// drawn are the values that the program draws from a store's generator, which goes on from there. The first store lends its own for as long.
func (i *initialiser) drawn(store *model.Store) (values []*tensors.Tensor, err error) {
	theirs, ours := generator(i.first), generator(store)
	if theirs == ours {
		return i.exec.Call()
	}
	kept, err := copyOf(theirs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, theirs.SetValue(kept)) }()
	if err := hand(ours, theirs); err != nil {
		return nil, err
	}
	if values, err = i.exec.Call(); err != nil {
		return nil, err
	}
	return values, hand(theirs, ours)
}

// hand gives a variable a copy of another's value.
func hand(from, to *model.Variable) error {
	value, err := copyOf(from)
	if err != nil {
		return err
	}
	return to.SetValue(value)
}

func copyOf(v *model.Variable) (*tensors.Tensor, error) {
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	return value.LocalClone()
}

// withoutValues are the variables of a store that are still to be given one, in their order.
func withoutValues(store *model.Store) []*model.Variable {
	var some []*model.Variable
	for v := range store.IterVariables() {
		if !v.HasValue() {
			some = append(some, v)
		}
	}
	return some
}

func sameVariable(a, b *model.Variable) bool {
	return a.Path() == b.Path() && a.Shape().Equal(b.Shape())
}

// generator is the variable that a store's random numbers come from, nil where it has none.
func generator(store *model.Store) *model.Variable {
	for v := range store.IterVariables() {
		if v.Name() == model.RNGStateVariableName {
			return v
		}
	}
	return nil
}
