package fit_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// meanOf returns the problem of finding the mean of rows [N, 1]: the μ that minimises E (x − μ)².
func meanOf(rows []float32) fit.Problem {
	var score fit.Score = func(scope *model.Scope, batches []*Node) *Node {
		μ := scope.At("flow").VariableWithShape("mu", shapes.Make(dtypes.Float32, 1, 1)).NodeValue(batches[0])
		return ReduceSum(Square(Sub(batches[0], μ)), -1) // [batch]
	}
	var loss fit.Loss = func(scope *model.Scope, batches []*Node, _ *Node) *Node {
		return ReduceAllMean(score(scope, batches))
	}
	x := tensors.FromFlatDataAndDimensions(rows, len(rows), 1)
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		log.Fatal(err)
	}
	return fit.Problem{Flow: "mean", Store: store, Data: []*tensors.Tensor{x}, Validation: []*tensors.Tensor{x}, Score: score, Phases: [][]fit.Loss{{loss}}}
}

// Run trains any loss over the weights of a store. It reports events, and returns a state that can
// be saved.
func ExampleRun() {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		log.Fatal(err)
	}
	var last fit.Event
	hooks := fit.Hooks{Event: func(e fit.Event) { last = e }}
	recipe := fit.Recipe{Epochs: 60, Batch: 2, LearningRate: 0.1}
	state, err := fit.Run(context.Background(), b.Backend, meanOf([]float32{1, 2, 3, 6}), recipe, nil, hooks)
	if err != nil {
		log.Fatal(err)
	}
	mean := tensors.MustCopyFlatData[float32](state.Weights["/flow/mu"])[0]
	var record fit.EpochRecord = state.Epochs[59]
	fmt.Printf("%s after %d steps: 3 within 0.05 is %v, the score 3.5 within 0.05 is %v, done %v\n",
		last.Flow, state.Step, math.Abs(float64(mean)-3) < 0.05, math.Abs(record.Validation-3.5) < 0.05, last.Done)
	// Output: mean after 120 steps: 3 within 0.05 is true, the score 3.5 within 0.05 is true, done true
}

// A checkpoint holds a state to resume from, with the weights that the run would go back to if it
// diverged.
func ExampleHooks() {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		log.Fatal(err)
	}
	fewEnough := true
	hooks := fit.Hooks{Checkpoint: func(s *fit.State) error {
		var kept []fit.Kept = s.Kept
		fewEnough = fewEnough && len(kept) <= 2
		return nil // or write s by fit.WriteState
	}}
	recipe := fit.Recipe{Epochs: 300, Batch: 2, LearningRate: 0.01}
	state, err := fit.Run(context.Background(), b.Backend, meanOf([]float32{1, 2, 3, 6}), recipe, nil, hooks)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(state.Step, "steps, never more than two sets of weights kept:", fewEnough)
	// Output: 600 steps, never more than two sets of weights kept: true
}

// RunTogether trains several problems of one shape as one program. Its phases and score work on all
// members, stacked.
func ExampleRunTogether() {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		log.Fatal(err)
	}
	var score fit.Score = func(scope *model.Scope, batches []*Node) *Node {
		μ := scope.At("flow").VariableWithShape("mu", shapes.Make(dtypes.Float32, 2, 1, 1)).NodeValue(batches[0])
		x := Reshape(batches[0], 2, -1, 1) // [members, batch, 1]
		return Reshape(Square(Sub(x, μ)), -1)
	}
	all := fit.Problem{Flow: "means", Store: model.NewStore(), Score: score, Phases: [][]fit.Loss{{func(scope *model.Scope, batches []*Node, _ *Node) *Node {
		return ReduceMean(Reshape(score(scope, batches), 2, -1), -1) // each member's
	}}}}
	members := []fit.Member{{Problem: meanOf([]float32{1, 2, 3, 6})}, {Problem: meanOf([]float32{-1, -2, -3, -6})}}
	states, errs := fit.RunTogether(context.Background(), b.Backend, all, fit.Recipe{Epochs: 100, Batch: 2, LearningRate: 0.2}, members)
	for i, state := range states {
		if errs[i] != nil {
			log.Fatal(errs[i])
		}
		fmt.Printf("%.1f\n", tensors.MustCopyFlatData[float32](state.Weights["/flow/mu"])[0])
	}
	// Output:
	// 3.0
	// -3.0
}
