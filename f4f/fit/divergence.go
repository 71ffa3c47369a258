package fit

import (
	"fmt"
	"maps"
	"slices"
)

// judgeStretch judges the stretch that ends at the step reached. It returns unjudged if none does.
func (t *training) judgeStretch() verdict {
	s := t.stretchAt(t.state.Step - 1)
	if s.until != t.state.Step {
		return unjudged
	}
	return t.guard.judge(s, t.state.Losses[s.from:s.until])
}

// applyVerdict keeps the weights or rolls the training back, as the verdict on the stretch that has
// just ended requires. It reports whether it rolled back.
func (t *training) applyVerdict(v verdict) (rolledBack bool, err error) {
	switch v {
	case good:
		return false, t.keepWeights()
	case diverged:
		if len(t.state.Kept) > 0 { // there are none in a checkpoint of a version without a guard
			return true, t.rollBack()
		}
	}
	return false, nil
}

// keepWeights copies the weights, and keeps the previous copy as well. The last steps of the
// stretch may have spoilt the new weights although the losses don't show it yet. The previous ones
// have been followed by a good stretch.
func (t *training) keepWeights() error {
	weights, err := TakeSnapshot(t.problem.Store, false)
	if err != nil {
		return err
	}
	previous := t.state.Kept[max(len(t.state.Kept)-(maxKept-1), 0):]
	t.state.Kept = append(slices.Clone(previous), Kept{t.state.Step, weights})
	return nil
}

// rollBack sets the weights to the oldest that are kept, and sends a note. Steps, losses and the
// state of the random generator stay as they are.
func (t *training) rollBack() error {
	kept := t.state.Kept[0]
	weights := maps.Clone(kept.Weights)
	if g := generator(t.problem.Store); g != nil {
		delete(weights, g.Path())
	}
	if err := weights.Restore(t.problem.Store); err != nil {
		return err
	}
	t.state.Kept = []Kept{kept}
	s := t.stretchAt(t.state.Step - 1)
	now, recent := levelOf(t.state.Losses[s.from:s.until], s.unit), t.guard.recent[s.kind]
	note := fmt.Sprintf("%s: the training diverged: the loss rose from %.3f to %.3f nats by step %d of %d. It went back to the weights of step %d and goes on from there; this is return %d of at most %d. A smaller learning rate or a smaller ClipNorm makes this rarer",
		t.problem.Flow, recent[len(recent)-1].mean, now.mean, s.until, t.state.Steps, kept.Step, t.guard.rollbacks, maxRollbacks)
	if t.guard.rollbacks == maxRollbacks {
		t.state.Kept = nil
		note += ". If the loss rises again, the training won't go back any more, and may end with such a loss"
	}
	t.event(Event{Loss: now.mean, Notes: []string{note}})
	return nil
}
