package fit

import (
	"context"
	"fmt"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func TestScratch(t *testing.T) {
	b, err := backend.Open(context.Background(), "xla")
	if err != nil {
		t.Fatal(err)
	}
	data := make([]float32, 1000)
	for i := range data {
		data[i] = float32(i) / 1000
	}
	loss := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		mu := scope.VariableWithShape("mu", shapes.Make(dtypes.Float32, 1, 1)).NodeValue(batches[0])
		return ReduceAllMean(Square(Sub(batches[0], mu)))
	}
	store := model.NewStore()
	store.SetRNGStateFromSeed(3)
	s, err := Run(context.Background(), b.Backend, Problem{Flow: "mean", Store: store, Data: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(data, 1000, 1)}, Phases: [][]Loss{{loss, loss}}},
		Recipe{Epochs: 30, Batch: 10, LearningRate: 0.05, Clip: 5, Seed: 1}, nil, Hooks{Event: func(e Event) { fmt.Println(e.Step, e.Loss, e.Rate, e.Left) }})
	fmt.Println(err)
	fmt.Println(s.Weights["/mu"], len(s.Losses), s.Epochs)
}
