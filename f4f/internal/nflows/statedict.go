package nflows

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// stateDict is the state dict of a torch model: tensors by name. It records which of them were
// used.
type stateDict struct {
	entries fit.Snapshot
	names   []string          // of the entries, sorted
	texts   map[string]string // the file's metadata
	used    map[string]bool
	bound   float64 // the splines' tail bound, which is in no entry
}

// readStateDict reads the entries of a safetensors file whose names begin with a prefix, and
// removes the prefix from the names.
func readStateDict(path, prefix string) (*stateDict, error) {
	all, texts, err := safetensors.Read(path)
	if err != nil {
		return nil, err
	}
	d := &stateDict{entries: fit.Snapshot{}, texts: texts, used: map[string]bool{}}
	for name, t := range all {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			d.entries[rest] = t
		}
	}
	d.names = slices.Sorted(maps.Keys(d.entries))
	return d, nil
}

// floats returns the values of an entry row by row, and marks it as used. It returns an error
// unless the entry has this shape and finite numbers.
func (d *stateDict) floats(name string, shape ...int) ([]float64, error) {
	t, err := d.entry(name, shape)
	if err != nil {
		return nil, err
	}
	if dtype := t.DType(); dtype != dtypes.Float32 && dtype != dtypes.Float64 {
		return nil, fmt.Errorf("its entry %q has the dtype %s, expected Float32 or Float64", name, dtype)
	}
	values, err := numbers.Of(t)
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("its entry %q has the value %g, expected finite numbers: its training has diverged", name, v)
		}
	}
	return values, err
}

// weight returns values as a tensor of the same dtype as an entry.
func (d *stateDict) weight(entry string, values []float64, dimensions ...int) *tensors.Tensor {
	dtype := dtypes.Float32
	if d.entries[entry].DType() == dtypes.Float64 {
		dtype = dtypes.Float64
	}
	return numbers.Rounded(dtype, values, dimensions...)
}

// ints returns the values of an entry of integers, and marks it as used.
func (d *stateDict) ints(name string, length int) ([]int, error) {
	t, err := d.entry(name, []int{length})
	if err != nil {
		return nil, err
	}
	if t.DType() != dtypes.Int64 {
		return nil, fmt.Errorf("its entry %q has the dtype %s, expected Int64", name, t.DType())
	}
	flat, err := tensors.CopyFlatData[int64](t)
	values := make([]int, len(flat))
	for i, v := range flat {
		values[i] = int(v)
	}
	return values, err
}

// entry returns an entry and marks it as used. It returns an error unless the entry has this shape.
func (d *stateDict) entry(name string, shape []int) (*tensors.Tensor, error) {
	t := d.entries[name]
	switch {
	case t == nil:
		return nil, fmt.Errorf("it lacks the entry %q, of shape %v", name, shape)
	case !slices.Equal(t.Shape().Dimensions, shape):
		return nil, fmt.Errorf("its entry %q has the shape %v, expected %v", name, t.Shape().Dimensions, shape)
	}
	d.used[name] = true
	return t, nil
}

// shape returns the shape of an entry, or nil if there is no such entry. It returns an error unless
// the shape has this many axes.
func (d *stateDict) shape(name string, rank int) ([]int, error) {
	t := d.entries[name]
	if t == nil {
		return nil, nil
	}
	if t.Rank() != rank {
		return nil, fmt.Errorf("its entry %q has the shape %v, expected %d axes", name, t.Shape().Dimensions, rank)
	}
	return t.Shape().Dimensions, nil
}

// under returns the names that begin with a prefix, sorted.
func (d *stateDict) under(prefix string) []string {
	from, _ := slices.BinarySearch(d.names, prefix)
	to := from
	for to < len(d.names) && strings.HasPrefix(d.names[to], prefix) {
		to++
	}
	return d.names[from:to]
}

// has reports whether a name begins with a prefix.
func (d *stateDict) has(prefix string) bool {
	i, _ := slices.BinarySearch(d.names, prefix)
	return i < len(d.names) && strings.HasPrefix(d.names[i], prefix)
}

// skip marks the entries that begin with a prefix as used.
func (d *stateDict) skip(prefix string) {
	for _, name := range d.under(prefix) {
		d.used[name] = true
	}
}

// checkUsed returns an error if an entry was not used.
func (d *stateDict) checkUsed() error {
	for _, name := range d.names {
		if !d.used[name] {
			return fmt.Errorf("its entry %q, of shape %v, belongs to nothing that can be imported", name, d.entries[name].Shape().Dimensions)
		}
	}
	return nil
}
