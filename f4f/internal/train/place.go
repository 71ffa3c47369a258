package train

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/plan"
)

// This file decides where the training data are kept and on how many devices a plan trains. Neither
// is part of the recipe, because windows do not change the trained flow, and devices only round it.

// mostTurns is the largest number of losses that take turns within an epoch: forward and inverse.
const mostTurns = 2

// Place says where a plan trains and where it keeps its flow.
type Place struct {
	Backend string // "" for the best one available
	Window  int    // points of a data set on the device at a time; 0 to choose automatically
	Devices int    // devices that share a batch; 0 to choose automatically
	Store   string // folder; "" for the environment's or the user's cache
}

// Validate returns an error if the window or the number of devices is not allowed for batches of
// this size, given that this many losses take turns and rows come in groups of this size.
func (s Place) Validate(batch, turns, together int) error {
	least, shares := turns*batch, together*s.Devices
	switch {
	case s.Window < 0 || s.Window > 0 && s.Window < least:
		return fmt.Errorf("window must be 0 (for all points at once) or at least %d points, %d times the batch, got %d", least, turns, s.Window)
	case s.Devices < 0:
		return fmt.Errorf("devices must be at least 1 (0 for as many as pay), got %d", s.Devices)
	case s.Devices > 1 && batch%shares != 0 && together > 1:
		return fmt.Errorf("a batch is paired up and shared out to %d devices and must be a multiple of %d, got %d", s.Devices, shares, batch)
	case s.Devices > 1 && batch%shares != 0:
		return fmt.Errorf("a batch is shared out to %d devices and must be a multiple of %d, got %d", s.Devices, shares, batch)
	}
	return nil
}

// A device with its own memory gets training points of up to wholeBytes bytes whole, and larger
// data in windows of windowBytes bytes.
const (
	wholeBytes  = 1 << 30
	windowBytes = 256 << 20
)

// Recipe returns the recipe for training on a problem's data sets on a backend. Window and devices
// that the place leaves open are chosen to suit the data.
func (s Place) Recipe(recipe plan.Recipe, b *backend.Backend, p fit.Problem) fit.Recipe {
	r, sets := optimiser(recipe), ShapesOf(p.Data)
	if r.Window = s.Window; r.Window == 0 {
		r.Window = automaticWindow(b.Info.Platform, sets, mostTurns*r.Batch)
	}
	if r.Devices = s.Devices; r.Devices == 0 {
		r.Devices = automaticDevices(b.Info, int(b.NumDevices()), r.Batch, sets[0].Dim(1))
		if r.Devices > 1 && r.Batch <= mostSpread && !p.Jacobians && fit.CanSpread(b.Backend) {
			r.Devices, r.Spread = 1, true
		}
	}
	return r
}

// ShapesOf returns the shapes of data sets [N, width].
func ShapesOf(sets []*tensors.Tensor) []shapes.Shape {
	all := make([]shapes.Shape, len(sets))
	for i, t := range sets {
		all[i] = t.Shape()
	}
	return all
}

// automaticWindow returns the window for a plan that sets none: 0 for all points at once, or at
// least least. A CPU's memory is the host's, so windows save nothing there.
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

// mostSpread is the largest batch that one device trains on with its products spread over processors,
// where two devices would share it otherwise. On two processors a base's step took 4.9 ms spread and
// 5.5 ms shared for 128 points, 10.7 and 9.5 ms for 256, and 34 and 26 ms for 1,024.
const mostSpread = 128

// automaticDevices returns the number of devices for a plan that sets none, for batches of points
// with this many features, conditions included. Place.Recipe spreads small products of matrices over
// as many processors on one device instead, where that is faster.
//
// On a CPU it is two where that is known to be faster. XLA computes small steps on one processor:
// the paper's base step took 0.95 ms on two and 1.33 ms on one. From 16 features on XLA itself
// spreads the work over processors, and halving batches gains nothing. More than two processors
// have not been tried. On other devices it is one.
func automaticDevices(info backend.Info, has, batch, features int) int {
	if info.Go || info.Platform != "cpu" || has < 2 || batch < 128 || batch%4 != 0 || features > 8 {
		return 1
	}
	return 2
}

// Processors returns how many processors training on these sources keeps busy on a CPU.
func (s Place) Processors(recipe plan.Recipe, sources ...data.Source) int {
	if s.Devices > 0 {
		return s.Devices
	}
	info := backend.Info{Platform: "cpu", Go: strings.HasPrefix(s.Backend, "go")}
	features := sources[0].Dim() + dataset.ConditionDim(sources[0])
	return automaticDevices(info, runtime.GOMAXPROCS(0), recipe.BatchFor(sources), features)
}

// optimiser returns a recipe in the form that package fit takes.
func optimiser(r plan.Recipe) fit.Recipe {
	return fit.Recipe{
		Epochs: r.Epochs, Batch: r.Batch, LearningRate: r.LearningRate, WarmUp: r.WarmUp, Beta2: r.Beta2, ClipNorm: r.ClipNorm,
		Seed: r.Seed, EarlyStop: r.EarlyStop, KeepBest: r.KeepBest,
	}
}
