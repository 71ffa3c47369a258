package fit

import (
	"fmt"
	"maps"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// training is a run of one flow.
type training struct {
	*compiled
	problem      Problem // with the store that is trained
	recipe       Recipe
	hooks        Hooks
	state        *State
	lastGood     *State // the state at the end of the last good epoch
	guard        *guard
	perEpoch     int
	feeder       *feeder           // nil until the run begins
	heldOut      int               // number of points that the scorer scores
	padded       []*tensors.Tensor // padded copies of held-out sets
	compilations compilations

	began              time.Time
	trainedBefore      float64       // seconds, of earlier runs
	timedSteps         int           // steps whose time counts for the rate: all but each program's first call
	timed              time.Duration // the time that these steps took, with the waiting for data
	lastCheckpoint     time.Time
	checkpointDuration time.Duration // of the last checkpoint
	checkpointFailed   bool          // the last checkpoint failed
}

func newTraining(backend compute.Backend, p Problem, r Recipe, from *State, hooks Hooks) (_ *training, err error) {
	t := &training{problem: p, recipe: r, hooks: hooks, began: time.Now(), lastCheckpoint: time.Now(), perEpoch: p.stepsPerEpoch(r.Batch)}
	if p.Validation != nil {
		t.heldOut = heldOut(p.Validation)
	}
	t.state = &State{Steps: t.perEpoch * r.Epochs}
	key := p.graphKey(r)
	if t.compiled = fromShelf(backend, key); t.compiled != nil {
		t.compilations.scorerStarted = t.scorerCompiled
		if err = t.takeOver(p.Store); err != nil {
			err = fmt.Errorf("fit: %s: %w", p.Flow, err)
		}
	} else {
		t.compiled = &compiled{key: key, backend: backend, store: p.Store, ran: map[program]bool{}, replicas: newReplicas(max(r.Devices, 1))}
		err = t.build()
	}
	t.problem.Store = t.store
	if err == nil {
		err = t.resume(from)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	t.state.LossesAreBounds = p.LossesAreBounds // a checkpoint of an earlier version doesn't say
	return t, nil
}

// build makes what is to be compiled, and the variables that it works on. What may be put on the
// shelf later gets a store of its own.
func (t *training) build() (err error) {
	p, r := t.problem, t.recipe
	if t.key != "" {
		t.store, err = copied(t.store)
	}
	if p.Store = t.store; err == nil {
		err = t.createVariables(p)
	}
	if err != nil {
		return fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	for _, losses := range p.Phases {
		program, err := newProgram(t.backend, p, losses, r, t.replicas)
		if err != nil {
			return err
		}
		t.programs = append(t.programs, program)
	}
	if p.Validation != nil {
		t.scorer, err = newScorer(t.backend, p, r.Window)
	}
	return err
}

// createVariables creates the weights and the optimiser's variables, by building one step into a
// graph that is never compiled. It gives the new variables their initial values.
func (t *training) createVariables(p Problem) error {
	given := map[string]bool{}
	for v := range p.Store.IterVariables() {
		given[v.Path()] = true
	}
	g := NewGraph(t.backend, "variables of "+p.Flow)
	defer g.Finalize()
	model.SetStore(g, p.Store)
	err := panics.Catch(func() {
		batches := make([]*Node, len(p.Data))
		for i, d := range p.Data {
			shape := d.Shape().Clone()
			shape.Dimensions[0] = t.recipe.Batch
			batches[i] = Parameter(g, fmt.Sprintf("batch_%d", i), shape)
		}
		number := Parameter(g, "number", shapes.Make(dtypes.Int32))
		schedule := Parameter(g, "schedule", shapes.Make(dtypes.Float64, scheduleSize))
		for _, losses := range p.Phases {
			for _, loss := range losses {
				step(p.Store.RootScope(), loss, batches, number, schedule, 1, t.recipe)
			}
		}
	})
	if err != nil {
		return err
	}
	if t.key != "" {
		if t.initial, err = TakeSnapshot(p.Store, false); err != nil {
			return err
		}
		maps.DeleteFunc(t.initial, func(path string, _ *tensors.Tensor) bool { return given[path] })
	}
	return initialise(p.Store)
}

// resume continues from a state; nil means the start.
func (t *training) resume(from *State) error {
	t.guard = newGuard()
	if from == nil {
		return nil
	}
	if from.Steps != t.state.Steps {
		return fmt.Errorf("fit: %s: the state to resume is of a training of %d steps, this one has %d", t.problem.Flow, from.Steps, t.state.Steps)
	}
	if len(from.Losses) != from.Step {
		return fmt.Errorf("fit: %s: the state to resume has %d losses for %d steps", t.problem.Flow, len(from.Losses), from.Step)
	}
	resumed := *from
	t.state, t.trainedBefore = &resumed, from.Seconds
	t.judgeAgain()
	for _, k := range from.Kept { // an error of shapes comes now rather than when the training goes back
		if err := k.Weights.Restore(t.store); err != nil {
			return err
		}
	}
	return from.Weights.Restore(t.store)
}

// stretchAt returns the stretch that contains a step, counted from 0.
func (t *training) stretchAt(step int) stretch {
	return t.problem.stretch(step, t.perEpoch, t.recipe.Epochs)
}

// judgeAgain judges all stretches before the step reached.
func (t *training) judgeAgain() {
	t.guard = newGuard()
	for step := 0; step < t.state.Step; {
		s := t.stretchAt(step)
		if s.until <= t.state.Step {
			t.guard.judge(s, t.state.Losses[s.from:s.until])
		}
		step = s.until
	}
}

// close releases what the training holds, including its store if that is its own.
func (t *training) close() {
	if t.feeder != nil {
		t.feeder.close()
	}
	t.releasePadded()
	t.replicas.release()
	t.compilations.release(t.programs, t.scorer)
	if t.key != "" && t.store != nil && !t.compilations.abandoned { // else it may still be read
		t.store.Finalize()
	}
}

// padValidation pads the held-out sets.
func (t *training) padValidation() (err error) {
	if t.problem.Validation, t.padded, err = padded(t.problem.Validation); err != nil {
		return fmt.Errorf("fit: %s: %w", t.problem.Flow, err)
	}
	return nil
}

func (t *training) releasePadded() {
	if !t.compilations.abandoned { // an abandoned compilation needs only shapes, but what was abandoned may be scoring
		release(t.padded)
		t.padded = nil
	}
}

// shelve puts what the run has compiled on the shelf, and reports whether it did. It doesn't if a
// compilation was abandoned.
func (t *training) shelve() bool {
	if t.key == "" || t.compilations.abandoned {
		return false
	}
	if t.feeder != nil {
		t.feeder.close()
		t.feeder = nil
	}
	t.releasePadded()
	t.scorerCompiled = t.compilations.scorerStarted
	return t.compiled.shelve() == nil
}
