package fit

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// drawing is a store of a seed with variables of so many numbers each, which are still to be drawn.
func drawing(t *testing.T, seed int64, sizes ...int) *model.Store {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	g := NewGraph(open(t, "xla"), "drawing")
	defer g.Finalize()
	for i, size := range sizes {
		scope := store.RootScope().At("part_%d", i)
		scope.WithInitializer(initializer.RandomUniformFn(scope, -1, 1)).VariableWithShape("w", shapes.Make(dtypes.Float32, size)).NodeValue(g)
		scope.WithInitializer(initializer.Zero).VariableWithShape("b", shapes.Make(dtypes.Float32, size)).NodeValue(g)
	}
	return store
}

// Stores that share an initialiser start bit for bit as each would alone, whether they have the same variables or not, and their generators go on as they would.
func TestStoresThatShareAnInitialiserStartAsEachWouldAlone(t *testing.T) {
	shared := &initialiser{backend: open(t, "xla")}
	var together, alone []*model.Store
	for _, s := range []struct {
		seed  int64
		sizes []int
	}{{1, []int{3, 4}}, {2, []int{3, 4}}, {3, []int{5}}, {1, []int{5}}, {7, []int{5}}} {
		together, alone = append(together, drawing(t, s.seed, s.sizes...)), append(alone, drawing(t, s.seed, s.sizes...))
	}
	for i, store := range together {
		if err := shared.initialise(store); err != nil {
			t.Fatal(err)
		}
		if err := alone[i].InitializeVariables(open(t, "xla"), nil); err != nil {
			t.Fatal(err)
		}
	}
	for i, store := range together { // after all, so that what lends its generator is looked at as well
		count := 0
		for want := range alone[i].IterVariables() {
			v := store.GetVariable(want.Path())
			if v == nil || !v.HasValue() {
				t.Fatalf("store %d lacks a value of %s", i, want.Path())
			}
			if got, want := valueOf(t, v), valueOf(t, want); !got.Equal(want) {
				t.Errorf("store %d: %s is %v, alone %v", i, v.Path(), got, want)
			}
			count++
		}
		if count < 3 {
			t.Fatalf("store %d has %d variables", i, count)
		}
	}
	if valueOf(t, together[0].GetVariable("/part_0/w")).Equal(valueOf(t, together[1].GetVariable("/part_0/w"))) {
		t.Error("two seeds draw the same")
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
