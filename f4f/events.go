package f4f

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Sentinels for what a caller may want to tell apart, with errors.Is.
var (
	// ErrNonFinite: a loss was NaN or infinite; what is returned holds the weights of the last good
	// epoch.
	ErrNonFinite = fit.ErrNonFinite
	// ErrInterrupted: the context ended; what is returned holds the weights reached, and fitting
	// the plan again goes on from there.
	ErrInterrupted = fit.ErrInterrupted
	// ErrNotKept: the disk was full, or else couldn't be written; what is returned holds the
	// weights reached.
	ErrNotKept = fit.ErrNotKept
	// ErrCorrupt: a file is damaged, or not what it should be.
	ErrCorrupt = fit.ErrCorrupt
)

type eventsKey struct{}

// WithEvents gives a context under which Fit tells how far it has come: receive is called a few
// times a second from the goroutines that train, one call at a time. A progress bar is one; package
// kernelext has it.
//
// Events carry notes, which a person should read. Under a context without WithEvents they go to
// log/slog instead, each once a fit, and the note on the backend once a process; a nil receive drops
// them. Loading a flow tells its notes again.
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
	ctx = context.WithValue(ctx, eventsKey{}, receiver{tell: func(e fit.Event, _ slog.Level) { guarded(e) }})
	return backend.WithProgress(ctx, func(p backend.Progress) {
		if said.Swap(p.Text) != p.Text {
			guarded(fit.Event{Flow: "XLA", Notes: []string{p.Text}})
		}
	})
}

// receiver is where the events of a context go.
type receiver struct {
	tell func(e fit.Event, level slog.Level) // level is that of the event's notes
	logs bool                                // whether that is log/slog, for want of a WithEvents
}

// receiverOf returns the receiver of a context, or else one that writes each note to log/slog once.
func receiverOf(ctx context.Context) receiver {
	if r, ok := ctx.Value(eventsKey{}).(receiver); ok {
		return r
	}
	var mu sync.Mutex
	said := map[[2]string]bool{} // flow and note
	return receiver{logs: true, tell: func(e fit.Event, level slog.Level) {
		mu.Lock()
		defer mu.Unlock()
		for _, note := range e.Notes {
			if what := [2]string{e.Flow, note}; !said[what] {
				said[what] = true
				slog.Log(ctx, level, "f4f: "+strings.TrimPrefix(note, "f4f: "), "flow", e.Flow)
			}
		}
	}}
}

// event sends an event whose notes are warnings.
func (r receiver) event(e fit.Event) { r.tell(e, slog.LevelWarn) }

// ofTraining sends the note on the backend that is about to train a flow: to a log once in the
// process, to a WithEvents with each flow.
func (r receiver) ofTraining(flow, note string) {
	if firstOfBackend(note) || note != "" && !r.logs {
		r.event(fit.Event{Flow: flow, Notes: []string{note}})
	}
}

// ofRunning sends the note on the backend that runs a loaded flow, once in the process.
func (r receiver) ofRunning(flow, note string) {
	if firstOfBackend(note) {
		r.event(fit.Event{Flow: flow, Notes: []string{note}})
	}
}

// toldOfBackends are the notes on backends that this process has told. Every flow opens a backend.
var toldOfBackends sync.Map

// firstOfBackend reports whether a note on a backend has yet to be told, and marks it as told.
func firstOfBackend(note string) bool {
	if note == "" {
		return false
	}
	_, told := toldOfBackends.LoadOrStore(note, true)
	return !told
}
