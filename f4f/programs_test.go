package f4f

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Flows of one kind have one program, and each its own weights in it, from several goroutines too.
func TestFlowsOfAKindShareProgramsAndKeepTheirWeights(t *testing.T) {
	small := func(hidden int, seed uint64) *Density {
		t.Helper()
		d, err := Base(data.Checkerboard()).Hidden(hidden).Blocks(1).Layers(2).Points(256).Epochs(1).Seed(seed).Backend("go").Store(t.TempDir()).Fit(context.Background())
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
		alone := *d
		own := *d.trained
		alone.trained = &own
		if own.engine, err = d.engine.in(Float64); err != nil { // to have another engine
			t.Fatal(err)
		}
		if own.engine, err = own.engine.in(Float32); err != nil {
			t.Fatal(err)
		}
		own.engine.kind = ""
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
	one, two, other := flows[0].engine.programs["log-prob"], flows[1].engine.programs["log-prob"], flows[2].engine.programs["log-prob"]
	if one == nil || one != two || one == other {
		t.Errorf("programs are %p and %p of one kind, %p of another, want the same for one kind and another for another", one, two, other)
	}
	// Weights that no graph has a use for, as a file may hold, are another kind's.
	more := fit.Snapshot{"/left/w": tensors.FromValue([]float32{1, 2, 3})}
	for _, v := range flows[0].engine.variables {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		more[v.Path()] = value
	}
	odd, err := newEngine(flows[0].engine.backend, flows[0].engine.kind, more)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := odd.program("log-prob", nil); err != nil || p == one {
		t.Errorf("an engine of other weights has the program %p of one of these, %v", p, err)
	}
	for range 2 * mostPrograms {
		flows = append(flows, small(8+len(flows), 1))
		if _, err := flows[len(flows)-1].LogProb(x); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(evaluations.kept); n > mostPrograms {
		t.Errorf("%d programs are kept, want at most %d", n, mostPrograms)
	}
	if got, err := flows[0].LogProb(x); err != nil || !slices.Equal(got, want[0]) {
		t.Errorf("a flow whose program is kept no longer has other log-probs, %v", err)
	}
}
