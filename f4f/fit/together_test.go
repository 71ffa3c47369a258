package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// shifted is the mean of (x − μ)² over rows x, for μ [1, 1], or each flow's own if there are
// several. A row beyond the limit makes it NaN, and so μ after the step.
func shifted(flows int, limit float64) (Loss, Score) {
	score := func(scope *model.Scope, batches []*Node) *Node {
		x := batches[0]
		dims := []int{1, 1}
		if flows > 1 {
			dims = []int{flows, 1, 1}
			x = Reshape(x, flows, -1, 1)
		}
		mu := scope.At("flow").WithInitializer(initializer.RandomUniformFn(scope, -1, 1)).VariableWithShape("mu", shapes.Make(x.DType(), dims...)).NodeValue(x)
		broken := GreaterThan(x, AddScalar(ZerosLike(x), limit))
		return Reshape(Mul(Square(Sub(x, mu)), Where(broken, AddScalar(ZerosLike(x), math.NaN()), OnesLike(x))), -1)
	}
	return func(scope *model.Scope, batches []*Node, _ *Node) *Node {
		if flows == 1 {
			return ReduceAllMean(score(scope, batches))
		}
		return ReduceMean(Reshape(score(scope, batches), flows, -1), -1)
	}, score
}

// members returns flows that learn the means of data around 0, 1, 2, …
func members(t *testing.T, flows int, limit float64) []Member {
	t.Helper()
	all := make([]Member, flows)
	for k := range all {
		values := make([]float32, 600)
		for i := range values {
			values[i] = float32(k) + float32(i%7-3)/10
		}
		loss, score := shifted(1, limit)
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(int64(k)); err != nil {
			t.Fatal(err)
		}
		all[k] = Member{Seed: uint64(k), Problem: Problem{
			Flow: fmt.Sprint("flow ", k), Store: store, Score: score, Phases: [][]Loss{{loss, loss}},
			Data:       []*tensors.Tensor{tensors.FromFlatDataAndDimensions(values[:500], 500, 1)},
			Validation: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(values[500:], 100, 1)},
		}}
	}
	return all
}

func runTogether(t *testing.T, ctx context.Context, choice string, r Recipe, all []Member, limit float64) ([]*State, []error) {
	t.Helper()
	loss, score := shifted(len(all), limit)
	return RunTogether(ctx, open(t, choice), Problem{Flow: "all", Store: model.NewStore(), Score: score, Phases: [][]Loss{{loss, loss}}}, r, all)
}

func alike(t *testing.T, what string, got, want *State) {
	t.Helper()
	if got.Step != want.Step || len(got.Losses) != len(want.Losses) || len(got.Epochs) != len(want.Epochs) || got.BestEpoch != want.BestEpoch {
		t.Fatalf("%s has taken %d steps in %d epochs, the best %d; alone it takes %d in %d, the best %d", what, got.Step, len(got.Epochs), got.BestEpoch, want.Step, len(want.Epochs), want.BestEpoch)
	}
	for i, l := range want.Losses {
		if !(math.Abs(float64(got.Losses[i]-l)) <= 1e-4*math.Abs(float64(l))) {
			t.Fatalf("%s has the loss %g at step %d, alone %g", what, got.Losses[i], i+1, l)
		}
	}
	for i, e := range want.Epochs {
		if !(math.Abs(got.Epochs[i].Validation-e.Validation) <= 1e-4*math.Abs(e.Validation)) {
			t.Fatalf("%s has the validation loss %g after epoch %d, alone %g", what, got.Epochs[i].Validation, i+1, e.Validation)
		}
	}
	if len(got.Weights) != len(want.Weights) {
		t.Errorf("%s has %d variables, alone %d", what, len(got.Weights), len(want.Weights))
	}
	if a, b := mu(t, got), mu(t, want); !(math.Abs(float64(a-b)) <= 1e-4) {
		t.Errorf("%s comes to %g, alone to %g", what, a, b)
	}
}

