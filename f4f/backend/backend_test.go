package backend

import (
	"context"
	"errors"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

func TestSameChoiceGivesTheSameBackend(t *testing.T) {
	first, err := Open(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), "go")
	if err != nil || second != first {
		t.Errorf("the second Open gives %p, %v; want %p", second, err, first)
	}
	if !first.Info.Go || !first.Info.Float64 || first.Info.Note != "" {
		t.Errorf("the Go backend that was asked for has %+v", first.Info)
	}
}

func TestFinalizedBackendIsOpenedAgain(t *testing.T) {
	first, err := Open(t.Context(), "go:parallelism=1")
	if err != nil {
		t.Fatal(err)
	}
	first.Finalize()
	second, err := Open(t.Context(), "go:parallelism=1")
	if err != nil || second.IsFinalized() {
		t.Fatalf("Open gives a backend that is finalized: %v", err)
	}
	// A sum and no product of matrices: that of GoMLX v0.28's Go backend dies under the race
	// detector (checkptr).
	sum, err := graph.CallOnce(second.Backend, graph.Add, []float32{1, 2}, []float32{3, 4})
	if err != nil {
		t.Fatal(err)
	}
	if got := sum.Value().([]float32); got[0] != 4 || got[1] != 6 {
		t.Errorf("the sum is %v, want [4 6]", got)
	}
}

func TestBadOptionIsAnErrorAndNoPanic(t *testing.T) {
	if b, err := Open(t.Context(), "go:no_such_option"); err == nil {
		t.Errorf("Open with an unknown option gives %v", b.Info)
	}
}

func TestOpenWaitsNoLongerThanItsContext(t *testing.T) {
	gate <- struct{}{} // somebody installs
	defer func() { <-gate }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, "go"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Open = %v, want the context's error", err)
	}
}

// requireXLA opens a choice of XLA. If that fails it skips the test, or fails it if F4F_REQUIRE_XLA
// is 1.
func requireXLA(t *testing.T, choice string) *Backend {
	t.Helper()
	b, err := Open(t.Context(), choice)
	if err != nil {
		if os.Getenv("F4F_REQUIRE_XLA") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return b
}

// On a machine that has no XLA, opening it here installs it.
func TestXLAMultiplies(t *testing.T) {
	b := requireXLA(t, "xla")
	expectProduct(t, b)
	if b.Info.Platform == "cpu" {
		if shared := b.HasSharedBuffers(); !shared {
			t.Error("XLA on the CPU must share its buffers with Go")
		}
	}
	if b.Info.Go || !isFile(b.Info.Path) || !b.Info.Float64 {
		t.Errorf("XLA has %+v", b.Info)
	}

	cpu, err := Open(t.Context(), "xla:cpu")
	if err != nil {
		t.Fatal(err)
	}
	if b.Info.Platform == "cpu" && cpu.Backend != b.Backend {
		t.Error("xla and xla:cpu must share one client")
	}
	path, err := Install(t.Context())
	if err != nil || path != b.Info.Path {
		t.Errorf("Install = %q, %v; want %q, which is there", path, err, b.Info.Path)
	}
	named, err := Open(t.Context(), "xla:"+cpu.Info.Path+",noshared_buffers")
	if err != nil {
		t.Fatal(err)
	}
	if named.HasSharedBuffers() {
		t.Error("the user's noshared_buffers must win")
	}
	expectProduct(t, named)
	expectBeside(t, cpu)
}

// expectBeside runs a product on a backend beside b while b itself is busy.
func expectBeside(t *testing.T, b *Backend) {
	t.Helper()
	beside, err := b.Client(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Client(t.Context(), 1); err != nil || again.Backend != beside.Backend {
		t.Errorf("the same number gave another client, %v", err)
	}
	if own, err := b.Client(t.Context(), 0); err != nil || own != b {
		t.Errorf("the number 0 gave another backend, %v", err)
	}
	if _, err := b.Client(canceled(t), 2); !errors.Is(err, context.Canceled) {
		t.Errorf("Client = %v, want the context's error", err)
	}
	expectProduct(t, beside) // compiled
	busy := graph.MustNewExec(b.Backend, func(turns *graph.Node) *graph.Node {
		g := turns.Graph()
		parameters := func(g *graph.Graph) (at, turns, m *graph.Node) {
			return graph.Parameter(g, "at", shapes.Make(dtypes.Int32)), graph.Parameter(g, "turns", shapes.Make(dtypes.Int32)), graph.Parameter(g, "m", shapes.Make(dtypes.Float32, 256, 256))
		}
		more := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			at, turns, _ := parameters(g)
			return []*graph.Node{graph.LessThan(at, turns)}
		})
		body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			at, turns, m := parameters(g)
			return []*graph.Node{graph.AddScalar(at, 1), turns, graph.Tanh(graph.MatMul(m, m))}
		})
		return graph.ReduceAllSum(graph.While(more, body, graph.ScalarZero(g, dtypes.Int32), turns, graph.Ones(g, shapes.Make(dtypes.Float32, 256, 256)))[2])
	})
	busy.MustCall1(int32(0)) // compiled
	started, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		close(started)
		busy.MustCall1(int32(5000)) // some seconds
	}()
	<-started
	time.Sleep(100 * time.Millisecond)
	expectProduct(t, beside)
	select {
	case <-done:
		t.Error("a program beside a busy backend waited for it")
	default:
	}
	<-done
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// expectProduct multiplies [[1 2] [3 4]] by [[5] [6]], in float32 and float64.
func expectProduct(t *testing.T, b *Backend) {
	t.Helper()
	product, err := graph.CallOnce(b.Backend, graph.MatMul, [][]float32{{1, 2}, {3, 4}}, [][]float32{{5}, {6}})
	if err != nil {
		t.Fatal(err)
	}
	if got := product.Value().([][]float32); got[0][0] != 17 || got[1][0] != 39 {
		t.Errorf("the product is %v, want [[17] [39]]", got)
	}
	double, err := graph.CallOnce(b.Backend, graph.MatMul, [][]float64{{1, 2}, {3, 4}}, [][]float64{{5 + 1e-12}, {6}})
	if err != nil {
		t.Fatal(err)
	}
	if got := double.Value().([][]float64); math.Abs(got[0][0]-17-1e-12) > 1e-13 {
		t.Errorf("in float64 the product begins with %v, want 17 + 1e-12", got[0][0])
	}
}

func TestXLAHasADeviceForEachProcessorOrAsManyAsAskedFor(t *testing.T) {
	for choice, want := range map[string]int{"xla:cpu": runtime.GOMAXPROCS(0), "xla:cpu,devices=3": 3, "xla:cpu,devices=5,tf32=false": 5} {
		b := requireXLA(t, choice)
		if n := int(b.NumDevices()); n != want {
			t.Errorf("%s has %d devices, want %d", choice, n, want)
		}
	}
	if b, err := Open(t.Context(), "xla:cpu,devices=none"); err == nil || !strings.Contains(err.Error(), `devices must be at least 1, got "none"`) {
		t.Errorf("no number of devices gives %v, %v", b, err)
	}
}
