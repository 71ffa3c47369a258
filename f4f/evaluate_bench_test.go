package f4f_test

import (
	"fmt"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// BenchmarkEvaluate measures what a trained flow of the paper's architecture does to 100,000
// points, results read back.
//
//	go test ./f4f -run XXX -bench Evaluate
func BenchmarkEvaluate(b *testing.B) {
	const n = 100_000
	for _, dim := range []int{2, 16} {
		at := store(b)
		source := data.Gaussian(dim)
		base := f4f.Base(source).Samples(1280).Epochs(1).Validation(0).Backend("xla").Store(at)
		d := fitted(b, base)
		t := fitted(b, f4f.Between(base, base.Seed(1)).Samples(1280).Epochs(1).Validation(0).Backend("xla").Store(at))
		x, err := source.Sample(n, 1)
		if err != nil {
			b.Fatal(err)
		}
		for _, work := range []struct {
			name string
			do   func() error
		}{
			{"log-prob", func() error { _, err := d.LogProb(x); return err }},
			{"sample", func() error { _, err := d.Sample(n, 1); return err }},
			{"forward", func() error { _, err := t.Forward(x); return err }},
			{"inverse", func() error { _, err := t.Inverse(x); return err }},
		} {
			b.Run(fmt.Sprintf("work=%s/dim=%d", work.name, dim), func(b *testing.B) {
				if err := work.do(); err != nil { // compiles
					b.Fatal(err)
				}
				for b.Loop() {
					if err := work.do(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "points/s")
			})
		}
	}
}
