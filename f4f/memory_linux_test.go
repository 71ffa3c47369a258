package f4f_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// held is what a process holds that could grow.
type held struct {
	resident          float64 // MB
	goroutines, files int
}

func holds(t *testing.T) held {
	t.Helper()
	debug.FreeOSMemory() // what the tests before have left to Go's collector isn't what is measured
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return held{float64(pages*os.Getpagesize()) / 1e6, runtime.NumGoroutine(), len(files)}
}

func (h held) String() string {
	return fmt.Sprintf("%.0f MB, %d goroutines, %d files", h.resident, h.goroutines, h.files)
}

// grows does something a number of times and fails the test if the process then holds more than
// mostMB more than before, or more goroutines or files. It compares what the process holds when
// warm with what it holds at the end; what it holds in between is logged.
func grows(t *testing.T, what string, warm, times int, mostMB float64, do func(i int)) {
	t.Helper()
	for i := range warm {
		do(i)
	}
	before := holds(t)
	t.Logf("after %d %s: %v", warm, what, before)
	for i := range times {
		do(warm + i)
		if every := times / 40; *long && (i+1)%every == 0 {
			t.Logf("after %d more: %v", i+1, holds(t))
		}
	}
	after := holds(t)
	grown := after.resident - before.resident
	t.Logf("%d %s left %.1f MB, %d goroutines and %d files: %.1f MB a thousand", times, what, grown, after.goroutines-before.goroutines, after.files-before.files, 1000*grown/float64(times))
	if grown > mostMB {
		t.Errorf("%d %s left %.0f MB behind, want at most %.0f", times, what, grown, mostMB)
	}
	if after.goroutines > before.goroutines+2 || after.files > before.files+2 { // of the runtime and the test itself
		t.Errorf("%d %s went from %v to %v", times, what, before, after)
	}
}

// tiny returns a plan that trains in no time on XLA. Compiling it takes longest.
func tiny(s data.Source) f4f.BasePlan {
	return f4f.Base(s).Layers(1).Hidden(8).Blocks(0).Bins(4).Samples(500).Batch(50).Epochs(1).Validation(0).Backend("xla")
}

// Each fit compiles programs of its own. In the long form a thousand of them in one process, which
// takes some quarter of an hour:
//
//	go test ./f4f -run FitsLeaveNoMemory -long -v -timeout 1h
func TestFitsLeaveNoMemoryBehind(t *testing.T) {
	warm, fits, most := 5, 8, 50.0 // they leave 5 to 20; 80 to 300, of memory that XLA had freed, before it was given back
	if *long {
		warm, fits, most = 50, 1000, 60
	}
	folder := t.TempDir()
	grows(t, "fits", warm, fits, most, func(i int) {
		own := filepath.Join(folder, "store") // for one fit, or the store's folder would grow
		fitted(t, tiny(left).Seed(uint64(i)).Store(own))
		if err := os.RemoveAll(own); err != nil {
			t.Fatal(err)
		}
	})
}

// Cell after cell loads its flow and uses it, which compiles it. In the long form a thousand times:
//
//	go test ./f4f -run LoadsLeaveNoMemory -long -v -timeout 1h
func TestLoadsLeaveNoMemoryBehind(t *testing.T) {
	warm, loads, most := 20, 20, 60.0 // the first ones leave 40 that the allocator keeps and uses again
	if *long {
		warm, loads, most = 50, 1000, 60
	}
	plan := tiny(left).Store(store(t))
	fitted(t, plan)
	x := sample(t, left, 10, 1)
	grows(t, "loads", warm, loads, most, func(int) {
		must[[]float64](t)(fitted(t, plan).LogProb(x))
	})
}

// One trained flow is asked for numbers of points that change from call to call, as in a day of
// cells. In the long form 20,000 times:
//
//	go test ./f4f -run CallsLeaveNoMemory -long -v
func TestCallsLeaveNoMemoryBehind(t *testing.T) {
	warm, calls, most := 100, 300, 40.0
	if *long {
		warm, calls, most = 2000, 20_000, 40
	}
	folder := t.TempDir()
	flow := fitted(t, f4f.Between(tiny(left).Store(folder), tiny(right).Store(folder)).Layers(1).Hidden(8).Blocks(0).Bins(4).Samples(500).Batch(50).Epochs(1).Backend("xla").Store(folder))
	rng := rand.New(rand.NewPCG(1, 2))
	grows(t, "calls", warm, calls, most, func(i int) {
		n := 1 + rng.IntN(1<<(1+rng.IntN(14))) // up to 16,384, mostly few
		x := sample(t, left, n, uint64(i))
		switch i % 3 {
		case 0:
			must[data.Points](t)(flow.Forward(x))
		case 1:
			must[[]float64](t)(flow.LogProb(x))
		case 2:
			must[data.Points](t)(flow.Right().Sample(n, uint64(i)))
		}
	})
}
