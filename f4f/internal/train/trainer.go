package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/memory"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// checkpointEvery is the most training that a process killed without warning can lose, if an epoch
// takes at least as long. An interruption by the context loses nothing.
const checkpointEvery = 10 * time.Second

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

// beforeItBegan returns the error of a fit whose context ended before training began.
func beforeItBegan(ctx context.Context, name string) error {
	return fmt.Errorf("f4f: %s: %w before it began: %w", name, fit.ErrInterrupted, context.Cause(ctx))
}

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

// Trainer trains one flow and keeps it in the store.
type Trainer struct {
	Place       Place
	Recipe      plan.Recipe
	entry       entry.Entry
	name        string
	fingerprint string
	Backend     *backend.Backend
	events      func(fit.Event)
	notes       []string       // to send with the next event
	Kept        flowfile.Notes // notes to keep with the flow

	Spec      any                // the spec that the flow's file will hold
	Objective func() fit.Problem // builds the problem without data and weights
	// subject builds the flow with these weights on a backend, for glimpses of this many points.
	Subject func(b compute.Backend, weights fit.Snapshot, points int) (*Subject, error)
	state   *fit.State // the state reached
}

// Note adds a note on the flow or its data to the next event, and keeps it with the flow.
func (t *Trainer) Note(text string) {
	if t.keepNote(text) {
		t.passing(text)
	}
}

// keepNote keeps a note with the flow, and reports whether it is new.
func (t *Trainer) keepNote(text string) bool {
	if text == "" || slices.Contains(t.Kept.Flow, text) {
		return false
	}
	t.Kept.Flow = append(t.Kept.Flow, text)
	return true
}

// passing adds a note to the next event without keeping it with the flow, because it concerns this
// fit alone.
func (t *Trainer) passing(text string) {
	if text != "" {
		t.notes = append(t.notes, text)
	}
}

// History returns the state reached, without tensors.
func (t *Trainer) History() *fit.State {
	h := *t.state
	h.Weights, h.Best, h.Kept = nil, nil, nil
	return &h
}

// origin returns what the flow's file will hold besides plan and weights.
func (t *Trainer) origin() flowfile.Origin {
	return flowfile.Origin{History: t.History(), Fingerprint: t.fingerprint, Notes: t.Kept}
}

// Run trains a problem from the start, or from where it was interrupted. It calls finish, which
// makes the flow from the weights reached and sets t.spec, and then writes the flow to the store.
// If the problem has a store, it holds frozen weights.
func (t *Trainer) Run(ctx context.Context, p fit.Problem, finish func(weights fit.Snapshot) error) error {
	if ctx.Err() != nil { // it ended while data were drawn
		return beforeItBegan(ctx, t.name)
	}
	if p.Flow = t.name; p.Store == nil {
		p.Store = model.NewStore()
	}
	if err := p.Store.SetRNGStateFromSeed(int64(t.Recipe.Seed)); err != nil {
		return fmt.Errorf("f4f: %s: %w", t.name, err)
	}
	var trainErr error
	defer func() {
		if !errors.Is(trainErr, fit.ErrInterrupted) { // after an interruption, a compilation may still be reading it
			p.Store.Finalize()
		}
	}()
	from, note, err := t.entry.Resumable(t.fingerprint)
	if err != nil {
		return err
	}
	t.passing(note)
	if len(t.notes) > 0 {
		t.event(fit.Event{})
	}
	trainingBegins(ctx)
	var state *fit.State
	state, trainErr = memberOf(ctx, t.fingerprint).run(ctx, t, p, optimiser(t.Recipe), from, fit.Hooks{
		Event:           t.event,
		CheckpointEvery: checkpointEvery,
		Glimpse:         t.glimpsing(ctx),
		Checkpoint:      func(s *fit.State) error { return t.entry.WriteCheckpoint(s, t.fingerprint) },
	})
	memory.Trim()
	if state == nil {
		return fmt.Errorf("f4f: %w", trainErr)
	}
	t.state = state
	weights := specs.FlowWeights(state.Weights)
	if err := finish(weights); err != nil {
		return errors.Join(trainErr, err)
	}
	switch {
	case errors.Is(trainErr, fit.ErrNotKept):
		return fmt.Errorf("f4f: %w; fit again to go on from the checkpoint before, if there is one", trainErr)
	case errors.Is(trainErr, fit.ErrInterrupted):
		return fmt.Errorf("f4f: %w; fit again to go on from %s", trainErr, t.entry.Checkpoint())
	case trainErr != nil:
		if err := flowfile.Write(t.entry.LastGood(), weights, t.Spec, t.origin()); err != nil {
			return errors.Join(trainErr, err)
		}
		return fmt.Errorf("f4f: %w; what was reached is in %s", trainErr, t.entry.LastGood())
	}
	return t.keep(weights)
}

// keep writes the trained flow to the store. If that fails, it writes the flow to the folder for
// temporary files, which may have room: the error then wraps fit.ErrNotKept and names the file.
func (t *Trainer) keep(weights fit.Snapshot) error {
	err := flowfile.Write(t.entry.Flow(), weights, t.Spec, t.origin())
	if err == nil {
		if err := os.Remove(t.entry.Checkpoint()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("f4f: %s: %w", t.name, err)
		}
		return nil
	}
	elsewhere := filepath.Join(os.TempDir(), fmt.Sprintf("f4f-%s-%.16s.safetensors", entry.Slug(t.name), t.fingerprint))
	if other := flowfile.Write(elsewhere, weights, t.Spec, t.origin()); other != nil {
		return fmt.Errorf("f4f: %s is trained, but %w in the store, nor in the folder for temporary files: %w; %w; save the flow that Fit returned, or make room and fit again", t.name, fit.ErrNotKept, err, other)
	}
	return fmt.Errorf("f4f: %s is trained, but %w in the store: %w; it is in %s instead, which can be loaded", t.name, fit.ErrNotKept, err, elsewhere)
}

// event sends an event with the notes that wait to be sent. The notes of the last event of a
// training are kept with the flow.
func (t *Trainer) event(e fit.Event) {
	e.Flow = t.name
	if e.Done {
		for _, note := range e.Notes {
			t.keepNote(note)
		}
	}
	e.Notes = append(e.Notes, t.notes...)
	t.notes = nil
	t.events(e)
}
