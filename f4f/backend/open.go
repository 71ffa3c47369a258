package backend

import (
	"context"
	"fmt"
)

// opened are the open backends by choice.
var opened = make(map[choice]*Backend)

// Open opens the compute backend for a choice: "xla", "xla:cpu", "xla:cuda",
// "xla:/path/to/plugin.so" or "go". The choices of XLA may be followed by a comma and go-xla's
// options; on the CPU, the option "devices=4" sets the number of devices. An explicit choice is
// obeyed, or Open returns an error. An empty choice stands for GOMLX_BACKEND. If that is empty too,
// Open picks the best backend that works on this machine: CUDA, else XLA on the CPU, else the Go
// backend with a note.
//
// The first Open on a machine may download XLA (60 MB; several GB on a machine with a GPU), see
// WithProgress. Opening the same choice again returns the same Backend. Open returns an error if
// the choice isn't valid, if the backend doesn't open, or if ctx ends.
func Open(ctx context.Context, text string) (*Backend, error) {
	c, err := choose(text)
	if err != nil {
		return nil, err
	}
	leave, err := enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if b := opened[c]; b != nil && !b.IsFinalized() {
		return b, nil
	}
	b, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("backend: %w", err)
	}
	opened[c] = b
	return b, nil
}

// open opens the backend for a choice. The caller is inside the gate.
func open(ctx context.Context, c choice) (*Backend, error) {
	switch c.kind {
	case goBackend:
		return openGo(c.options, "")
	case pluginFile:
		return openXLA(c.plugin, platformOf(c.plugin), c.options)
	case pluginName:
		path, err := findNamed(c.plugin)
		if err != nil {
			return nil, err
		}
		return openXLA(path, c.plugin, c.options)
	case cuda:
		return openCUDA(ctx, c.options, true)
	case cpu:
		return openCPU(ctx, c.options, true)
	}

	var note string
	if hasGPU() {
		b, err := openCUDA(ctx, c.options, c.kind == anyXLA)
		if err == nil {
			return b, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		note = fmt.Sprintf("The NVIDIA GPU here is left unused, because %v.", err)
	}
	b, err := openCPU(ctx, c.options, c.kind == anyXLA)
	if err == nil {
		b.Info.Note = note
		return b, nil
	}
	if c.kind == anyXLA || ctx.Err() != nil {
		return nil, err
	}
	return openGo("", slowNote(err))
}

// slowNote returns the note for a user who gets the Go backend without having asked for it.
func slowNote(reason error) string {
	return fmt.Sprintf("Computing with GoMLX's Go backend, some ten times slower than XLA, because %v; to get XLA, %s and start again.",
		reason, remedy(reason))
}
