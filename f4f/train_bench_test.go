package f4f_test

import (
	"fmt"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// BenchmarkStep measures training steps of the paper's architecture, compilation left out: 500 an
// operation.
//
//	go test ./f4f -run XXX -bench 'Step/' -benchtime 3x -count 6 > new.txt; benchstat old.txt new.txt
func BenchmarkStep(b *testing.B) {
	const steps = 500
	for _, size := range []struct{ dim, batch int }{{2, 128}, {2, 1024}, {5, 128}, {16, 128}, {64, 128}} {
		at := store(b)
		base := f4f.Base(data.Gaussian(size.dim)).Samples(2 * size.batch).Batch(size.batch).Epochs(1).Validation(0).Backend("xla").Store(at)
		between := f4f.Between(base, base.Seed(1)).Samples(steps * size.batch).Batch(size.batch).Epochs(1).Validation(0).Backend("xla").Store(at)
		for _, work := range []struct {
			name string
			rate func(seed uint64) float64 // steps a second
		}{
			{"base", func(seed uint64) float64 { return fitted(b, base.Samples(steps*size.batch).Seed(seed)).Rate() }},
			{"forward", func(seed uint64) float64 { return fitted(b, between.Direction(f4f.ForwardOnly).Seed(seed)).Rate() }},
			{"inverse", func(seed uint64) float64 { return fitted(b, between.Direction(f4f.InverseOnly).Seed(seed)).Rate() }},
			{"alternate", func(seed uint64) float64 { return fitted(b, between.Seed(seed)).Rate() }},
		} {
			b.Run(fmt.Sprintf("work=%s/dim=%d/batch=%d", work.name, size.dim, size.batch), func(b *testing.B) {
				seed, seconds := uint64(100), 0.0 // of one step each, added up
				for b.Loop() {
					seed++
					seconds += 1 / work.rate(seed)
				}
				b.ReportMetric(1e3*seconds/float64(b.N), "ms/step")
			})
		}
	}
}
