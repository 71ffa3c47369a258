package f4f_test

import (
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// BenchmarkWeightedStep measures what a training step on weighted points costs beside one on plain
// points, both by the paper's architecture and batch. The two take turns; the ratio is of the medians.
//
//	go test ./f4f -run XXX -bench WeightedStep -benchtime 15x
func BenchmarkWeightedStep(b *testing.B) {
	const steps = 1000
	at, x := store(b), sample(b, data.FourCircles(), 128*steps, 1)
	weights := make([]float64, x.Len())
	for i := range weights {
		weights[i] = float64(1 + i%3)
	}
	weighted := data.FromPoints("weighted", must[data.Points](b)(x.WithWeights(weights)))
	rate := func(s data.Source, round int) float64 {
		return fitted(b, f4f.Base(s).Raw().Epochs(1).Batch(128).Validation(0).Seed(uint64(round)).Devices(1).Backend("xla").Store(at)).Rate()
	}
	var with, without []float64
	for round := 0; b.Loop(); round++ {
		with = append(with, 1e3/rate(weighted, round))
		without = append(without, 1e3/rate(data.FromPoints("plain", x), round))
	}
	median := func(v []float64) float64 { v = slices.Sorted(slices.Values(v)); return v[len(v)/2] }
	b.ReportMetric(median(without), "ms/plain-step")
	b.ReportMetric(median(with), "ms/weighted-step")
	b.ReportMetric(median(with)/median(without), "ratio")
}

// BenchmarkDifferenceStep measures what a training step among the conditions of a distribution
// costs beside one of an unconditional flow for flow, both by the paper's architecture and batch.
// The two take turns, so that a busy machine slows both; the ratio is of the medians.
//
//	go test ./f4f -run XXX -bench DifferenceStep -benchtime 5x -timeout 30m
func BenchmarkDifferenceStep(b *testing.B) {
	const steps = 1000
	at := store(b)
	short := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Samples(12800).Epochs(1).Validation(0).Backend("xla").Store(at)
	}
	plan := func(p f4f.BetweenPlan, round int) f4f.BetweenPlan {
		return p.Samples(128 * steps).Epochs(1).Validation(0).Seed(uint64(round)).Backend("xla").Store(at)
	}
	turned := short(data.Rotated(data.FourCircles(), 45))
	plain := f4f.Between(short(data.FourCircles()), short(data.Checkerboard()))
	among := f4f.Between(turned, turned).On(f4f.Difference)
	var unconditional, difference []float64
	round := 0
	for b.Loop() {
		round++
		unconditional = append(unconditional, 1e3/fitted(b, plan(plain, round)).Rate())
		difference = append(difference, 1e3/fitted(b, plan(among, round)).Rate())
	}
	median := func(v []float64) float64 { v = slices.Sorted(slices.Values(v)); return v[len(v)/2] }
	b.ReportMetric(median(unconditional), "ms/plain-step")
	b.ReportMetric(median(difference), "ms/difference-step")
	b.ReportMetric(median(difference)/median(unconditional), "ratio")
}

// BenchmarkConvexPotentialStep measures what a training step of a transport by a convex potential
// costs beside one by splines, each by its default size, with batches of 128 points of the plane.
// All take turns, so that a busy machine slows all; the ratios are of the medians.
//
//	go test ./f4f -run XXX -bench ConvexPotentialStep -benchtime 5x -timeout 30m
func BenchmarkConvexPotentialStep(b *testing.B) {
	const steps = 1000
	at := store(b)
	short := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Samples(12800).Epochs(1).Validation(0).Backend("xla").Store(at)
	}
	splines := f4f.Between(short(data.FourCircles()), short(data.Checkerboard())).Samples(128 * steps).Epochs(1).Validation(0).Devices(1).Backend("xla").Store(at)
	potential := splines.LayerKind(f4f.ConvexPotential)
	plans := map[string]f4f.BetweenPlan{
		"spline": splines, "spline-forward": splines.Direction(f4f.ForwardOnly),
		"potential": potential, "potential-forward": potential.Direction(f4f.ForwardOnly),
	}
	times := map[string][]float64{}
	for round := uint64(0); b.Loop(); round++ {
		for name, plan := range plans {
			times[name] = append(times[name], 1e3/fitted(b, plan.Seed(round)).Rate())
		}
	}
	median := func(name string) float64 {
		v := slices.Sorted(slices.Values(times[name]))
		return v[len(v)/2]
	}
	for name := range plans {
		b.ReportMetric(median(name), "ms/"+name+"-step")
	}
	b.ReportMetric(median("potential")/median("spline"), "ratio")
	b.ReportMetric(median("potential-forward")/median("spline-forward"), "forward-ratio")
}
