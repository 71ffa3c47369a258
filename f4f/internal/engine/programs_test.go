package engine

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// times is points times a weight, feature by feature.
func times(scope *model.Scope, x, _ *Node) []*Node {
	return []*Node{Mul(x, scope.At("flow").VariableWithShape("w", shapes.Make(x.DType(), 1, x.Shape().Dim(1))).NodeValue(x))}
}

func TestEnginesOfAKindShareProgramsAndKeepTheirWeights(t *testing.T) {
	b, err := backend.Open(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	x, err := data.NewPoints(2, []float32{1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	of := func(kind string, weights fit.Snapshot) (*Engine, *program) {
		t.Helper()
		e, err := New(b.Backend, kind, weights)
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := e.Run("times", times, x, data.Points{})
		if err != nil {
			t.Fatal(err)
		}
		var w []float32
		if err := tensors.ConstFlatData(weights["/flow/w"], func(flat []float32) { w = append(w, flat...) }); err != nil {
			t.Fatal(err)
		}
		for i, got := range outputs[0] {
			if want := x.Values()[i] * w[i%2]; got != float64(want) {
				t.Errorf("with the weights %v, number %d is %v, want %v", w, i, got, want)
			}
		}
		return e, e.programs["times"]
	}
	weights := func(w ...float32) fit.Snapshot {
		return fit.Snapshot{"/flow/w": tensors.FromFlatDataAndDimensions(w, 1, len(w))}
	}
	// Weights that no graph has a use for, as a file may hold, are another kind's.
	more := weights(1, 2)
	more["/left/w"] = tensors.FromValue([]float32{1, 2, 3})
	_, one := of("a", weights(2, 3))
	_, two := of("a", weights(4, 5))
	_, other := of("b", weights(2, 3))
	_, odd := of("a", more)
	_, alone := of("", weights(2, 3))
	_, apart := of("", weights(2, 3))
	if one != two || one == other || one == odd || one == alone || alone == apart {
		t.Errorf("programs are %p and %p of one kind, %p of another, %p of other weights, %p and %p of none", one, two, other, odd, alone, apart)
	}
	for i := range 2 * mostPrograms {
		of(fmt.Sprint("kind ", i), weights(6, 7))
	}
	if n := len(evaluations.kept); n > mostPrograms {
		t.Errorf("%d programs are kept, want at most %d", n, mostPrograms)
	}
}

func TestAnEngineGoesOnWithOtherWeightsAndInTheOtherPrecision(t *testing.T) {
	b, err := backend.Open(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	weights := func(w float32) fit.Snapshot {
		return fit.Snapshot{"/flow/w": tensors.FromFlatDataAndDimensions([]float32{w}, 1, 1)}
	}
	e, err := New(b.Backend, "", weights(0.1))
	if err != nil {
		t.Fatal(err)
	}
	x := data.Point(3)
	run := func(e *Engine) float64 {
		t.Helper()
		outputs, err := e.Run("times", times, x, data.Points{})
		if err != nil {
			t.Fatal(err)
		}
		return outputs[0][0]
	}
	wide, err := e.In(dtypes.Float64)
	if err != nil {
		t.Fatal(err)
	}
	tenth := float32(0.1)
	if got, want := run(e), float64(3*tenth); got != want {
		t.Errorf("three times 0.1 is %v, want %v", got, want)
	}
	if got, want := run(wide), 3*float64(tenth); got != want {
		t.Errorf("in double precision three times 0.1 is %v, want %v", got, want)
	}
	if err := e.Replace(weights(2)); err != nil || run(e) != 6 {
		t.Errorf("with another weight three times 2 is %v, %v", run(e), err)
	}
	if err := e.Replace(fit.Snapshot{"/flow/v": weights(2)["/flow/w"]}); err == nil {
		t.Error("an engine goes on with weights that it hasn't")
	}
	if n := e.Size("flow"); n != 1 || e.Size("left") != 0 {
		t.Errorf("the flow has %d weights, want 1", n)
	}
}
