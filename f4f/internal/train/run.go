package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/memory"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// checkpointEvery is the most training that a process killed without warning can lose, if an epoch
// takes at least as long. An interruption by the context loses nothing.
const checkpointEvery = 10 * time.Second

// Run trains a problem from the start, or from where it was interrupted. It calls finish, which
// makes the flow from the weights reached and sets t.Spec, and then writes the flow to the store.
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

// beforeItBegan returns the error of a fit whose context ended before training began.
func beforeItBegan(ctx context.Context, name string) error {
	return fmt.Errorf("f4f: %s: %w before it began: %w", name, fit.ErrInterrupted, context.Cause(ctx))
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
