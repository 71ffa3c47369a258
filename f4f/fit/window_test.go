package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
)

// scaled is E ((1 + i)·x − μ)² for data set number i.
func scaled(i int) Loss {
	return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return squared(scope, []*Node{MulScalar(batches[i], float64(1+i))}, progress)
	}
}

// sides returns a problem with data sets of different lengths and widths, losses that alternate,
// and validation data.
func sides(t testing.TB) Problem {
	p := problem(t, scaled(0), scaled(1))
	wide := tensors.FromFlatDataAndDimensions(tensors.MustCopyFlatData[float32](ramp(210)), 70, 3)
	p.Data = []*tensors.Tensor{ramp(1010), wide} // 101 batches of 10, of which 100 make whole turns
	p.Validation = []*tensors.Tensor{ramp(5000), tensors.FromFlatDataAndDimensions(tensors.MustCopyFlatData[float32](ramp(18000)), 6000, 3)}
	p.Score = squaredEach
	return p
}

// sameRun returns an error that names the first difference between two runs, compared bit by bit.
func sameRun(a, b *State) error {
	switch {
	case !slices.Equal(a.Losses, b.Losses):
		return errors.New("losses differ")
	case !slices.EqualFunc(a.Epochs, b.Epochs, func(x, y EpochRecord) bool {
		return x == y || math.IsNaN(x.Validation) && math.IsNaN(y.Validation) && x.Loss == y.Loss
	}):
		return fmt.Errorf("epochs are %v and %v", a.Epochs, b.Epochs)
	case len(a.Weights) != len(b.Weights):
		return fmt.Errorf("there are %d and %d weights", len(a.Weights), len(b.Weights))
	}
	for name, value := range a.Weights {
		if !value.Equal(b.Weights[name]) {
			return fmt.Errorf("%s is %v and %v", name, value, b.Weights[name])
		}
	}
	return nil
}

