//go:build cgo

package backend

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/go-xla/compute/xla"
)

// nesting is XLA with loops inside loops. GoMLX v0.28 makes every closure a child of the main
// function, wherever it is built, and go-xla refuses a While whose condition and body aren't
// children of the function that it stands in: a loop in the body of another could not be built.
// Here a closure is a child of the function that is being built when it is asked for.
//
// What stays as it was: a closure takes what it reads as its parameters, GoMLX's cached scalars
// (Scalar, AddScalar and the like) included, so a loop inside a loop makes its constants anew; and
// a reduction of one kind and dtype may stand in one function of a program alone, for go-xla keeps
// the first one's.
//
// Training is a loop over steps, and a step through the inverse of an autoregressive flow has loops
// over features.
type nesting struct{ *xla.Backend }

// LoopsInLoops says so to who asks the backend.
func (nesting) LoopsInLoops() bool { return true }

// Builder starts a program.
func (b nesting) Builder(name string) compute.Builder {
	inner, ok := b.Backend.Builder(name).(*xla.Builder)
	if !ok || inner == nil {
		return nil // what was wrong is logged
	}
	building := &builder{Builder: inner, backend: b}
	building.main = &function{Function: inner.Main(), builder: building}
	building.innermost = building.main
	return building
}

// builder is a program that is being built.
type builder struct {
	*xla.Builder
	backend         nesting
	main, innermost *function // innermost is the closure begun last that hasn't returned yet, or main
}

// Main is the main function.
func (b *builder) Main() compute.Function { return b.main }

// function is main or a closure in it.
type function struct {
	compute.Function
	builder *builder
	outer   *function // nil of main
	depth   int       // of main 0
}

// Builder is the one that the function belongs to.
func (f *function) Builder() compute.Builder { return f.builder }

// Parent is the function around a closure, nil of main.
func (f *function) Parent() compute.Function {
	if f.outer == nil {
		return nil
	}
	return f.outer
}

// Closure begins one in the innermost function, whichever it is asked of.
func (f *function) Closure() (compute.Function, error) {
	outer := f.builder.innermost
	inner, err := outer.Function.Closure()
	if err != nil {
		return nil, err
	}
	f.builder.innermost = &function{Function: inner, builder: f.builder, outer: outer, depth: outer.depth + 1}
	return f.builder.innermost, nil
}

// Parameter is one of the function's. Inside a closure names of those around it are taken.
func (f *function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if f.depth > 1 {
		name = fmt.Sprintf("%s_%d", name, f.depth)
	}
	return f.Function.Parameter(name, shape, sharding)
}

// Return ends the function.
func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if f != f.builder.innermost {
		return errors.New("backend: a function returned before the closures in it")
	}
	if f.outer != nil {
		f.builder.innermost = f.outer
	}
	return f.Function.Return(outputs, shardings)
}

// While, If and Sort take closures, which go-xla wants as its own.

func (f *function) While(condition, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	return f.Function.While(ofXLA(condition), ofXLA(body), state...)
}

func (f *function) If(condition compute.Value, then, otherwise compute.Function) ([]compute.Value, error) {
	return f.Function.If(condition, ofXLA(then), ofXLA(otherwise))
}

func (f *function) Sort(less compute.Function, axis int, stable bool, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Sort(ofXLA(less), axis, stable, inputs...)
}

// ofXLA is go-xla's own function for f.
func ofXLA(f compute.Function) compute.Function {
	if f, ok := f.(*function); ok {
		return f.Function
	}
	return f
}

// GoMLX compares a tensor's backend with the program's, so buffers tell this one rather than go-xla's.

// Compile ends the program.
func (b *builder) Compile() (compute.Executable, error) {
	e, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	return executable{e, b.backend}, nil
}

// executable is a compiled program.
type executable struct {
	compute.Executable
	backend nesting
}

// Execute runs it.
func (e executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	own := make([]compute.Buffer, len(inputs))
	for i, in := range inputs {
		own[i] = in
		if b, ok := in.(*buffer); ok {
			own[i] = b.Buffer
		}
	}
	outputs, err := e.Executable.Execute(own, donate, device)
	for i, out := range outputs {
		outputs[i] = e.backend.buffer(out)
	}
	return outputs, err
}

// buffer is values on a device.
type buffer struct {
	compute.Buffer
	backend nesting
}

func (b nesting) buffer(of compute.Buffer) compute.Buffer { return &buffer{of, b} }

// Backend owns the buffer.
func (b *buffer) Backend() compute.Backend { return b.backend }

// CopyToDevice is the same values on another device.
func (b *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	copied, err := b.Buffer.CopyToDevice(device)
	if err != nil {
		return nil, err
	}
	return b.backend.buffer(copied), nil
}

// BufferFromFlatData copies values to a device.
func (b nesting) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	copied, err := b.Backend.BufferFromFlatData(device, flat, shape)
	if err != nil {
		return nil, err
	}
	return b.buffer(copied), nil
}

// NewSharedBuffer is memory that Go and the device share.
func (b nesting) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	shared, flat, err := b.Backend.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	return b.buffer(shared), flat, nil
}
