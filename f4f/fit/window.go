package fit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// Data larger than a device's memory are trained on window by window. A window holds the rows that
// some steps of an epoch visit, in the order in which they visit them. While the device trains on
// one window, the host gathers the next and sends it. The loop is the same program, with an order
// that counts up, so the weights are bit for bit those of a run with all data on the device.

// window holds what some steps of an epoch train on, on the devices.
type window struct {
	from, until int                 // its steps within the epoch, until excluded
	data        [][]*tensors.Tensor // by device and data set: the rows [N, width]
	order       [][]*tensors.Tensor // by device and data set: the row for each place of each batch [steps·batch/devices]
	own         []*tensors.Tensor   // tensors to release with the window
}

func (w *window) release() {
	if w != nil {
		release(w.own)
	}
}

// stepsPerWindow returns the number of steps in a window of an epoch. The last window may have
// fewer.
func (p Problem) stepsPerWindow(r Recipe) int {
	perEpoch, turns := p.stepsPerEpoch(r.Batch), p.turns()
	whole := r.Window == 0
	if !whole {
		whole = true
		for _, d := range p.Data {
			whole = whole && d.Shape().Dim(0) <= r.Window
		}
	}
	if whole {
		return perEpoch
	}
	most := r.Window / r.Batch / turns * turns
	windows := (perEpoch + most - 1) / most
	return (perEpoch + windows*turns - 1) / (windows * turns) * turns // as even as whole turns allow
}

// windowShape holds the shapes of every window of a run, on each of its devices: those of the data
// sets and of the orders of their rows.
type windowShape struct {
	devices     int
	data, order []shapes.Shape
}

func (p Problem) windowShape(r Recipe) windowShape {
	w := windowShape{devices: max(r.Devices, 1)}
	room := paddedRows(p.stepsPerWindow(r) * r.Batch / w.devices)
	for _, t := range p.Data {
		shape := paddedShape(t.Shape())
		if r.streamed(t.Shape().Dim(0)) {
			shape = t.Shape().Clone()
			shape.Dimensions[0] = room
		}
		w.data, w.order = append(w.data, shape), append(w.order, shapes.Make(dtypes.Int32, room))
	}
	return w
}

// feeder makes the windows of a run, one ahead of the training. The caller must close it.
type feeder struct {
	backend   compute.Backend
	problem   Problem
	recipe    Recipe
	perEpoch  int
	steps     int               // of a window
	ascending []*tensors.Tensor // by device, the order 0, 1, 2, … of streamed rows
	data      []*tensors.Tensor // padded, except for those that are streamed
	own       []*tensors.Tensor // the data sets that are padded copies

	windows chan windowResult
	quit    chan struct{}
}

// windowResult is a window, or the error of making it.
type windowResult struct {
	window *window
	err    error
}

// newFeeder starts a feeder at the window that contains the step, counted over the whole training.
func newFeeder(backend compute.Backend, p Problem, r Recipe, step int) *feeder {
	f := &feeder{
		backend: backend, problem: p, recipe: r, perEpoch: p.stepsPerEpoch(r.Batch), steps: p.stepsPerWindow(r),
		windows: make(chan windowResult), quit: make(chan struct{}),
	}
	go f.run(step)
	return f
}

// padData pads the data sets that are not streamed.
func (f *feeder) padData() error {
	f.data = slices.Clone(f.problem.Data)
	for i, set := range f.data {
		if f.recipe.streamed(set.Shape().Dim(0)) {
			continue
		}
		result, own, err := padded([]*tensors.Tensor{set})
		f.own = append(f.own, own...)
		if err != nil {
			return err
		}
		f.data[i] = result[0]
	}
	return nil
}

// run makes windows until the training ends or the feeder is closed. The channel is unbuffered, so
// one window waits at most.
func (f *feeder) run(step int) {
	defer close(f.windows)
	made := f.padData()
	for epoch := step / f.perEpoch; epoch < f.recipe.Epochs; epoch++ {
		orders := make([][]int32, len(f.problem.Data))
		for i := range orders {
			orders[i] = f.problem.order(f.recipe.Seed, epoch, i, f.recipe.Batch, f.perEpoch*f.recipe.Batch)
		}
		for from := step % f.perEpoch / f.steps * f.steps; from < f.perEpoch; from += f.steps {
			next := windowResult{err: made}
			// A panic here, where no caller can recover it, would end the process.
			if made == nil {
				if err := panics.Catch(func() { next.window, next.err = f.window(from, orders) }); err != nil {
					next = windowResult{err: fmt.Errorf("fit: %s: %w", f.problem.Flow, err)}
				}
			}
			select {
			case f.windows <- next:
				if next.err != nil {
					return
				}
			case <-f.quit:
				next.window.release()
				return
			}
		}
		step = 0
	}
}

// next waits for the next window, which the caller must release. It returns the context's error if
// ctx ends first.
func (f *feeder) next(ctx context.Context) (*window, error) {
	select {
	case next, more := <-f.windows:
		if !more {
			return nil, errors.New("fit: there are no more windows")
		}
		return next.window, next.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close stops the feeder, waits until its goroutine has ended, and releases what it holds.
func (f *feeder) close() {
	close(f.quit)
	for next := range f.windows {
		next.window.release()
	}
	release(f.ascending)
	release(f.own)
}

// window gathers the rows of the steps that begin with step from, and starts sending them to the
// devices. All windows have the same shape, or the program would be compiled again. The last one is
// padded with zeros that no step reads.
func (f *feeder) window(from int, orders [][]int32) (_ *window, err error) {
	devices := max(f.recipe.Devices, 1)
	w := &window{
		from: from, until: min(from+f.steps, f.perEpoch),
		data: make([][]*tensors.Tensor, devices), order: make([][]*tensors.Tensor, devices),
	}
	defer func() {
		if err != nil {
			w.release()
		}
	}()
	room := paddedRows(f.steps * f.recipe.Batch / devices)
	for device := range devices {
		number := compute.DeviceNum(device)
		for i, data := range f.data {
			rows := shareOf(orders[i][from*f.recipe.Batch:w.until*f.recipe.Batch], f.recipe.Batch, device, devices)
			order := (*tensors.Tensor)(nil)
			if f.recipe.streamed(data.Shape().Dim(0)) {
				if data, err = gathered(data, rows, room); err == nil {
					w.own = append(w.own, data)
					err = data.ToDevice(f.backend, number)
				}
				if err == nil {
					order, err = f.ascendingOn(number, room)
				}
			} else {
				order = tensors.FromShape(shapes.Make(dtypes.Int32, room))
				w.own = append(w.own, order)
				if err = tensors.MutableFlatData(order, func(to []int32) { copy(to, rows) }); err == nil {
					err = order.ToDevice(f.backend, number)
				}
			}
			if err != nil {
				return nil, fmt.Errorf("fit: %s: steps %d to %d of an epoch: %w", f.problem.Flow, from+1, w.until, err)
			}
			w.data[device], w.order[device] = append(w.data[device], data), append(w.order[device], order)
		}
	}
	return w, nil
}

// ascendingOn returns the order 0, 1, 2, … on a device, which it makes once.
func (f *feeder) ascendingOn(device compute.DeviceNum, room int) (*tensors.Tensor, error) {
	if int(device) < len(f.ascending) {
		return f.ascending[device], nil
	}
	t := tensors.FromFlatDataAndDimensions(ascending(room), room)
	f.ascending = append(f.ascending, t)
	return t, t.ToDevice(f.backend, device)
}
