package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Job loads a flow from its file, or trains it.
type Job struct {
	Load  func(ctx context.Context, path string) (fingerprint string, notes []string, err error)
	Train func(ctx context.Context, t *Trainer) error
}

// Obtain loads a flow from the store, or trains it if the store lacks it. If several processes want
// the same flow, one of them trains it and the others wait.
func (s Place) Obtain(ctx context.Context, recipe plan.Recipe, name, print string, j Job) error {
	if ctx == nil {
		return ErrNoContext(name + ": Fit")
	}
	if ctx.Err() != nil {
		return beforeItBegan(ctx, name)
	}
	e, err := entry.Open(s.Store, name, print)
	if err != nil {
		return err
	}
	to := receiverOf(ctx)
	err = s.loadStored(ctx, to, e, name, print, j)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	unlock, err := e.Lock(ctx, func(holder string) {
		memberOf(ctx, print).Leave() // otherwise two processes might wait for each other
		to.tell(fit.Event{Flow: name, Notes: []string{fmt.Sprintf("%s: %s trains the same plan; waiting for it", name, holder)}}, slog.LevelInfo)
	})
	if err != nil {
		return err
	}
	defer unlock()
	err = s.loadStored(ctx, to, e, name, print, j) // another process may have trained it during the wait
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	t := &Trainer{Place: s, Recipe: recipe, entry: e, name: name, fingerprint: print, events: to.event}
	if err := e.Clean(); err != nil {
		return err
	}
	if t.Backend, err = s.Open(ctx); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", fit.ErrInterrupted, err)
		}
		return fmt.Errorf("f4f: %s: %w", name, err)
	}
	if note := t.Backend.Info.Note; note != "" {
		to.ofTraining(name, note)
		t.keepNote(whenTrained + note)
	}
	err = j.Train(ctx, t)
	if len(t.notes) > 0 { // send the notes of a fit that failed before its first event
		t.event(fit.Event{})
	}
	return err
}

// whenTrained begins the note on the backend that trained a flow, because another one may run it
// now.
const whenTrained = "When it was trained: "

// HasFlow reports whether the store has a file of the plan's flow, valid or not.
func (s Place) HasFlow(name, print string) bool {
	e, err := entry.Of(s.Store, name, print)
	return err == nil && e.HasFlow()
}

// loadStored loads the flow's file from the store. It returns fs.ErrNotExist if there is none, or
// if the file is damaged or of another plan and has been set aside.
func (s Place) loadStored(ctx context.Context, to receiver, e entry.Entry, name, print string, j Job) error {
	if _, err := os.Stat(e.Flow()); err != nil {
		return err
	}
	own, notes, err := j.Load(ctx, e.Flow())
	suffix := entry.Damaged
	if err == nil && own != print {
		suffix, err = entry.Foreign, fmt.Errorf("f4f: %s is of another plan, %.16s", e.Flow(), own)
	}
	if suffix == entry.Foreign || errors.Is(err, fit.ErrCorrupt) {
		note, err := entry.SetAside(e.Flow(), suffix, err)
		if err != nil {
			return err
		}
		to.event(fit.Event{Flow: name, Notes: []string{note}})
		return fs.ErrNotExist
	}
	if err == nil {
		to.event(fit.Event{Flow: name, Loaded: true, Done: true, Notes: slices.Clone(notes)})
	}
	return err
}

// ErrNoContext returns the error of a call with a nil context.
func ErrNoContext(what string) error {
	return fmt.Errorf("f4f: %s needs a context, got nil; context.Background() is one that never ends", what)
}
