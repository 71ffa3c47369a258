package fit

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// undrawn returns a store with a seed and variables of the given sizes, created by a graph on a
// backend, without values.
func undrawn(t *testing.T, backend compute.Backend, seed int64, sizes ...int) *model.Store {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	g := NewGraph(backend, "undrawn")
	defer g.Finalize()
	for i, size := range sizes {
		scope := store.RootScope().At("part_%d", i)
		scope.WithInitializer(initializer.RandomUniformFn(scope, -1, 1)).VariableWithShape("w", shapes.Make(dtypes.Float32, size)).NodeValue(g)
		scope.WithInitializer(initializer.Zero).VariableWithShape("b", shapes.Make(dtypes.Float32, size)).NodeValue(g)
	}
	return store
}

// A seed gives the same initial values whichever backend trains, another seed gives others, and
// values drawn before stay.
func TestFirstValuesDependOnTheSeedAlone(t *testing.T) {
	drawn := func(backend string, seed int64, sizes ...int) *model.Store {
		store := undrawn(t, open(t, backend), seed, sizes...)
		if err := initialise(store); err != nil {
			t.Fatal(err)
		}
		if err := initialise(store); err != nil { // nothing is left to draw
			t.Fatal(err)
		}
		return store
	}
	onXLA, onGo := drawn("xla", 1, 300, 4), drawn("go", 1, 300, 4)
	count := 0
	for want := range onGo.IterVariables() {
		v := onXLA.GetVariable(want.Path())
		if v == nil || !v.HasValue() {
			t.Fatalf("there is no value of %s", want.Path())
		}
		if got, want := valueOf(t, v), valueOf(t, want); !got.Equal(want) {
			t.Errorf("%s is %v on XLA, %v on the Go backend", v.Path(), got, want)
		}
		count++
	}
	if count < 5 {
		t.Errorf("there are %d variables, want two of each part and the generator's state", count)
	}
	other := drawn("xla", 2, 300, 4)
	for _, path := range []string{"/part_0/w", "/part_1/w"} {
		if valueOf(t, onXLA.GetVariable(path)).Equal(valueOf(t, other.GetVariable(path))) {
			t.Errorf("two seeds draw the same %s", path)
		}
	}
	values := tensors.MustCopyFlatData[float32](valueOf(t, onXLA.GetVariable("/part_0/w")))
	least, greatest, sum := slices.Min(values), slices.Max(values), 0.0
	for _, v := range values {
		sum += float64(v)
	}
	if mean := sum / 300; least < -1 || greatest > 1 || least > -0.9 || greatest < 0.9 || math.Abs(mean) > 0.2 {
		t.Errorf("300 numbers within ±1 are drawn from %g to %g, with mean %g", least, greatest, mean)
	}
}

func valueOf(t *testing.T, v *model.Variable) *tensors.Tensor {
	t.Helper()
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	return value
}
