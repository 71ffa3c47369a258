//go:build cgo

package backend

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/go-xla/compute/xla"
)

// nesting is XLA with support for loops inside loops. GoMLX v0.28 makes every closure a child of
// the main function, wherever it is built. go-xla requires the condition and the body of a While to
// be children of the function that holds it, so a loop in the body of another loop could not be
// built. nesting makes a closure a child of the function that is being built when the closure is
// requested.
//
// Two limits remain. A closure reads only its parameters, GoMLX's cached scalars (Scalar, AddScalar
// and the like) included, so a loop inside a loop must make its constants again. And a reduction of
// one kind and dtype may occur in only one function of a program, because go-xla keeps the first
// one's.
//
// Nested loops are needed because training is a loop over steps, and a step through the inverse of
// an autoregressive flow has loops over features.
type nesting struct {
	*xla.Backend
	spreads bool // see Spread
}

// LoopsInLoops reports that loops inside loops are supported.
func (nesting) LoopsInLoops() bool { return true }

// Spread returns a name for a program whose products of matrices XLA spreads over processors. On a
// backend where that can't be chosen it returns the name as it is, and ok is false.
func (b nesting) Spread(name string) (marked string, ok bool) {
	if !b.spreads {
		return name, false
	}
	return spreadMark + name, true
}

// Builder returns a builder of a new program.
func (b nesting) Builder(name string) compute.Builder {
	inner, ok := b.Backend.Builder(name).(*xla.Builder)
	if !ok || inner == nil {
		return nil // go-xla logs the reason
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
	main, innermost *function // innermost is the last closure that hasn't returned yet, or main
}

// Main returns the main function.
func (b *builder) Main() compute.Function { return b.main }

// function is the main function or a closure.
type function struct {
	compute.Function
	builder *builder
	outer   *function // nil for main
	depth   int       // 0 for main
}

// Builder returns the builder that the function belongs to.
func (f *function) Builder() compute.Builder { return f.builder }

// Parent returns the function around a closure, or nil for main.
func (f *function) Parent() compute.Function {
	if f.outer == nil {
		return nil
	}
	return f.outer
}

// Closure begins a closure in the innermost function, whichever function it is called on.
func (f *function) Closure() (compute.Function, error) {
	outer := f.builder.innermost
	inner, err := outer.Function.Closure()
	if err != nil {
		return nil, err
	}
	f.builder.innermost = &function{Function: inner, builder: f.builder, outer: outer, depth: outer.depth + 1}
	return f.builder.innermost, nil
}

// Parameter adds a parameter to the function. Inside nested closures it makes the name unique,
// because the functions around them use it already.
func (f *function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if f.depth > 1 {
		name = fmt.Sprintf("%s_%d", name, f.depth)
	}
	return f.Function.Parameter(name, shape, sharding)
}

// Return ends the function. It returns an error if a closure in it hasn't ended.
func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if f != f.builder.innermost {
		return errors.New("backend: a function returned before the closures in it")
	}
	if f.outer != nil {
		f.builder.innermost = f.outer
	}
	return f.Function.Return(outputs, shardings)
}

// While builds a loop from go-xla's own closures.
func (f *function) While(condition, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	return f.Function.While(ofXLA(condition), ofXLA(body), state...)
}

// If builds a branch from go-xla's own closures.
func (f *function) If(condition compute.Value, then, otherwise compute.Function) ([]compute.Value, error) {
	return f.Function.If(condition, ofXLA(then), ofXLA(otherwise))
}

// Sort builds a sort with go-xla's own closure.
func (f *function) Sort(less compute.Function, axis int, stable bool, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Sort(ofXLA(less), axis, stable, inputs...)
}

// ofXLA returns go-xla's own function for f.
func ofXLA(f compute.Function) compute.Function {
	if f, ok := f.(*function); ok {
		return f.Function
	}
	return f
}

// Compile ends the program and compiles it.
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

// Execute runs the program.
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

// buffer holds values on a device. Its Backend is nesting rather than go-xla's, because GoMLX
// compares a tensor's backend with the program's.
type buffer struct {
	compute.Buffer
	backend nesting
}

// buffer wraps a buffer of go-xla.
func (b nesting) buffer(of compute.Buffer) compute.Buffer { return &buffer{of, b} }

// Backend returns the backend that owns the buffer.
func (b *buffer) Backend() compute.Backend { return b.backend }

// CopyToDevice copies the values to another device.
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

// NewSharedBuffer returns a buffer in memory that Go and the device share.
func (b nesting) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	shared, flat, err := b.Backend.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	return b.buffer(shared), flat, nil
}
