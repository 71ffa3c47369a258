package f4f_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// BenchmarkFitAll measures steps per second, of all flows together, of bases by the paper's
// architecture and batch: as one program and side by side. Compilation is left out.
//
//	go test ./f4f -run XXX -bench FitAll -benchtime 1x -timeout 30m
func BenchmarkFitAll(b *testing.B) {
	const steps = 500
	for _, flows := range []int{2, 6} {
		for _, way := range []struct {
			name string
			fit  func(context.Context, ...f4f.BasePlan) ([]*f4f.Density, error)
		}{{"side-by-side", f4f.FitSideBySide[f4f.BasePlan]}, {"batched", f4f.FitBatched[f4f.BasePlan]}} {
			b.Run(fmt.Sprintf("way=%s/flows=%d", way.name, flows), func(b *testing.B) {
				total, rounds := 0.0, 0
				for b.Loop() {
					plans := make([]f4f.BasePlan, flows)
					for i := range plans {
						plans[i] = f4f.Base(data.Checkerboard()).Samples(128 * steps).Epochs(1).Validation(0).Seed(uint64(i)).Devices(1).Backend("xla").Store(b.TempDir())
					}
					trained, err := way.fit(b.Context(), plans...)
					if err != nil {
						b.Fatal(err)
					}
					mean := 0.0
					for _, f := range trained {
						mean += f.Rate() / float64(flows)
					}
					atOnce := flows
					if way.name == "side-by-side" {
						atOnce = min(flows, runtime.GOMAXPROCS(0))
					}
					total, rounds = total+mean*float64(atOnce), rounds+1
				}
				b.ReportMetric(total/float64(rounds), "flow-steps/s")
			})
		}
	}
}
