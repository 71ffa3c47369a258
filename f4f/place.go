package f4f

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
)

// Where a plan's training data are while it trains, and on how many devices. Neither is part of the
// recipe, for windows change nothing of what is trained and devices its rounding alone.

// mostTurns is how many losses take turns within an epoch, at most: forward and inverse.
const mostTurns = 2

// validatePlace errs on windows and devices that can't work where so many losses take turns and
// rows come in groups of so many.
func (s settings) validatePlace(turns, together int) error {
	least, shares := turns*s.recipe.Batch, together*s.devices
	switch {
	case s.window < 0 || s.window > 0 && s.window < least:
		return fmt.Errorf("window must be 0 (for all points at once) or at least %d points, %d times the batch, got %d", least, turns, s.window)
	case s.devices < 0:
		return fmt.Errorf("devices must be at least 1 (0 for as many as pay), got %d", s.devices)
	case s.devices > 1 && s.recipe.Batch%shares != 0 && together > 1:
		return fmt.Errorf("a batch is paired up and shared out to %d devices and must be a multiple of %d, got %d", s.devices, shares, s.recipe.Batch)
	case s.devices > 1 && s.recipe.Batch%shares != 0:
		return fmt.Errorf("a batch is shared out to %d devices and must be a multiple of %d, got %d", s.devices, shares, s.recipe.Batch)
	}
	return nil
}

// How many bytes of training points a device with a memory of its own gets whole, and of how many a
// window is where there are more.
const (
	wholeBytes  = 1 << 30
	windowBytes = 256 << 20
)

// open is the plan's backend, as the lane of the context has it.
func (s settings) open(ctx context.Context) (*backend.Backend, error) {
	b, err := backend.Open(ctx, s.backend)
	if err != nil {
		return nil, err
	}
	return b.Beside(ctx, lane(ctx))
}

// placed is the recipe for training on data sets on a backend, with a window and devices that suit
// them where the plan leaves these open.
func (s settings) placed(b *backend.Backend, sets []shapes.Shape) fit.Recipe {
	r := s.recipe.fit()
	if r.Window = s.window; r.Window == 0 {
		r.Window = automaticWindow(b.Info.Platform, sets, mostTurns*r.Batch)
	}
	if r.Devices = s.devices; r.Devices == 0 {
		r.Devices = automaticDevices(b.Info, int(b.NumDevices()), r.Batch, sets[0].Dim(1))
	}
	return r
}

// shapesOf are the shapes of data sets [N, width].
func shapesOf(sets []*tensors.Tensor) []shapes.Shape {
	all := make([]shapes.Shape, len(sets))
	for i, t := range sets {
		all[i] = t.Shape()
	}
	return all
}

// automaticWindow is the window where the plan has none: 0 for all points at once, and otherwise no
// fewer than least. A CPU's memory is the host's, so windows would save nothing there.
func automaticWindow(platform string, sets []shapes.Shape, least int) int {
	all, row := 0, 0 // bytes
	for _, s := range sets {
		width := s.Dim(1) * s.DType.Size()
		all, row = all+s.Dim(0)*width, row+width
	}
	if platform == "cpu" || all <= wholeBytes {
		return 0
	}
	return max(windowBytes/row, least)
}

// automaticDevices is the number of devices where the plan says nothing, for batches of points of
// so many features, conditions included.
//
// On a CPU it is two where that is known to pay: XLA computes small steps on one processor, and the
// paper's base step took 0.95 ms shared out to two and 1.33 ms on one. From 16 features on XLA
// spreads over processors by itself what there is to spread, and halves gain nothing. More than two
// processors have not been tried. Elsewhere it is one.
func automaticDevices(info backend.Info, has, batch, features int) int {
	if info.Go || info.Platform != "cpu" || has < 2 || batch < 128 || batch%4 != 0 || features > 8 {
		return 1
	}
	return 2
}

// processors is how many devices a training on sources has on a CPU: each is a processor.
func (s settings) processors(sources ...data.Source) int {
	if s.devices > 0 {
		return s.devices
	}
	info := backend.Info{Platform: "cpu", Go: strings.HasPrefix(s.backend, "go")}
	features := sources[0].Dim() + dataset.ConditionDim(sources[0])
	return automaticDevices(info, runtime.GOMAXPROCS(0), s.recipe.batch(sources), features)
}
