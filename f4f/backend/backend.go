package backend

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
)

// Backend is an open compute backend and what is to know about it. It is shared by the whole
// process, so nobody should call its Finalize while another part may compute.
//
// Hand the embedded compute.Backend to GoMLX, and always the same value: GoMLX tells backends apart
// by comparing interfaces, and copies a tensor that it thinks is another backend's.
type Backend struct {
	compute.Backend
	Info    Info   // which backend it is
	options string // go-xla's, as they follow the plugin's path
}

// Info tells which backend was opened.
type Info struct {
	Name     string // "xla" or "go"
	Platform string // what computes: "cpu", "cuda", or the name of another PJRT plugin
	Path     string // the file of XLA's plugin; empty for the Go backend
	Note     string // one sentence that a person should read, empty when all is as it should be
	Go       bool   // GoMLX's Go backend: it is slower, and lacks DynamicSlice and some bodies of While
	Float64  bool   // it computes in float64 too
}

// String reads as "xla on cpu" or "go on cpu".
func (i Info) String() string { return i.Name + " on " + i.Platform }

// gate lets one goroutine in at a time and, unlike a mutex, lets those who wait give up. It guards
// what follows.
var (
	gate    = make(chan struct{}, 1)
	opened  = make(map[choice]*Backend)
	clients = make(map[string]compute.Backend) // by plugin and options: two choices may come to the same client
)

// Open gives the compute backend for a choice: "xla", "xla:cpu", "xla:cuda",
// "xla:/path/to/plugin.so" (each of them with go-xla's options after a comma, or on the CPU
// "devices=4" for as many) or "go". An explicit choice is obeyed or fails; an empty one means
// GOMLX_BACKEND, and where that is empty too, the best that this machine has: CUDA, else XLA on the
// CPU, else the Go backend with a note.
//
// The first Open on a machine may download XLA (60 MB, on a machine with a GPU some GB), see
// WithProgress. Opening the same choice again gives the same Backend.
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

// Beside gives a backend like b whose programs run at the same time as those of b and of b's Beside
// of any other number. XLA runs what one client has on the CPU one program after another, so it
// takes a client for each; elsewhere, and for the number 0, it is b itself.
func (b *Backend) Beside(ctx context.Context, number int) (*Backend, error) {
	if number == 0 || b.Info.Go || b.Info.Platform != "cpu" {
		return b, nil
	}
	leave, err := enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	client, err := shared(fmt.Sprintf("xla:%s%s beside %d", b.Info.Path, b.options, number), func() (compute.Backend, error) {
		return newClient(b.Info.Path, b.Info.Platform, b.options)
	})
	if err != nil {
		return nil, fmt.Errorf("backend: the XLA plugin %s did not open once more: %w", b.Info.Path, err)
	}
	return &Backend{Backend: client, Info: b.Info, options: b.options}, nil
}

// enter waits at the gate.
func enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("backend: %w", err)
	}
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("backend: %w", ctx.Err())
	}
}

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

// slowNote is the sentence for whoever gets the Go backend without having asked for it.
func slowNote(reason error) string {
	return fmt.Sprintf("Computing with GoMLX's Go backend, some ten times slower than XLA, because %v; to get XLA, %s and start again.",
		reason, remedy(reason))
}

// openGo opens GoMLX's backend in plain Go.
func openGo(config, note string) (*Backend, error) {
	client, err := shared("go:"+config, func() (compute.Backend, error) { return gobackend.New(config) })
	if err != nil {
		return nil, fmt.Errorf("the Go backend did not open: %w", err)
	}
	return &Backend{Backend: client, Info: Info{
		Name:     "go",
		Platform: "cpu",
		Note:     note,
		Go:       true,
		Float64:  client.Capabilities().DTypes[dtypes.Float64],
	}}, nil
}

// openXLA opens the plugin in a file. platform is what it computes on.
func openXLA(path, platform, options string) (*Backend, error) {
	// go-xla takes a plugin for one of the CPU, whose buffers can share memory with Go and save a
	// copy, by a "cpu" anywhere in its path: the file's name sees to that.
	client, err := shared("xla:"+path+options, func() (compute.Backend, error) { return newClient(path, platform, options) })
	if err != nil {
		return nil, fmt.Errorf("the XLA plugin %s did not open: %w", path, err)
	}
	return &Backend{Backend: client, options: options, Info: Info{
		Name:     "xla",
		Platform: platform,
		Path:     path,
		Float64:  client.Capabilities().DTypes[dtypes.Float64],
	}}, nil
}

// shared gives the client opened under a key, or opens it. The caller is inside the gate.
func shared(key string, open func() (compute.Backend, error)) (client compute.Backend, err error) {
	if client := clients[key]; client != nil && !client.IsFinalized() {
		return client, nil
	}
	// Constructors of backends panic on options that they don't know.
	defer func() {
		if r := recover(); r != nil {
			client, err = nil, fmt.Errorf("%v", r)
		}
	}()
	client, err = open()
	if err != nil {
		return nil, err
	}
	clients[key] = client
	return client, nil
}
