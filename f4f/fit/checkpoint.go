package fit

import (
	"context"
	"fmt"
	"time"
)

// checkpointRest is the shortest pause between checkpoints, as a multiple of the time that the last
// one took.
const checkpointRest = 50

// checkpoint hands over the state if a checkpoint is due.
func (t *training) checkpoint(epochEnded bool) error {
	if !t.checkpointDue(epochEnded) {
		return nil
	}
	return t.writeCheckpoint()
}

// checkpointDue reports whether a checkpoint is wanted now, and enough time has passed since the
// last.
func (t *training) checkpointDue(epochEnded bool) bool {
	since := time.Since(t.lastCheckpoint)
	return t.hooks.Checkpoint != nil && (epochEnded || since >= t.hooks.CheckpointEvery) && since >= checkpointRest*t.checkpointDuration
}

// writeCheckpoint hands over the state. It sends a note when that fails, and when it works again.
func (t *training) writeCheckpoint() error {
	began := time.Now()
	if err := t.snapshot(); err != nil {
		return err
	}
	err := t.hooks.Checkpoint(t.state)
	t.lastCheckpoint = time.Now()
	t.checkpointDuration = t.lastCheckpoint.Sub(began)
	note := ""
	switch {
	case err != nil && !t.checkpointFailed:
		note = fmt.Sprintf("%s: %v: %v. The training goes on and will try again", t.problem.Flow, ErrNotKept, err)
	case err == nil && t.checkpointFailed:
		note = fmt.Sprintf("%s: what was reached is kept again, at step %d", t.problem.Flow, t.state.Step)
	}
	t.checkpointFailed = err != nil
	if note != "" {
		t.event(Event{Loss: float64(t.state.Losses[len(t.state.Losses)-1]), Notes: []string{note}})
	}
	return nil
}

// interrupted hands over the state reached, and returns it with the error.
func (t *training) interrupted(ctx context.Context) (*State, error) {
	if err := t.snapshot(); err != nil {
		return nil, err
	}
	stopped := fmt.Errorf("fit: %s: %w at step %d of %d: %w", t.problem.Flow, ErrInterrupted, t.state.Step, t.state.Steps, context.Cause(ctx))
	if t.hooks.Checkpoint != nil {
		if err := t.hooks.Checkpoint(t.state); err != nil {
			return t.state, fmt.Errorf("%w; %w: %w", stopped, ErrNotKept, err)
		}
	}
	return t.state, stopped
}
