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
)

// Data that are larger than a device's memory are trained on window by window: the rows that some
// steps of an epoch visit, in the order in which they visit them. While the device trains on one,
// the next is gathered on the host and sent after it. The loop is the same program, with an order
// that counts up, so the weights are bit for bit those of a run with all data on the device.

// window is what some steps of an epoch train on, where it is trained on.
type window struct {
	from, until int                 // its steps within the epoch
	data        [][]*tensors.Tensor // by device and data set, rows [N, width]
	order       [][]*tensors.Tensor // by device and data set, the row that each place of each batch takes [steps·batch/devices]
	own         []*tensors.Tensor   // those that go with the window
}

func (w *window) release() {
	if w != nil {
		release(w.own)
	}
}

// turns is how many losses take turns within an epoch, at most.
func (p Problem) turns() int {
	turns := 1
	for _, losses := range p.Phases {
		turns = max(turns, len(losses))
	}
	return turns
}

// streamed tells whether a data set of n rows is sent to the devices by windows. Several devices
// have it so in any case: each has its own rows alone.
func (r Recipe) streamed(n int) bool { return r.Devices > 1 || r.Window > 0 && n > r.Window }

// stepsPerWindow is how many steps of an epoch a window has. All have the same number but the last,
// which may have fewer.
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

// windowShape is the shape of every window of a run, on each of its devices: of the data sets, and
// of the orders of their rows.
type windowShape struct {
	devices     int
	data, order []shapes.Shape
}

func (p Problem) windowShape(r Recipe) windowShape {
	w := windowShape{devices: max(r.Devices, 1)}
	room := roomFor(p.stepsPerWindow(r) * r.Batch / w.devices)
	for _, t := range p.Data {
		shape := roomy(t.Shape())
		if r.streamed(t.Shape().Dim(0)) {
			shape = t.Shape().Clone()
			shape.Dimensions[0] = room
		}
		w.data, w.order = append(w.data, shape), append(w.order, shapes.Make(dtypes.Int32, room))
	}
	return w
}

// feeder makes the windows of a run, one ahead of the training. It must be closed.
type feeder struct {
	backend  compute.Backend
	problem  Problem
	recipe   Recipe
	perEpoch int
	steps    int               // of a window
	upwards  []*tensors.Tensor // by device, the order of rows that come in order
	data     []*tensors.Tensor // with room, those that are not streamed
	own      []*tensors.Tensor // those of them that are copies

	windows chan fed
	quit    chan struct{}
}

type fed struct {
	window *window
	err    error
}

// newFeeder begins with the window that has the step of the whole training.
func newFeeder(backend compute.Backend, p Problem, r Recipe, step int) *feeder {
	f := &feeder{
		backend: backend, problem: p, recipe: r, perEpoch: p.stepsPerEpoch(r.Batch), steps: p.stepsPerWindow(r),
		windows: make(chan fed), quit: make(chan struct{}),
	}
	go f.run(step)
	return f
}

// makeRoom gives data sets that are not streamed room.
func (f *feeder) makeRoom() error {
	f.data = slices.Clone(f.problem.Data)
	for i, set := range f.data {
		if f.recipe.streamed(set.Shape().Dim(0)) {
			continue
		}
		roomier, own, err := withRoom([]*tensors.Tensor{set})
		f.own = append(f.own, own...)
		if err != nil {
			return err
		}
		f.data[i] = roomier[0]
	}
	return nil
}

// run makes windows until the training's end or its own. The channel has no room, so what waits is
// one window.
func (f *feeder) run(step int) {
	defer close(f.windows)
	made := f.makeRoom()
	for epoch := step / f.perEpoch; epoch < f.recipe.Epochs; epoch++ {
		orders := make([][]int32, len(f.problem.Data))
		for i := range orders {
			orders[i] = f.problem.order(f.recipe.Seed, epoch, i, f.recipe.Batch, f.perEpoch*f.recipe.Batch)
		}
		for from := step % f.perEpoch / f.steps * f.steps; from < f.perEpoch; from += f.steps {
			next := fed{err: made}
			// A panic here, where no caller can catch it, would end the process.
			if made == nil {
				if err := Catch(func() { next.window, next.err = f.window(from, orders) }); err != nil {
					next = fed{err: fmt.Errorf("fit: %s: %w", f.problem.Flow, err)}
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

// next waits for the next window, which is the caller's to release.
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

// close returns when nothing of the feeder is left.
func (f *feeder) close() {
	close(f.quit)
	for next := range f.windows {
		next.window.release()
	}
	release(f.upwards)
	release(f.own)
}

// window gathers the rows of the steps that begin with from, and sends them on their way. All
// windows have one shape, or the program would be compiled again: what the last one lacks is zeros
// that no step reads.
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
	room := roomFor(f.steps * f.recipe.Batch / devices)
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
					order, err = f.upward(number, room)
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

// upward is 0, 1, 2, … on a device, made once.
func (f *feeder) upward(device compute.DeviceNum, room int) (*tensors.Tensor, error) {
	if int(device) < len(f.upwards) {
		return f.upwards[device], nil
	}
	t := tensors.FromFlatDataAndDimensions(upwards(room), room)
	f.upwards = append(f.upwards, t)
	return t, t.ToDevice(f.backend, device)
}

// upwards is 0, 1, 2, …, n − 1.
func upwards(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// gathered copies rows of data [N, width] to a tensor [room, width].
func gathered(data *tensors.Tensor, rows []int32, room int) (*tensors.Tensor, error) {
	shape := data.Shape().Clone()
	shape.Dimensions[0] = room
	size := shape.Dim(1) * shape.DType.Size() // bytes of a row
	t := tensors.FromShape(shape)
	var inner error
	err := data.ConstBytes(func(from []byte) {
		inner = t.MutableBytes(func(to []byte) {
			for i, row := range rows {
				copy(to[i*size:(i+1)*size], from[int(row)*size:])
			}
		})
	})
	return t, errors.Join(err, inner)
}
