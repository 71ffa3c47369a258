package fit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
)

// Member is one of several flows that are trained at once. It holds what Run takes for a single
// flow, except for the recipe, which all members share.
type Member struct {
	Problem Problem // with the member's own store and data
	Seed    uint64  // seed of the shuffling, in place of the recipe's
	From    *State  // the state to resume, nil to start
	Hooks   Hooks   // called for this member
}

// RunTogether trains several flows as one program, in which every step is a step of each flow. A
// single small flow leaves a GPU idle most of the time.
//
// Members must have one shape: their variables and data have the same shapes. Each starts from its
// own store's generator, by the same initialisers. Members that resume a state must have taken the
// same number of steps.
//
// all describes the program: its store receives the variables of all members, each stacked along a
// first axis, and its phases and score are those of stacked flows. Its losses take the members'
// batches one below another, [members·batch, width], and return each member's loss, [members]. Its
// score returns [members·batch]. What it computes for the rows of one member must not depend on
// those of another. Its data are the members', and are set here.
//
// Each member is initialised, shuffled, clipped, scored, checkpointed and reported as by Run, ends
// as by Run, and has the same weights as from Run except for rounding. A member whose loss isn't
// finite fails alone, and one that diverges goes back alone. States and errors are in the order of
// the members; an error that concerns the whole run is returned for every member that had not
// ended.
func RunTogether(ctx context.Context, backend compute.Backend, all Problem, recipe Recipe, members []Member) ([]*State, []error) {
	t, err := begin(ctx, all.Flow, func() (*together, error) { return newTogether(backend, all, recipe, members) })
	if err != nil {
		return make([]*State, len(members)), slices.Repeat([]error{err}, len(members))
	}
	defer t.close()
	t.run(ctx)
	return t.states, t.errs
}

// together is a run of several flows. What belongs to one flow is in its training. That training's
// store is updated with the flow's share of the weights whenever its state is needed.
type together struct {
	backend      compute.Backend
	problem      Problem // of all flows together
	recipe       Recipe  // with the batch of all flows together
	members      []*training
	step         int // steps taken
	programs     []program
	feeder       *feeder
	scorer       *scorer
	compilations compilations

	ended  []bool // by member, like the fields that follow
	states []*State
	errs   []error
}

