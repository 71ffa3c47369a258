package columngraph

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
)

// TestGraphsAreTheMapsOfThePipeline compares graphs of every kind of map with what the pipeline makes
// of the same values.
func TestGraphsAreTheMapsOfThePipeline(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	rng := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		maps  []data.ColumnMap
		value func() float64
	}{
		"log":          {[]data.ColumnMap{data.Log}, func() float64 { return math.Exp(3 * rng.NormFloat64()) }},
		"log above":    {[]data.ColumnMap{data.LogAbove(-2)}, func() float64 { return rng.ExpFloat64() - 2 }},
		"log below":    {[]data.ColumnMap{data.LogBelow(7)}, func() float64 { return 7 - rng.ExpFloat64() }},
		"logit":        {[]data.ColumnMap{data.Logit(-1, 3)}, func() float64 { return 4*rng.Float64() - 1 }},
		"asinh":        {[]data.ColumnMap{data.Asinh(0.3)}, func() float64 { return 5 * rng.NormFloat64() }},
		"standardised": {[]data.ColumnMap{data.Standardised}, rng.NormFloat64},
		"robust":       {[]data.ColumnMap{data.Robust}, rng.NormFloat64},
		"quantile":     {[]data.ColumnMap{data.Quantile}, rng.ExpFloat64},
		"angle":        {[]data.ColumnMap{data.Angle(-180, 180)}, func() float64 { return 360*rng.Float64() - 180 }},
		"several":      {[]data.ColumnMap{data.Logit(0, 1), data.Asinh(1), data.Quantile}, rng.Float64},
	} {
		values := make([]float32, 500)
		for i := range values {
			values[i] = float32(c.value())
		}
		x, err := data.NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		pipeline, err := data.FitPipeline(x, data.ColumnMaps{Column: "0", Maps: c.maps})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		columns, err := Of(pipeline)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compare := func(what string, column Column, from data.Points, want data.Points, wantLogs []float64, way func(Column, *Node) (v, l *Node)) {
			input := make([]float64, from.Len())
			for i := range input {
				input[i] = from.At(i, 0)
			}
			exec, err := model.NewExec(b.Backend, model.NewStore(), func(_ *model.Scope, v *Node) []*Node {
				u, l := way(column, v)
				return []*Node{u, l}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			outputs, err := exec.Call(input)
			if err != nil {
				t.Fatal(err)
			}
			got, logs := outputs[0].Value().([]float64), outputs[1].Value().([]float64)
			for i, w := range wantLogs {
				if v := want.At(i, 0); math.Abs(got[i]-v) > 1e-6*(1+math.Abs(v)) || math.Abs(logs[i]-w) > 1e-9*(1+math.Abs(w)) {
					t.Fatalf("%s, %s: %v becomes %v with a log-derivative of %v, want %v and %v", name, what, input[i], got[i], logs[i], v, w)
				}
			}
		}
		u, logs, err := pipeline.Transform(x, 0)
		if err != nil {
			t.Fatal(err)
		}
		back, backLogs, err := pipeline.InverseTransform(u)
		if err != nil {
			t.Fatal(err)
		}
		compare("forward", columns[0], x, u, logs, Column.Forward)
		compare("inverse", columns[0], u, back, backLogs, Column.Inverse)
		fixed := true
		for _, m := range c.maps {
			fixed = fixed && m.Fixed()
		}
		same, err := data.FixedPipeline(x.Slice(0, 0), data.ColumnMaps{Column: "0", Maps: c.maps})
		if (err == nil) != fixed {
			t.Errorf("%s: maps without data give the error %v", name, err)
		}
		if fixed {
			if columns, err = Of(same); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			compare("without data", columns[0], x, u, logs, Column.Forward)
		}
	}
}
