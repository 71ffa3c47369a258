package fit

import (
	"fmt"
	"math"
	"time"
)

// chunkSeconds is the intended duration of a call to the device. It determines how often progress
// is reported and a cancellation noticed.
const chunkSeconds = 0.25

// addWaiting adds time spent waiting for data, so that the rate includes it.
func (t *training) addWaiting(program program, waited time.Duration) {
	if t.ran[program] {
		t.timed += waited
	}
}

// recordLosses records the losses of steps of an epoch (from 0), and the time that they took. It
// returns an error if the last of them isn't finite.
func (t *training) recordLosses(program program, losses []float32, elapsed time.Duration, number int) error {
	if t.ran[program] {
		t.timed += elapsed
		t.timedSteps += len(losses)
	}
	t.ran[program] = true
	t.shift(losses, number)
	t.state.Losses = append(t.state.Losses, losses...)
	t.state.Step += len(losses)
	if last := losses[len(losses)-1]; !finite(last) {
		return fmt.Errorf("fit: %s: %w: it is %g at step %d of %d (epoch %d); the flow keeps what it had at the end of epoch %d. Smaller learning rates, standardised data and gradient clipping are the usual remedies",
			t.problem.Flow, ErrNonFinite, last, t.state.Step, t.state.Steps, number+1, len(t.lastGood.Epochs))
	}
	t.event(Event{Loss: mean(losses)})
	return nil
}

// shift adds the problem's shifts to losses of steps of an epoch (from 0) that are about to be
// recorded.
func (t *training) shift(losses []float32, number int) {
	if t.problem.Shifts == nil {
		return
	}
	turns := t.problem.Shifts[t.problem.phase(number)]
	for i := range losses {
		losses[i] += float32(turns[(t.state.Step+i-number*t.perEpoch)%len(turns)])
	}
}

// recordEpoch records the losses of an epoch (from 0) and copies its weights. validation is NaN
// without validation data.
func (t *training) recordEpoch(number int, validation float64) error {
	validation += t.problem.ValidationShift
	record := EpochRecord{Loss: mean(t.state.Losses[number*t.perEpoch:]), Validation: validation}
	if t.scorer != nil {
		if math.IsNaN(record.Validation) || math.IsInf(record.Validation, 0) {
			return fmt.Errorf("fit: %s: %w: the validation loss is %g after epoch %d", t.problem.Flow, ErrNonFinite, record.Validation, number+1)
		}
	}
	t.state.Epochs = append(t.state.Epochs, record)
	if t.scorer != nil && (t.state.BestEpoch == 0 || record.Validation < t.state.Epochs[t.state.BestEpoch-1].Validation) {
		t.state.BestEpoch = number + 1
		if t.recipe.KeepBest {
			var err error
			if t.state.Best, err = TakeSnapshot(t.problem.Store, true); err != nil {
				return err
			}
		}
	}
	if err := t.setLastGood(); err != nil {
		return err
	}
	t.event(Event{Loss: record.Loss, EpochEnded: true})
	return nil
}

// setLastGood copies the state, which failed returns if a later loss isn't finite.
func (t *training) setLastGood() error {
	if err := t.snapshot(); err != nil {
		return err
	}
	good := *t.state
	t.lastGood = &good
	return nil
}

// snapshot copies the store's values, the time and the rate into the state.
func (t *training) snapshot() (err error) {
	t.state.Seconds = t.trainedBefore + time.Since(t.began).Seconds()
	if rate := t.rate(); rate > 0 {
		t.state.Rate = rate
	}
	t.state.Weights, err = TakeSnapshot(t.problem.Store, false)
	return err
}

// rate returns the steps per second of this run, without the first call of each program; 0 if
// unknown.
func (t *training) rate() float64 {
	if t.timedSteps == 0 {
		return 0
	}
	return float64(t.timedSteps) / t.timed.Seconds()
}

// chunk returns the number of steps of the next call, a multiple of the number of losses that
// alternate.
func (t *training) chunk(p program, turns int) int {
	if !t.ran[p] || t.timedSteps == 0 {
		return turns // a short first call, to report soon that training has begun
	}
	steps := int(t.rate() * chunkSeconds)
	return min(max(steps/turns, 1), maxChunkSteps/turns) * turns
}

// estimateAfter is the time of steps after which events tell the time left. The first chunks of
// steps are no measure of it.
const estimateAfter = time.Second

// event fills in the remaining fields of an event and sends it.
func (t *training) event(e Event) {
	if t.hooks.Event == nil {
		return
	}
	s := t.state
	e.Flow, e.Step, e.Steps, e.Epochs = t.problem.Flow, s.Step, s.Steps, t.recipe.Epochs
	e.Epoch = min(s.Step/t.perEpoch+1, t.recipe.Epochs)
	if e.EpochEnded {
		e.Epoch = len(s.Epochs)
	}
	e.Validation = math.NaN()
	if n := len(s.Epochs); n > 0 {
		e.Validation = s.Epochs[n-1].Validation
		if e.Done {
			e.Loss = s.Epochs[n-1].Loss
		}
	}
	e.LossesAreBounds = s.LossesAreBounds
	e.LearningRate = t.recipe.rateAt(s.Step, s.Steps)
	if e.Rate = t.rate(); e.Rate > 0 && t.timed >= estimateAfter {
		e.Remaining = time.Duration(float64(s.Steps-s.Step) / e.Rate * float64(time.Second))
	}
	t.hooks.Event(e)
}
