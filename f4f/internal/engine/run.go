package engine

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// Points pass through a compiled program in chunks of a few sizes, the last of which is padded. So
// at most two programs are compiled for a function, whatever the number of points. A device with
// its own memory has a third, larger size, because a call there takes as long as computing many
// thousand points.
const (
	smallChunk    = 256
	fewChunks     = 8 // up to which number small ones are used on a CPU: a padded large one would compute more
	largeChunk    = 8192
	deviceNumbers = 1 << 18 // features in a chunk for such a device, but at least largeChunk points
)

// Run evaluates a function at points x [N, D] under conditions c [N, C], or [1, C] for all points.
// It returns each output [N, …] as one row-major slice.
func (e *Engine) Run(name string, build Build, x, c data.Points) (outputs [][]float64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	program, err := e.program(name, build)
	if err != nil {
		return nil, err
	}
	n := x.Len()
	chunk := chunkOf(n, x.Dim(), e.backend.HasSharedBuffers())
	chunks := (n + chunk - 1) / chunk
	devices := min(e.devices(), chunks)
	if err := e.send(devices); err != nil {
		return nil, err
	}
	var mu sync.Mutex // guards outputs
	var group errgroup.Group
	var taken atomic.Int32
	for device := range devices {
		group.Go(func() error {
			for i := int(taken.Add(1)) - 1; i < chunks; i = int(taken.Add(1)) - 1 {
				from, to := i*chunk, min((i+1)*chunk, n)
				results, err := e.chunk(program, device, x, c, from, to, chunk)
				if err != nil {
					taken.Store(int32(chunks)) // so that the others stop
					return err
				}
				mu.Lock()
				if outputs == nil {
					outputs = make([][]float64, len(results))
					for k, r := range results {
						outputs[k] = make([]float64, n*(r.Size()/chunk))
					}
				}
				mu.Unlock()
				for k, r := range results {
					width := r.Size() / chunk
					err = errors.Join(err, numbers.Copy(outputs[k][from*width:to*width], r), r.FinalizeAll())
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return outputs, nil
}

// program returns the program of the function with that name: one that the engine has used before,
// one shared with engines of its kind, or a new one. A new program is compiled when it first runs.
func (e *Engine) program(name string, build Build) (*program, error) {
	if p := e.programs[name]; p != nil {
		return p, nil
	}
	p, err := shared(function{e.backend, e.kind, e.shapes, name}, func() (*program, error) { return e.newProgram(build) })
	if err == nil {
		e.programs[name] = p
	}
	return p, err
}

// newProgram returns a program that computes build on one chunk of points and, if any, conditions.
// It runs on the device that holds the points, with the weights there.
//
// GoMLX names a graph after the function that builds it, here func1 of this method. The name is
// part of the program's text, by which compiled programs are kept on disk. So after a change of
// this method's name all of them are compiled anew.
func (e *Engine) newProgram(build Build) (*program, error) {
	p, store, backend := &program{}, model.NewStore(), e.backend
	for _, own := range e.variables {
		v, err := store.CreateVariable(own.Path(), tensors.FromShape(own.Shape()))
		if err == nil {
			err = v.Reset() // the shape stays
		}
		if err != nil {
			return nil, err
		}
		p.variables = append(p.variables, v.SetTrainable(false))
	}
	exec, err := NewExec(backend, func(inputs []*Node) []*Node {
		model.SetStore(inputs[0].Graph(), store)
		for _, v := range p.variables {
			v.NodeValue(inputs[0]) // every weight becomes a parameter, used or not
		}
		x, c := inputs[0], (*Node)(nil)
		if len(inputs) > 1 {
			c = inputs[1]
		}
		bijection.WithoutGradient(store.RootScope(), x.Graph())
		return build(store.RootScope(), x, c)
	})
	if err != nil {
		return nil, err
	}
	p.exec = exec.SetSideParamsHook(func(g *Graph, buffers []compute.Buffer, _ []bool) error {
		defer p.mu.Unlock()
		weights := p.asking.weights
		p.asking.got, p.asking = true, nil
		device, err := buffers[0].DeviceNum()
		for i := 0; i < len(p.variables) && err == nil; i++ {
			buffers[p.variables[i].NodeValue(g).GetParameterHandle()], err = weights[device][i].Buffer(backend, device)
		}
		return err
	})
	return p, nil
}

// devices returns how many devices may run chunks. Devices that share the host's memory are the
// processors of a CPU, and all of them may. Otherwise only one does.
func (e *Engine) devices() int {
	if e.backend.HasSharedBuffers() {
		return int(e.backend.NumDevices())
	}
	return 1
}

// chunkOf returns the number of points per call, for n points of dim features. shares says whether
// the device shares the host's memory.
func chunkOf(n, dim int, shares bool) int {
	switch {
	case n <= smallChunk, shares && n <= fewChunks*smallChunk:
		return smallChunk
	case n <= largeChunk || shares:
		return largeChunk
	}
	return max(deviceNumbers/dim, largeChunk)
}

// send copies the weights to the first devices, where they aren't there yet.
func (e *Engine) send(devices int) error {
	for device := len(e.weights); device < devices; device++ {
		weights := make([]*tensors.Tensor, len(e.variables))
		for i, v := range e.variables {
			value, err := v.Value()
			if err == nil {
				weights[i], err = value.LocalClone()
			}
			if err == nil {
				err = weights[i].ToDevice(e.backend, compute.DeviceNum(device))
			}
			if err != nil {
				return err
			}
		}
		e.weights = append(e.weights, weights)
	}
	return nil
}

// chunk runs a program on the rows from (included) to to (excluded), padded to a whole chunk.
func (e *Engine) chunk(program *program, device int, x, c data.Points, from, to, chunk int) ([]*tensors.Tensor, error) {
	var inputs []any
	for _, p := range []data.Points{x, c} {
		if p.Dim() == 0 {
			continue
		}
		t := numbers.Tensor(e.dtype, filled(p, from, to, chunk), chunk, p.Dim())
		defer t.FinalizeAll()
		inputs = append(inputs, t)
	}
	return program.call(e.weights, compute.DeviceNum(device), inputs)
}

// filled returns the values of the rows from (included) to to (excluded), padded to chunk rows by
// repeating the last. A single row is repeated for all.
func filled(p data.Points, from, to, chunk int) []float32 {
	values := make([]float32, 0, chunk*p.Dim())
	if p.Len() > 1 {
		values = append(values, p.Slice(from, to).Values()...)
	}
	last := p.Row(min(to, p.Len()) - 1)
	for len(values) < cap(values) {
		values = append(values, last...)
	}
	return values
}
