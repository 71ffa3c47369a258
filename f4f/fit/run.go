package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/compute"
)

// Run trains the problem's weights by the recipe and returns the state reached. The weights are in
// the problem's store as well (but see Problem.CacheKey).
//
// from is the state to resume, or nil to start. The weights of a new run are initialised from the
// store's generator, which the caller seeds.
//
// The training has diverged if the mean loss of a 64th of it, or of 100 steps, is far above that of
// the parts before. Run then goes back to weights and moments that it kept some such parts earlier,
// and sends a note. Steps, schedule, batches and recorded losses go on from where they are. Run
// goes back at most 16 times. Whether it does depends only on the losses and on the lengths of the
// training and its phases. So a resumed run goes back where one that never stopped does, and the
// weights of a run that doesn't diverge are not changed by any of this.
//
// If ctx ends, Run stops within a chunk and returns the state reached, with an error that wraps
// ErrInterrupted, and also ErrNotKept if the last checkpoint failed. If ctx ends while the training
// is being set up, the state is nil. If a loss isn't finite, Run returns the state at the end of
// the last good epoch, with an error that wraps ErrNonFinite and names the step. On any other error
// the state is nil.
func Run(ctx context.Context, backend compute.Backend, p Problem, r Recipe, from *State, hooks Hooks) (*State, error) {
	if err := p.validateOn(backend, r); err != nil {
		return nil, err
	}
	t, err := begin(ctx, p.Flow, func() (*training, error) {
		t, err := newTraining(backend, p, r, from, hooks)
		if err != nil {
			return nil, err
		}
		if err := t.padValidation(); err != nil {
			t.close()
			return nil, err
		}
		return t, nil
	})
	if err != nil {
		return nil, err
	}
	state, err := t.run(ctx)
	if state == nil || !t.shelve() {
		t.close()
	}
	return state, err
}

func (t *training) run(ctx context.Context) (*State, error) {
	if err := t.setLastGood(); err != nil {
		return nil, err
	}
	t.feeder = newFeeder(t.backend, t.problem, t.recipe, t.state.Step)
	for t.state.Step < t.state.Steps && !t.stoppedEarly() {
		if err := t.epoch(ctx); err != nil {
			switch {
			case ctx.Err() != nil:
				return t.interrupted(ctx)
			case errors.Is(err, ErrNonFinite):
				return t.failed(err)
			}
			return nil, err
		}
	}
	return t.finished()
}

// finished returns the state at the end of the training.
func (t *training) finished() (*State, error) {
	if t.recipe.KeepBest && t.state.Best != nil {
		if err := t.state.Best.Restore(t.problem.Store); err != nil {
			return nil, err
		}
	}
	t.state.Kept = nil
	if err := t.snapshot(); err != nil {
		return nil, err
	}
	done := Event{Done: true}
	if note := t.worsened(); note != "" {
		done.Notes = []string{note}
	}
	t.event(done)
	return t.state, nil
}

// worsened returns a note if the training ends well above its best epoch: by more than the chance
// difference of two scores of so many points, whose log-density varies by about 1. It returns ""
// otherwise, and if the recipe keeps the best epoch.
func (t *training) worsened() string {
	s := t.state
	if t.recipe.KeepBest || s.BestEpoch == 0 {
		return ""
	}
	best, last := s.Epochs[s.BestEpoch-1].Validation, s.Epochs[len(s.Epochs)-1].Validation
	if last-best <= max(0.05, 2/math.Sqrt(float64(t.heldOut))) {
		return ""
	}
	return fmt.Sprintf("%s: the validation loss was best after epoch %d, at %.3f nats, and is %.3f at the end. KeepBest() ends with that epoch's weights; a smaller learning rate makes such a drift rarer, and more points reduce over-fitting",
		t.problem.Flow, s.BestEpoch, best, last)
}

// epoch takes the remaining steps of the current epoch, window by window, and scores it.
func (t *training) epoch(ctx context.Context) error {
	number := t.state.Step / t.perEpoch
	program := t.programs[t.problem.phase(number)]
	for t.state.Step < (number+1)*t.perEpoch {
		began := time.Now()
		w, err := t.feeder.next(ctx)
		if err != nil {
			return err
		}
		t.addWaiting(program, time.Since(began))
		err = t.window(ctx, number, program, w)
		w.release()
		if err != nil {
			return err
		}
	}
	return t.endEpoch(number)
}

// window takes the remaining steps of a window of an epoch (from 0).
func (t *training) window(ctx context.Context, number int, program program, w *window) error {
	start := number*t.perEpoch + w.from
	turns := len(t.problem.Phases[t.problem.phase(number)])
	for steps := w.until - w.from; t.state.Step < start+steps; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.compilations.ready(ctx, t.problem, t.recipe, program, t.ran[program], t.scorer); err != nil {
			return err
		}
		from := t.state.Step - start
		until := min(from+t.chunk(program, turns), steps, t.stretchAt(t.state.Step).until-start)
		began := time.Now()
		losses, err := program.run(t.recipe.schedule(t.state.Steps), start, from, until, w)
		if err != nil {
			return fmt.Errorf("fit: %s, step %d: %w", t.problem.Flow, start+from+1, err)
		}
		if err := t.recordLosses(program, losses, time.Since(began), number); err != nil {
			return err
		}
		if _, err := t.applyVerdict(t.judgeStretch()); err != nil {
			return err
		}
		if t.hooks.Glimpse != nil {
			t.hooks.Glimpse(t.state.Step, t.state.Steps, func() (Snapshot, error) { return TakeSnapshot(t.problem.Store, false) })
		}
		if t.state.Step == (number+1)*t.perEpoch {
			break // the end of the epoch has its own checkpoint; one from here would be resumed without the epoch's record
		}
		if err := t.checkpoint(false); err != nil {
			return err
		}
	}
	return nil
}

// endEpoch scores an epoch (from 0), and records its losses and weights.
func (t *training) endEpoch(number int) error {
	validation := []float64{math.NaN()}
	if t.scorer != nil {
		var err error
		if validation, err = t.scorer.score(t.problem.Validation, t.heldOut); err != nil {
			return fmt.Errorf("fit: %s: validation after epoch %d: %w", t.problem.Flow, number+1, err)
		}
	}
	if err := t.recordEpoch(number, validation[0]); err != nil {
		return err
	}
	return t.checkpoint(true)
}

// stoppedEarly reports whether the validation loss has not improved for Recipe.EarlyStop epochs.
func (t *training) stoppedEarly() bool {
	return t.recipe.EarlyStop > 0 && t.state.BestEpoch > 0 && len(t.state.Epochs)-t.state.BestEpoch >= t.recipe.EarlyStop
}

// failed returns to the state at the end of the last good epoch.
func (t *training) failed(cause error) (*State, error) {
	if err := t.lastGood.Weights.Restore(t.problem.Store); err != nil {
		return nil, fmt.Errorf("%w; and the last good epoch can't be restored: %w", cause, err)
	}
	t.state = t.lastGood
	t.state.Kept = nil
	return t.state, cause
}
