package f4f

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// Flows of one kind share a program and run it with their own weights, from several goroutines as
// well.
func TestFlowsOfAKindShareProgramsAndKeepTheirWeights(t *testing.T) {
	small := func(hidden int, seed uint64) *Density {
		t.Helper()
		d, err := Base(data.Checkerboard()).Hidden(hidden).Blocks(1).Layers(2).Samples(256).Epochs(1).Seed(seed).Backend("go").Store(t.TempDir()).Fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	x, err := data.Checkerboard().Sample(300, 1)
	if err != nil {
		t.Fatal(err)
	}
	flows := []*Density{small(6, 1), small(6, 2), small(7, 1)}
	want := make([][]float64, len(flows))
	for i, d := range flows {
		weights, err := d.engine.Weights()
		if err != nil {
			t.Fatal(err)
		}
		alone := *d
		own := *d.trained
		alone.trained = &own
		if own.engine, err = engine.New(d.engine.Backend(), "", weights); err != nil { // which shares nothing
			t.Fatal(err)
		}
		if want[i], err = alone.LogProb(x); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Equal(want[0], want[1]) {
		t.Fatal("two seeds train into one flow")
	}
	var all sync.WaitGroup
	for range 5 {
		for i, d := range flows {
			all.Go(func() {
				if got, err := d.LogProb(x); err != nil || !slices.Equal(got, want[i]) {
					t.Errorf("flow %d has other log-probs by a program that it shares, %v", i, err)
				}
			})
		}
	}
	all.Wait()
	for range 2 * 12 {
		flows = append(flows, small(8+len(flows), 1))
		if _, err := flows[len(flows)-1].LogProb(x); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := flows[0].LogProb(x); err != nil || !slices.Equal(got, want[0]) {
		t.Errorf("a flow whose program is kept no longer has other log-probs, %v", err)
	}
}
