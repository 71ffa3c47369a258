package backend

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
)

// Backend is an open compute backend with a description. It is shared by the whole process, so
// don't call its Finalize while another part of the process may compute.
//
// Pass the embedded compute.Backend to GoMLX, and always the same value: GoMLX tells backends apart
// by comparing interfaces, and copies a tensor that it takes for another backend's.
type Backend struct {
	compute.Backend
	Info    Info   // which backend it is
	options string // go-xla's options, in the form that follows the plugin's path
}

// Info describes an open backend.
type Info struct {
	Name     string // "xla" or "go"
	Platform string // "cpu", "cuda", or the name of another PJRT plugin
	Path     string // the file of XLA's plugin; "" for the Go backend
	Note     string // a sentence that a person should read; "" if all is well
	Go       bool   // whether it is GoMLX's Go backend, which is slower and lacks DynamicSlice and some bodies of While
	Float64  bool   // whether it supports float64
}

// String returns a text such as "xla on cpu" or "go on cpu".
func (i Info) String() string { return i.Name + " on " + i.Platform }

// gate admits one goroutine at a time. Unlike a mutex, it lets waiting goroutines give up. It
// guards clients and opened.
var gate = make(chan struct{}, 1)

// clients are the open clients by plugin and options; several choices may share one.
var clients = make(map[string]compute.Backend)

// Client returns a backend like b whose programs run at the same time as those of b and those of
// b.Client with other numbers. XLA on the CPU runs the programs of one client one after another, so
// each number gets a client of its own. On other backends, and for number 0, Client returns b
// itself.
func (b *Backend) Client(ctx context.Context, number int) (*Backend, error) {
	if number == 0 || b.Info.Go || b.Info.Platform != "cpu" {
		return b, nil
	}
	leave, err := enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	client, err := shared(fmt.Sprintf("xla:%s%s client %d", b.Info.Path, b.options, number), func() (compute.Backend, error) {
		return newClient(b.Info.Path, b.Info.Platform, b.options)
	})
	if err != nil {
		return nil, fmt.Errorf("backend: the XLA plugin %s can't be opened a second time: %w", b.Info.Path, err)
	}
	return &Backend{Backend: client, Info: b.Info, options: b.options}, nil
}

// enter waits at the gate, until ctx ends. The caller must call leave.
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

// openGo opens GoMLX's backend in plain Go. Unless config says otherwise, it computes one operation
// at a time, each on all processors. When it computes several at once (compute v0.1.3), each of
// which takes a worker and waits for others to share its product with, all workers can wait for
// each other forever (workerspool.Saturate).
func openGo(config, note string) (*Backend, error) {
	if !strings.Contains(config, "ops_") {
		config = strings.TrimPrefix(config+",ops_sequential", ",")
	}
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

// openXLA opens the plugin in the file at path. platform is what it computes on.
func openXLA(path, platform, options string) (*Backend, error) {
	// go-xla takes a plugin for one of the CPU, whose buffers can share memory with Go and save a
	// copy, if there is a "cpu" anywhere in its path. The file name of our plugin contains one.
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

// shared returns the client for a key, and opens it if there is none. The caller is inside the
// gate.
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
