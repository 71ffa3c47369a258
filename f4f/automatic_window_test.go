package f4f

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
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