func newTogether(backend compute.Backend, all Problem, recipe Recipe, members []Member) (*together, error) {
	t := &together{
		backend: backend, problem: all, recipe: recipe,
		states: make([]*State, len(members)), errs: make([]error, len(members)), ended: make([]bool, len(members)),
	}
	if err := t.setUp(members); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// setUp makes the trainings of the members, and the data and programs of all of them together.
func (t *together) setUp(members []Member) error {
	if t.recipe.Devices > 1 {
		return fmt.Errorf("fit: several flows at once are trained on one device, got %d", t.recipe.Devices)
	}
	for _, m := range members {
		own := t.recipe
		own.Seed, own.Window = m.Seed, 0
		m.Problem.CacheKey = "" // its own programs are never compiled
		if err := m.Problem.validate(own); err != nil {
			return err
		}
		member, err := newTraining(t.backend, m.Problem, own, m.From, m.Hooks)
		if err != nil {
			return err
		}
		t.members = append(t.members, member)
		t.problem.seeds = append(t.problem.seeds, m.Seed)
	}
	first, flows := t.members[0], len(members)
	t.step = first.state.Step
	for k, m := range t.members {
		if m.state.Step != t.step || len(m.state.Epochs) != len(first.state.Epochs) {
			return fmt.Errorf("fit: flows to be trained at once must have taken the same steps, got %d of %s and %d of %s",
				t.step, first.problem.Flow, m.state.Step, members[k].Problem.Flow)
		}
	}
	var err error
	if t.problem.Data, err = concatenated(t.problem.Flow, t.members, func(p Problem) []*tensors.Tensor { return p.Data }, false); err != nil {
		return err
	}
	if t.problem.Validation, err = concatenated(t.problem.Flow, t.members, func(p Problem) []*tensors.Tensor { return p.Validation }, true); err != nil {
		return err
	}
	t.recipe.Batch *= flows
	if err := t.problem.validate(t.recipe); err != nil {
		return err
	}
	if err := stack(t.problem, t.members); err != nil {
		return err
	}
	for _, losses := range t.problem.Phases {
		program, err := newProgram(t.backend, t.problem, losses, t.recipe, newReplicas(1))
		if err != nil {
			return err
		}
		t.programs = append(t.programs, program)
	}
	if t.problem.Validation != nil {
		t.scorer, err = newScorer(t.backend, t.problem, t.recipe.Window)
	}
	return err
}

func (t *together) close() {
	if t.feeder != nil {
		t.feeder.close()
	}
	t.compilations.release(t.programs, t.scorer)
	for _, m := range t.members {
		m.close()
	}
	if t.problem.seeds != nil { // the data of all are copies
		release(t.problem.Data)
		release(t.problem.Validation)
	}
}

func (t *together) run(ctx context.Context) {
	for _, m := range t.members {
		if err := m.setLastGood(); err != nil {
			t.failAll(err)
			return
		}
	}
	t.feeder = newFeeder(t.backend, t.problem, t.recipe, t.step)
	for t.step < t.members[0].state.Steps && slices.Contains(t.ended, false) {
		if err := t.epoch(ctx); err != nil && ctx.Err() != nil {
			t.interrupted(ctx)
			return
		} else if err != nil {
			t.failAll(err)
			return
		}
	}
	for k := range t.remaining() {
		t.end(k)(t.members[k].finished())
	}
}

// remaining iterates over the members whose training hasn't ended.
func (t *together) remaining() iter.Seq2[int, *training] {
	return func(yield func(int, *training) bool) {
		for k, m := range t.members {
			if !t.ended[k] && !yield(k, m) {
				return
			}
		}
	}
}

// end returns a function that ends a member's training with a result. The others continue, and the
// program goes on computing the member's weights, which nobody reads any more.
func (t *together) end(k int) func(*State, error) {
	return func(s *State, err error) { t.ended[k], t.states[k], t.errs[k] = true, s, err }
}

// failAll ends the remaining members with an error that concerns all of them.
func (t *together) failAll(err error) {
	for k := range t.ended {
		if !t.ended[k] {
			t.end(k)(nil, err)
		}
	}
}

// epoch takes the remaining steps of the current epoch, window by window, and scores it.
func (t *together) epoch(ctx context.Context) error {
	perEpoch := t.members[0].perEpoch
	number := t.step / perEpoch
	phase := t.problem.phase(number)
	for t.step < (number+1)*perEpoch && slices.Contains(t.ended, false) {
		began := time.Now()
		w, err := t.feeder.next(ctx)
		if err != nil {
			return err
		}
		for _, m := range t.remaining() {
			m.addWaiting(t.programs[phase], time.Since(began))
		}
		err = t.window(ctx, number, t.programs[phase], len(t.problem.Phases[phase]), w)
		w.release()
		if err != nil {
			return err
		}
	}
	if !slices.Contains(t.ended, false) {
		return nil
	}
	return t.endEpoch(number)
}

// window takes the remaining steps of a window of an epoch (from 0).
func (t *together) window(ctx context.Context, number int, program program, turns int, w *window) error {
	perEpoch, flows := t.members[0].perEpoch, len(t.members)
	start := number*perEpoch + w.from
	for steps := w.until - w.from; t.step < start+steps && slices.Contains(t.ended, false); {
		if err := ctx.Err(); err != nil {
			return err
		}
		one := t.members[slices.Index(t.ended, false)] // all remaining members have the same rate
		if err := t.compilations.ready(ctx, t.problem, t.recipe, program, one.ran[program], t.scorer); err != nil {
			return err
		}
		from := t.step - start
		until := min(from+one.chunk(program, turns), steps, one.stretchAt(t.step).until-start)
		began := time.Now()
		losses, err := program.run(t.recipe.schedule(t.members[0].state.Steps), start, from, until, w)
		if err != nil {
			return fmt.Errorf("fit: %s, step %d: %w", t.problem.Flow, start+from+1, err)
		}
		elapsed := time.Since(began)
		t.step += len(losses) / flows
		for k, m := range t.remaining() {
			own := make([]float32, 0, len(losses)/flows)
			for i := k; i < len(losses); i += flows {
				own = append(own, losses[i])
			}
			if err := m.recordLosses(program, upToNonFinite(own), elapsed, number); err != nil {
				t.end(k)(m.failed(err))
			}
		}
		if err := t.judgeStretches(); err != nil {
			return err
		}
		if t.step == (number+1)*perEpoch {
			break // the epoch's end has its own checkpoint
		}
		if err := t.checkpoint(false); err != nil {
			return err
		}
	}
	return nil
}

// judgeStretches judges the stretch that each member has just ended, if it has. A member that has
// diverged is rolled back alone.
func (t *together) judgeStretches() error {
	verdicts := make([]verdict, len(t.members))
	for k, m := range t.remaining() {
		verdicts[k] = m.judgeStretch()
	}
	if !slices.ContainsFunc(verdicts, func(v verdict) bool { return v == good || v == diverged }) {
		return nil
	}
	if err := unstack(t.problem.Store, t.remaining()); err != nil {
		return err
	}
	for k, m := range t.remaining() {
		rolledBack, err := m.applyVerdict(verdicts[k])
		if err == nil && rolledBack {
			err = restack(t.problem.Store, k, m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endEpoch scores an epoch (from 0) of each member, and records its losses and weights.
func (t *together) endEpoch(number int) error {
	if err := unstack(t.problem.Store, t.remaining()); err != nil {
		return err
	}
	validation := slices.Repeat([]float64{math.NaN()}, len(t.members))
	if t.scorer != nil {
		var err error
		if validation, err = t.scorer.score(t.problem.Validation, heldOut(t.problem.Validation)/len(t.members)); err != nil {
			return fmt.Errorf("fit: %s: validation after epoch %d: %w", t.problem.Flow, number+1, err)
		}
	}
	for k, m := range t.remaining() {
		err := m.recordEpoch(number, validation[k])
		switch {
		case errors.Is(err, ErrNonFinite):
			t.end(k)(m.failed(err))
		case err != nil:
			return err
		case m.stoppedEarly():
			t.end(k)(m.finished())
		}
	}
	return t.checkpoint(true)
}

// checkpoint hands over the states of all members if a checkpoint is due for any. All states then
// have the same number of steps, and can be resumed together.
func (t *together) checkpoint(epochEnded bool) error {
	due := false
	for _, m := range t.remaining() {
		due = due || m.checkpointDue(epochEnded)
	}
	if !due {
		return nil
	}
	if err := unstack(t.problem.Store, t.remaining()); err != nil {
		return err
	}
	for _, m := range t.remaining() {
		if err := m.writeCheckpoint(); err != nil {
			return err
		}
	}
	return nil
}

// interrupted ends each remaining member with the state that it had reached.
func (t *together) interrupted(ctx context.Context) {
	if err := unstack(t.problem.Store, t.remaining()); err != nil {
		t.failAll(err)
		return
	}
	for k, m := range t.remaining() {
		t.end(k)(m.interrupted(ctx))
	}
}
