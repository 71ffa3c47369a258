package fit

import (
	"fmt"
	"maps"
	"slices"
)

// judged judges the stretch that ends at the step reached. It returns unjudged if none does.
func (t *training) judged() verdict {
	s := t.stretchAt(t.state.Step - 1)
	if s.until != t.state.Step {
		return unjudged
	}
	return t.guard.judge(s, t.state.Losses[s.from:s.until])
}

// follow does what a verdict on the stretch that has just ended asks for. It reports whether it
// changed the weights.
func (t *training) follow(v verdict) (back bool, err error) {
	switch v {
	case good:
		return false, t.keepWeights()
	case diverged:
		if len(t.state.Kept) > 0 { // there are none in a checkpoint of a version without a guard
			return true, t.goBack()
		}
	}
	return false, nil
}

// keepWeights copies the weights. It keeps those before as well: a late step may have spoilt the
// new ones although the losses don't show it yet, while those before have trained well for a
// stretch.
func (t *training) keepWeights() error {
	weights, err := TakeSnapshot(t.problem.Store, false)
	if err != nil {
		return err
	}
	before := t.state.Kept[max(len(t.state.Kept)-(mostKept-1), 0):]
	t.state.Kept = append(slices.Clone(before), Kept{t.state.Step, weights})
	return nil
}

// goBack sets the weights to the oldest that are kept, and says so in a note. What else has
// happened stays: steps, losses, and the state of the random generator.
func (t *training) goBack() error {
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
	now, usual := levelOf(t.state.Losses[s.from:s.until], s.unit), t.guard.usual[s.kind]
	note := fmt.Sprintf("%s: the training diverged: the loss rose from %.3f to %.3f nats by step %d of %d. It went back to the weights of step %d and goes on from there; this is return %d of at most %d. A smaller learning rate or a smaller ClipNorm makes this rarer",
		t.problem.Flow, usual[len(usual)-1].mean, now.mean, s.until, t.state.Steps, kept.Step, t.guard.returns, mostReturns)
	if t.guard.returns == mostReturns {
		t.state.Kept = nil
		note += ". If the loss rises again, the training won't go back any more, and may end with such a loss"
	}
	t.event(Event{Loss: now.mean, Notes: []string{note}})
	return nil
}
