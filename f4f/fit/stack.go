package fit

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Several flows are trained as one: the store of all holds each variable of the flows, stacked
// along a first axis, and the data of all hold one flow's rows below another's.

// stacked reports whether a variable of one flow is stacked in the store of all. Scalars, such as
// counters, are the same for all flows and are not stacked. Nor is the generator, which only draws
// initial values.
func stacked(v *model.Variable) bool {
	return !v.Shape().IsScalar() && v.Name() != model.RNGStateVariableName
}

// stack creates the variables of the members in the store of all of them.
func stack(all Problem, members []*training) error {
	for v := range members[0].problem.Store.IterVariables() {
		each := make([]*tensors.Tensor, len(members))
		for k, m := range members {
			own := m.problem.Store.GetVariable(v.Path())
			if own == nil || !own.Shape().Equal(v.Shape()) {
				return fmt.Errorf("fit: flows to be trained at once must have variables of the same shapes, but %s of %s differs from that of %s",
					v.Path(), m.problem.Flow, members[0].problem.Flow)
			}
			var err error
			if each[k], err = own.Value(); err != nil {
				return fmt.Errorf("fit: reading variable %s: %w", v.Path(), err)
			}
		}
		value, err := each[0].LocalClone()
		if stacked(v) {
			value, err = joined(each, append([]int{len(each)}, v.Shape().Dimensions...))
		}
		if err != nil {
			return fmt.Errorf("fit: copying variable %s: %w", v.Path(), err)
		}
		variable, err := all.Store.CreateVariable(v.Path(), value)
		if err != nil {
			return fmt.Errorf("fit: %s: %w", all.Flow, err)
		}
		variable.SetTrainable(v.Trainable)
	}
	return nil
}

// unstack copies each member's share of the store of all to the member's own variables. The
// members come with their numbers.
func unstack(store *model.Store, members iter.Seq2[int, *training]) error {
	for v := range store.IterVariables() {
		all, err := v.Value()
		if err != nil {
			return fmt.Errorf("fit: reading variable %s: %w", v.Path(), err)
		}
		for k, m := range members {
			own := m.problem.Store.GetVariable(v.Path())
			if own == nil || own.Name() == model.RNGStateVariableName {
				continue
			}
			value := tensors.FromShape(own.Shape())
			var inner error
			err := all.ConstBytes(func(from []byte) {
				inner = value.MutableBytes(func(to []byte) {
					if len(from) > len(to) {
						from = from[k*len(to):]
					}
					copy(to, from)
				})
			})
			if err = errors.Join(err, inner); err == nil {
				err = own.SetValue(value)
			}
			if err != nil {
				return fmt.Errorf("fit: copying variable %s: %w", v.Path(), err)
			}
		}
	}
	return nil
}

// restack copies the variables of member number k to its share of the store of all.
func restack(store *model.Store, k int, member *training) error {
	for own := range member.problem.Store.IterVariables() {
		if !stacked(own) {
			continue
		}
		v := store.GetVariable(own.Path())
		all, err := copyOf(v)
		if err == nil {
			var value *tensors.Tensor
			if value, err = own.Value(); err == nil {
				err = setShare(all, value, k)
			}
		}
		if err == nil {
			err = v.SetValue(all)
		}
		if err != nil {
			return fmt.Errorf("fit: copying variable %s: %w", own.Path(), err)
		}
	}
	return nil
}

// setShare copies a tensor to share number k of one that holds an equal share of each.
func setShare(all, one *tensors.Tensor, k int) error {
	var inner error
	err := all.MutableBytes(func(to []byte) {
		inner = one.ConstBytes(func(from []byte) { copy(to[k*len(from):], from) })
	})
	return errors.Join(err, inner)
}

// concatenated returns the data sets of all members, each with one member's rows after another's,
// or nil for none. sets returns those of one member. If even is true, each member's sets are cut to
// the length of the shortest.
func concatenated(flow string, members []*training, sets func(Problem) []*tensors.Tensor, even bool) ([]*tensors.Tensor, error) {
	var all []*tensors.Tensor
	first := sets(members[0].problem)
	shortest := math.MaxInt
	for _, set := range first {
		shortest = min(shortest, set.Shape().Dim(0))
	}
	for i, set := range first {
		each := make([]*tensors.Tensor, len(members))
		for k, m := range members {
			own := sets(m.problem)
			if len(own) != len(first) || !own[i].Shape().Equal(set.Shape()) {
				return nil, fmt.Errorf("fit: flows to be trained at once must have data of the same sizes, but those of %s and %s differ",
					members[0].problem.Flow, m.problem.Flow)
			}
			each[k] = own[i]
		}
		rows := set.Shape().Dim(0)
		if even {
			rows = shortest
		}
		joined, err := joined(each, []int{len(each) * rows, set.Shape().Dim(1)})
		if err != nil {
			return nil, fmt.Errorf("fit: %s: copying data: %w", flow, err)
		}
		all = append(all, joined)
	}
	return all, nil
}

// joined returns a tensor of the given dimensions that holds an equal share of each tensor, from
// its beginning, one after another.
func joined(each []*tensors.Tensor, dimensions []int) (*tensors.Tensor, error) {
	all := tensors.FromShape(shapes.Make(each[0].DType(), dimensions...))
	var inner error
	err := all.MutableBytes(func(to []byte) {
		share := len(to) / len(each)
		for k, t := range each {
			inner = errors.Join(inner, t.ConstBytes(func(from []byte) { copy(to[k*share:(k+1)*share], from) }))
		}
	})
	return all, errors.Join(err, inner)
}
