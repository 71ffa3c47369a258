package f4f_test

import (
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// BenchmarkPrecisionStep measures what a training step of the paper's base costs in float64 beside
// one in float32. The two take turns, so that a busy machine slows both; the ratio is of the
// medians.
//
//	go test ./f4f -run XXX -bench PrecisionStep -benchtime 5x -timeout 30m
func BenchmarkPrecisionStep(b *testing.B) {
	const steps = 1000
	at := store(b)
	rate := map[f4f.Precision][]float64{}
	round := 0
	for b.Loop() {
		round++
		for _, p := range []f4f.Precision{f4f.Float32, f4f.Float64} {
			plan := f4f.Base(data.FourCircles()).Samples(128 * steps).Epochs(1).Validation(0).Seed(uint64(round)).Precision(p).Backend("xla").Store(at)
			rate[p] = append(rate[p], 1e3/fitted(b, plan).Rate())
		}
	}
	median := func(p f4f.Precision) float64 { v := slices.Sorted(slices.Values(rate[p])); return v[len(v)/2] }
	b.ReportMetric(median(f4f.Float32), "ms/float32-step")
	b.ReportMetric(median(f4f.Float64), "ms/float64-step")
	b.ReportMetric(median(f4f.Float64)/median(f4f.Float32), "ratio")
}