func TestWindowsOfAnySizeTrainTheSameBitForBit(t *testing.T) {
	for _, choice := range []string{"xla", "go"} {
		b := open(t, choice)
		r := recipe
		r.Epochs = 3
		whole, err := Run(context.Background(), b, sides(t), r, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		for _, window := range []int{20, 65, 70, 333, 1009, 1010, 100_000} {
			p := sides(t)
			r.Window = window
			s, err := Run(context.Background(), b, p, r, nil, Hooks{})
			if err != nil {
				t.Fatalf("%s, windows of %d: %v", choice, window, err)
			}
			if err := sameRun(whole, s); err != nil {
				t.Errorf("%s, windows of %d: %v", choice, window, err)
			}
			for i, d := range append(p.Data, p.Validation...) {
				if rows := d.Shape().Dim(0); d.IsOnAnyDevice() && rows > window && (i < 2 || window < 6000) {
					t.Errorf("%s, windows of %d: all the %d rows of set %d went to the device", choice, window, rows, i)
				}
			}
		}
	}
}

func TestWindowsAreOfWholeTurnsAndEven(t *testing.T) {
	for _, test := range []struct{ rows, turns, window, want int }{
		{1000, 1, 0, 100}, {1000, 1, 1000, 100}, {1000, 1, 999, 50}, {1000, 1, 10, 1}, {1000, 1, 19, 1}, {1000, 1, 300, 25}, {1010, 1, 300, 26},
		{1000, 2, 20, 2}, {1000, 2, 39, 2}, {1000, 2, 990, 50}, {1000, 2, 300, 26}, {1010, 2, 1000, 100}, {1000, 3, 100, 9},
	} {
		p := problem(t, make([]Loss, test.turns)...)
		p.Data = []*tensors.Tensor{ramp(test.rows), ramp(10)}
		r := recipe
		r.Window = test.window
		steps, perEpoch := p.stepsPerWindow(r), p.stepsPerEpoch(r.Batch)
		if steps != test.want || steps%test.turns != 0 || steps < perEpoch && steps*r.Batch > test.window {
			t.Errorf("%d rows, %d turns, window %d: %d steps of %d in a window, want %d", test.rows, test.turns, test.window, steps, perEpoch, test.want)
		}
	}
}

func TestARunInWindowsResumesInsideOne(t *testing.T) {
	b := open(t, "xla")
	r := recipe
	whole, err := Run(context.Background(), b, sides(t), r, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	r.Window = 333 // 32 steps
	for _, again := range []int{333, 50, 0} {
		ctx, stop := context.WithCancel(context.Background())
		part, err := Run(ctx, b, sides(t), r, nil, Hooks{Event: func(e Event) {
			if e.Step > 230 && e.Step%100 > 40 {
				stop()
			}
		}})
		if !errors.Is(err, ErrInterrupted) || part.Step%100 == 0 {
			t.Fatalf("interrupted at step %d: %v", part.Step, err)
		}
		resumed := r
		resumed.Window = again
		s, err := Run(context.Background(), b, sides(t), resumed, part, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if err := sameRun(whole, s); err != nil {
			t.Errorf("resumed at step %d with windows of %d: %v", part.Step, again, err)
		}
	}
}

func TestAStateOfAnEpochsLastStepHasItsRecord(t *testing.T) {
	_, err := Run(context.Background(), open(t, "go"), sides(t), recipe, nil, Hooks{Checkpoint: func(s *State) error {
		if s.Step/100 != len(s.Epochs) {
			t.Errorf("at step %d the state has %d epochs of 100 steps", s.Step, len(s.Epochs))
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingOfAStoppedRunIsLeftBehind(t *testing.T) {
	for _, choice := range []string{"xla", "go"} {
		b := open(t, choice)
		r := recipe
		r.Window = 20
		for name, hooks := range map[string]func(stop func()) Hooks{
			"ended":       func(func()) Hooks { return Hooks{} },
			"interrupted": func(stop func()) Hooks { return Hooks{Event: func(Event) { stop() }} },
			"failed":      func(func()) Hooks { return Hooks{} },
		} {
			before := runtime.NumGoroutine()
			ctx, stop := context.WithCancel(context.Background())
			p := sides(t)
			if name == "failed" { // in the middle: the losses are built first, then the score
				p.Score = func(*model.Scope, []*Node) *Node { panic(errors.New("no graph")) }
			}
			_, err := Run(ctx, b, p, r, nil, hooks(stop))
			stop()
			if name == "interrupted" && !errors.Is(err, ErrInterrupted) || name == "failed" && (err == nil || !strings.Contains(err.Error(), "no graph")) || name == "ended" && err != nil {
				t.Errorf("%s, %s: the error is %v", choice, name, err)
			}
			after := runtime.NumGoroutine()
			for range 100 { // a goroutine needs a moment to end after its last message
				if after <= before {
					break
				}
				time.Sleep(10 * time.Millisecond)
				after = runtime.NumGoroutine()
			}
			if after > before {
				t.Errorf("%s, %s: %d goroutines before, %d after", choice, name, before, after)
			}
		}
	}
}

func TestAWindowThatCannotBeMadeIsAnErrorAndNoPanic(t *testing.T) {
	gone, err := backend.Open(context.Background(), "go:parallelism=1")
	if err != nil {
		t.Fatal(err)
	}
	gone.Finalize()
	r := recipe
	r.Window = 20
	f := newFeeder(gone.Backend, sides(t), r, 0)
	defer f.close()
	if w, err := f.next(context.Background()); w != nil || err == nil || !strings.Contains(err.Error(), "fit: mean: steps 1 to 2 of an epoch: ") {
		t.Errorf("got %v and error %v", w, err)
	}
}

func TestBadWindowsAreRefusedByName(t *testing.T) {
	for window, want := range map[int]string{
		-1: "fit: a window must be 0 rows (for all) or at least 20, those of a step of each loss that takes turns, got -1",
		19: "fit: a window must be 0 rows (for all) or at least 20, those of a step of each loss that takes turns, got 19",
	} {
		r := recipe
		r.Window = window
		if s, err := Run(context.Background(), open(t, "go"), sides(t), r, nil, Hooks{}); s != nil || err == nil || err.Error() != want {
			t.Errorf("a window of %d: got %v and error %v, want %q", window, s, err, want)
		}
	}
}

// BenchmarkWindow trains the paper's base flow with all points on the device and with the same
// points in windows, alternately, so that a busy machine slows both. A loop that waits for its data
// would show in the ratio of the medians.
//
//	go test ./f4f/fit -run XXX -bench Window -benchtime 5x
func BenchmarkWindow(b *testing.B) {
	const steps, batch, window = 2000, 128, 250 * 128
	backend := open(b, "xla")
	rates := map[int][]float64{}
	for b.Loop() {
		for _, window := range []int{0, window} {
			r := Recipe{Epochs: 1, Batch: batch, LearningRate: 1e-4, ClipNorm: 5, Window: window}
			s, err := Run(context.Background(), backend, flowProblem(b, paperFlow, steps*batch), r, nil, Hooks{})
			if err != nil {
				b.Fatal(err)
			}
			rates[window] = append(rates[window], s.Rate)
		}
	}
	median := func(v []float64) float64 { v = slices.Sorted(slices.Values(v)); return v[len(v)/2] }
	whole, windows := median(rates[0]), median(rates[window])
	b.ReportMetric(whole, "steps/s-whole")
	b.ReportMetric(windows, "steps/s-windows")
	b.ReportMetric(windows/whole, "ratio")
}
