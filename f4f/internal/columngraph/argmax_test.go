package columngraph

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
)

// TestArgmaxIsThatOfThePipeline takes images that a pipeline makes of digits, with noise that it draws,
// back to digits with noise by the graph, and to the images again.
func TestArgmaxIsThatOfThePipeline(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, classes := range []int{2, 3, 27} {
		const rows = 300
		digits := make([]float32, rows*classes)
		for i := range rows {
			digits[i*classes+rng.IntN(classes)] = 1
		}
		x, err := data.NewPoints(classes, digits)
		if err != nil {
			t.Fatal(err)
		}
		var maps []data.ColumnMaps
		for j := range classes {
			maps = append(maps, data.ColumnMaps{Column: strconv.Itoa(j), Maps: []data.ColumnMap{data.Whole, data.Argmax("class")}})
		}
		pipeline, err := data.FixedPipeline(x, maps...)
		if err != nil {
			t.Fatal(err)
		}
		u, logDets, err := pipeline.Transform(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := Of(pipeline)
		if err != nil {
			t.Fatal(err)
		}
		exec, err := model.NewExec(b.Backend, model.NewStore(), func(_ *model.Scope, u *Node) []*Node {
			v, back := columns[0].Inverse(u)
			again, there := columns[0].Forward(v)
			return []*Node{v, ReduceSum(back, -1), again, ReduceSum(there, -1)}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		input := make([][]float64, rows)
		for i := range input {
			for j := range classes {
				input[i] = append(input[i], u.At(i, j))
			}
		}
		outputs, err := exec.Call(input)
		if err != nil {
			t.Fatal(err)
		}
		v, back := outputs[0].Value().([][]float64), outputs[1].Value().([]float64)
		again, there := outputs[2].Value().([][]float64), outputs[3].Value().([]float64)
		for i := range rows {
			for j := range classes {
				if math.Floor(v[i][j]) != x.At(i, j) || math.Abs(again[i][j]-u.At(i, j)) > 1e-5*(1+math.Abs(u.At(i, j))) {
					t.Fatalf("%d classes, row %d: %v becomes %v, %v and %v", classes, i, x.Row(i), u.Row(i), v[i], again[i])
				}
			}
			// The pipeline rounds images to float32, whose log-dets are steep near the ends of cells.
			if w := logDets[i]; math.Abs(there[i]-w) > 1e-3*(1+math.Abs(w)) || math.Abs(back[i]+there[i]) > 1e-4*(1+math.Abs(w)) {
				t.Errorf("%d classes, row %d: the log-dets are %v and %v, want %v and its negative", classes, i, there[i], back[i], w)
			}
		}
	}
}