func TestFlowsTrainedAtOnceAreThoseTrainedAlone(t *testing.T) {
	for _, choice := range []string{"go", "xla"} {
		for name, recipe := range map[string]Recipe{
			"plain":   {Epochs: 3, Batch: 50, LearningRate: 0.05, ClipNorm: 0.5},
			"early":   {Epochs: 30, Batch: 50, LearningRate: 0.5, ClipNorm: 5, EarlyStop: 2, KeepBest: true},
			"windows": {Epochs: 2, Batch: 50, LearningRate: 0.05, Window: 700},
		} {
			t.Run(choice+"/"+name, func(t *testing.T) {
				all := members(t, 3, 100)
				events := make([]int, 3)
				for k := range all {
					all[k].Hooks.Event = func(e Event) {
						if events[k]++; e.Flow != all[k].Problem.Flow {
							t.Errorf("an event of flow %d is of %s", k, e.Flow)
						}
					}
				}
				states, errs := runTogether(t, context.Background(), choice, recipe, all, 100)
				if err := errors.Join(errs...); err != nil {
					t.Fatal(err)
				}
				recipe.Window = 0
				for k, m := range members(t, 3, 100) {
					recipe.Seed = m.Seed
					want, err := Run(context.Background(), open(t, choice), m.Problem, recipe, nil, Hooks{})
					if err != nil {
						t.Fatal(err)
					}
					alike(t, m.Problem.Flow, states[k], want)
					if events[k] < recipe.Epochs && recipe.EarlyStop == 0 {
						t.Errorf("%s told of %d events", m.Problem.Flow, events[k])
					}
				}
			})
		}
	}
}

func TestOneOfSeveralFlowsFailsAlone(t *testing.T) {
	// The data of the last flow reach 2.3, and its loss is NaN beyond 2.25. The data of the others
	// end at 1.3.
	const limit = 2.25
	recipe := Recipe{Epochs: 2, Batch: 50, LearningRate: 0.05, ClipNorm: 0.5}
	for _, choice := range []string{"go", "xla"} {
		states, errs := runTogether(t, context.Background(), choice, recipe, members(t, 3, limit), limit)
		for k, m := range members(t, 3, limit) {
			recipe.Seed = m.Seed
			want, err := Run(context.Background(), open(t, choice), m.Problem, recipe, nil, Hooks{})
			if (k == 2) != errors.Is(err, ErrNonFinite) {
				t.Fatalf("alone, %s gives the error %v", m.Problem.Flow, err)
			}
			if fmt.Sprint(errs[k]) != fmt.Sprint(err) {
				t.Errorf("%s gives the error %v, alone %v", m.Problem.Flow, errs[k], err)
			}
			alike(t, m.Problem.Flow, states[k], want)
		}
	}
}

func TestFlowsThatAreSetUpAtOnceCanBeStopped(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	goOn := make(chan struct{})
	all := members(t, 3, 100)
	loss := all[2].Problem.Phases[0][0]
	all[2].Problem.Phases = [][]Loss{{func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		stop()
		<-goOn
		return loss(scope, batches, progress)
	}}}
	states, errs := runTogether(t, ctx, "go", Recipe{Epochs: 1, Batch: 50, LearningRate: 0.05}, all, 100)
	close(goOn)
	for k, err := range errs {
		if !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.Canceled) || states[k] != nil {
			t.Errorf("flow %d stopped with %v and the state %v", k, err, states[k])
		}
	}
}

// late delays each window of a feeder.
func late(f *feeder, by time.Duration) *feeder {
	slow := &feeder{windows: make(chan windowResult), quit: make(chan struct{})}
	go func() {
		defer close(slow.windows)
		defer f.close()
		for next := range f.windows {
			time.Sleep(by)
			select {
			case slow.windows <- next:
			case <-slow.quit:
				next.window.release()
				return
			}
		}
		<-slow.quit // until then the last window reads what the feeder holds
	}()
	return slow
}

