package train

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

func TestOnlyDevicesWithAMemoryOfTheirOwnGetWindowsUnasked(t *testing.T) {
	points := func(n, width int) shapes.Shape { return shapes.Make(dtypes.Float32, n, width) }
	for name, test := range map[string]struct {
		platform string
		sets     []shapes.Shape
		want     int
	}{
		"the paper's points":         {"cuda", []shapes.Shape{points(1_000_000, 2), points(1_000_000, 2)}, 0},
		"just whole":                 {"cuda", []shapes.Shape{points(1<<27, 2)}, 0},
		"one point more":             {"cuda", []shapes.Shape{points(1<<27+1, 2)}, 256 << 20 / 8},
		"two sets":                   {"cuda", []shapes.Shape{points(1<<27, 1), points(1<<27, 2)}, 256 << 20 / 12},
		"points as large as windows": {"rocm", []shapes.Shape{points(100, 64<<20)}, 20},
		"a CPU":                      {"cpu", []shapes.Shape{points(1<<30, 2)}, 0},
	} {
		if got := automaticWindow(test.platform, test.sets, 20); got != test.want {
			t.Errorf("%s: the window is %d, want %d", name, got, test.want)
		}
	}
}

func TestTwoProcessorsShareSmallStepsUnasked(t *testing.T) {
	processor := backend.Info{Name: "xla", Platform: "cpu"}
	for name, test := range map[string]struct {
		info                 backend.Info
		has, batch, features int
		want                 int
	}{
		"the paper's step":   {processor, 2, 128, 2, 2},
		"with a condition":   {processor, 16, 128, 3, 2},
		"one processor":      {processor, 1, 128, 2, 1},
		"a small batch":      {processor, 2, 64, 2, 1},
		"uneven pairs":       {processor, 2, 130, 2, 1},
		"many features":      {processor, 2, 128, 9, 1},
		"the Go backend":     {backend.Info{Name: "go", Platform: "cpu", Go: true}, 1, 128, 2, 1},
		"GPUs, when unasked": {backend.Info{Name: "xla", Platform: "cuda"}, 8, 1024, 2, 1},
	} {
		if got := automaticDevices(test.info, test.has, test.batch, test.features); got != test.want {
			t.Errorf("%s: %d devices, want %d", name, got, test.want)
		}
	}
}

// Small products are spread over processors by XLA, where two devices would share a batch otherwise.
func TestSmallStepsAreSpreadUnasked(t *testing.T) {
	b, err := backend.Open(t.Context(), "xla:cpu,devices=2")
	if err != nil {
		t.Fatal(err)
	}
	if !fit.CanSpread(b.Backend) {
		t.Skip("this machine's XLA has no choice of how products are computed")
	}
	points := func(width int) []*tensors.Tensor {
		return []*tensors.Tensor{tensors.FromShape(shapes.Make(dtypes.Float32, 1024, width))}
	}
	for name, test := range map[string]struct {
		place   Place
		batch   int
		problem fit.Problem
		devices int
		spread  bool
	}{
		"the paper's step":   {batch: 128, problem: fit.Problem{Data: points(2)}, devices: 1, spread: true},
		"a potential's":      {batch: 128, problem: fit.Problem{Data: points(2), Jacobians: true}, devices: 2},
		"a large batch":      {batch: 256, problem: fit.Problem{Data: points(2)}, devices: 2},
		"a small one":        {batch: 64, problem: fit.Problem{Data: points(2)}, devices: 1},
		"two devices asked":  {place: Place{Devices: 2}, batch: 128, problem: fit.Problem{Data: points(2)}, devices: 2},
		"one device asked":   {place: Place{Devices: 1}, batch: 128, problem: fit.Problem{Data: points(2)}, devices: 1},
		"with many features": {batch: 128, problem: fit.Problem{Data: points(16)}, devices: 1},
	} {
		if r := test.place.Recipe(plan.Recipe{Batch: test.batch}, b, test.problem); r.Devices != test.devices || r.Spread != test.spread {
			t.Errorf("%s: %d devices, spread %v, want %d and %v", name, r.Devices, r.Spread, test.devices, test.spread)
		}
	}
}
