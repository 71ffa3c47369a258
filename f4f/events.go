package f4f

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Sentinels for what a caller may want to tell apart, with errors.Is.
var (
	// ErrNonFinite: a loss was NaN or infinite; what is returned holds the weights of the last good epoch.
	ErrNonFinite = fit.ErrNonFinite
	// ErrInterrupted: the context ended; what is returned holds the weights reached, and fitting the plan again goes on from there.
	ErrInterrupted = fit.ErrInterrupted
	// ErrNotKept: the disk was full, or else couldn't be written; what is returned holds the weights reached.
	ErrNotKept = fit.ErrNotKept
	// ErrCorrupt: a file is damaged, or not what it should be.
	ErrCorrupt = fit.ErrCorrupt
)

type eventsKey struct{}

// WithEvents gives a context under which Fit tells how far it has come: receive is called a few times a second from the
// goroutines that train, one call at a time. A progress bar is one; package kernelext has it.
func WithEvents(ctx context.Context, receive func(fit.Event)) context.Context {
	var mu sync.Mutex
	guarded := func(e fit.Event) {
		mu.Lock()
		defer mu.Unlock()
		if receive != nil {
			receive(e)
		}
	}
	var said atomic.Value // each step of an installation is told once, not each percent
	said.Store("")
	ctx = context.WithValue(ctx, eventsKey{}, guarded)
	return backend.WithProgress(ctx, func(p backend.Progress) {
		if said.Swap(p.Text) != p.Text {
			guarded(fit.Event{Flow: "XLA", Notes: []string{p.Text}})
		}
	})
}

// events is the receiver of a context, or one that listens to nothing.
func events(ctx context.Context) func(fit.Event) {
	if receive, ok := ctx.Value(eventsKey{}).(func(fit.Event)); ok {
		return receive
	}
	return func(fit.Event) {}
}