func TestTheRateTellsOfALoopThatWaitsForItsData(t *testing.T) {
	recipe := Recipe{Epochs: 2, Batch: 50, LearningRate: 0.05, Window: 100, Seed: 1}
	const by, stepsOfWindow = 50 * time.Millisecond, 2
	most := 5 * stepsOfWindow / by.Seconds() // on a busy machine some of the wait isn't counted; without counting there would be thousands

	alone, err := newTraining(open(t, "go"), members(t, 1, 100)[0].Problem, recipe, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.close()
	alone.feeder = late(newFeeder(alone.backend, alone.problem, recipe, 0), by)
	if err := errors.Join(alone.setLastGood(), alone.epoch(t.Context()), alone.epoch(t.Context())); err != nil {
		t.Fatal(err)
	}

	recipe.Window *= 2
	loss, score := shifted(2, 100)
	all := members(t, 2, 100)
	both := &together{
		backend: open(t, "go"), problem: Problem{Flow: "all", Store: model.NewStore(), Score: score, Phases: [][]Loss{{loss, loss}}}, recipe: recipe,
		states: make([]*State, 2), errs: make([]error, 2), ended: make([]bool, 2),
	}
	if err := both.setUp(all); err != nil {
		t.Fatal(err)
	}
	defer both.close()
	for _, m := range both.members {
		if err := m.setLastGood(); err != nil {
			t.Fatal(err)
		}
	}
	both.feeder = late(newFeeder(both.backend, both.problem, both.recipe, 0), by)
	if err := errors.Join(both.epoch(t.Context()), both.epoch(t.Context())); err != nil {
		t.Fatal(err)
	}

	for _, m := range append(both.members, alone) {
		if rate := m.rate(); m.state.Step != 20 || !(rate > 0 && rate <= most) {
			t.Errorf("%s: %g steps a second after %d steps, where data come for %g at most", m.problem.Flow, rate, m.state.Step, most)
		}
	}
}

func TestFlowsStoppedAtOnceGoOnAtOnce(t *testing.T) {
	recipe := Recipe{Epochs: 40, Batch: 50, LearningRate: 0.05, ClipNorm: 0.5}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	all := members(t, 3, 100)
	checkpoints := make([]*State, 3)
	for k := range all {
		all[k].Hooks = Hooks{
			CheckpointEvery: time.Hour,
			Checkpoint:      func(s *State) error { checkpoints[k] = s; return nil },
			Event: func(e Event) {
				if e.Step > 100 {
					stop()
				}
			},
		}
	}
	states, errs := runTogether(t, ctx, "xla", recipe, all, 100)
	whole, none := runTogether(t, context.Background(), "xla", recipe, members(t, 3, 100), 100)
	if err := errors.Join(none...); err != nil {
		t.Fatal(err)
	}
	rest := members(t, 3, 100)
	for k := range rest {
		if !errors.Is(errs[k], ErrInterrupted) || states[k].Step >= states[k].Steps || checkpoints[k].Step != states[k].Step || checkpoints[k].Step != checkpoints[0].Step {
			t.Fatalf("flow %d stopped with %v, its checkpoint is %+v", k, errs[k], checkpoints[k])
		}
		rest[k].From = checkpoints[k]
	}
	resumed, errs := runTogether(t, context.Background(), "xla", recipe, rest, 100)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for k := range whole {
		if !slices.Equal(resumed[k].Losses, whole[k].Losses) || mu(t, resumed[k]) != mu(t, whole[k]) {
			t.Errorf("flow %d that was stopped isn't as one that never was", k)
		}
	}
	rest[1].From = nil
	if _, errs := runTogether(t, context.Background(), "xla", recipe, rest, 100); errs[0] == nil {
		t.Error("flows that have come to different steps went on at once")
	}
}
