package train

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

type eventsKey struct{}

// WithEvents returns a context in which receive gets the events of fits; see f4f.WithEvents.
func WithEvents(ctx context.Context, receive func(fit.Event)) context.Context {
	var mu sync.Mutex
	guarded := func(e fit.Event) {
		mu.Lock()
		defer mu.Unlock()
		if receive != nil {
			receive(e)
		}
	}
	var said atomic.Value // report each step of an installation once, not once per percent
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
	logs bool                                // the receiver is log/slog, because the context has no WithEvents
}

// receiverOf returns the receiver of a context. Without one, it returns a receiver that logs each
// note once by log/slog.
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
// process, and to a WithEvents receiver for each flow.
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

// toldOfBackends holds the notes on backends that this process has already sent. Every flow opens a
// backend.
var toldOfBackends sync.Map

// firstOfBackend reports whether a note on a backend has not been sent yet, and marks it as sent.
func firstOfBackend(note string) bool {
	if note == "" {
		return false
	}
	_, told := toldOfBackends.LoadOrStore(note, true)
	return !told
}

// SendNotes sends the notes of a flow that was loaded from a file.
func SendNotes(ctx context.Context, flow string, notes []string) {
	if len(notes) > 0 {
		receiverOf(ctx).event(fit.Event{Flow: flow, Loaded: true, Done: true, Notes: slices.Clone(notes)})
	}
}

// Tell sends a note about how a flow is trained, which isn't kept with it.
func Tell(ctx context.Context, flow, note string) {
	receiverOf(ctx).event(fit.Event{Flow: flow, Notes: []string{note}})
}

// OpenBackend opens the backend that will run a trained flow, and sends the note on it.
func OpenBackend(ctx context.Context, choice, flow string) (*backend.Backend, error) {
	b, err := backend.Open(ctx, choice)
	if err != nil {
		return nil, err
	}
	receiverOf(ctx).ofRunning(flow, b.Info.Note)
	return b, nil
}
