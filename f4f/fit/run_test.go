package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"github.com/flowsforflows/flows/f4f/internal/backendtest"
)

var open = backendtest.Open

// ramp returns n points 0, 1/n, … in one dimension, with a mean of about a half.
func ramp(n int) *tensors.Tensor {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i) / float32(n)
	}
	return tensors.FromFlatDataAndDimensions(values, n, 1)
}

// squared is E (x − μ)², which is least at the mean of x.
func squared(scope *model.Scope, batches []*Node, _ *Node) *Node {
	return ReduceAllMean(squaredEach(scope, batches))
}

func squaredEach(scope *model.Scope, batches []*Node) *Node {
	μ := scope.At("flow").VariableWithShape("mu", shapes.Make(dtypes.Float32, 1, 1)).NodeValue(batches[0])
	return ReduceSum(Square(Sub(batches[0], μ)), -1)
}

// problem returns the problem of finding the mean of a ramp. Each has its own store, with the same
// seed.
func problem(t testing.TB, losses ...Loss) Problem {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(3); err != nil {
		t.Fatal(err)
	}
	if losses == nil {
		losses = []Loss{squared}
	}
	return Problem{Flow: "mean", Store: store, Data: []*tensors.Tensor{ramp(1000)}, Phases: [][]Loss{losses}}
}

var recipe = Recipe{Epochs: 6, Batch: 10, LearningRate: 0.05, ClipNorm: 5, Seed: 1}

func mu(t testing.TB, s *State) float32 {
	t.Helper()
	return tensors.MustCopyFlatData[float32](s.Weights["/flow/mu"])[0]
}

func TestRunFindsTheMinimum(t *testing.T) {
	for _, choice := range []string{"xla", "go"} {
		s, err := Run(context.Background(), open(t, choice), problem(t), recipe, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if got := mu(t, s); math.Abs(float64(got)-0.4995) > 0.01 {
			t.Errorf("%s: the mean is %v, want 0.4995", choice, got)
		}
		if last := s.Epochs[len(s.Epochs)-1].Loss; math.Abs(last-1./12) > 0.005 {
			t.Errorf("%s: the loss at the mean is %v, want the variance, 1/12", choice, last)
		}
		if s.Step != 600 || len(s.Losses) != 600 || len(s.Epochs) != 6 {
			t.Errorf("%s: %d steps, %d losses, %d epochs, want 600, 600, 6", choice, s.Step, len(s.Losses), len(s.Epochs))
		}
	}
}

func TestOneSeedGivesTheSameWeightsBitForBit(t *testing.T) {
	b := open(t, "xla")
	fits := map[uint64][]float32{}
	for _, seed := range []uint64{1, 1, 2} {
		r := recipe
		r.Seed = seed
		s, err := Run(context.Background(), b, problem(t), r, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if before, again := fits[seed]; again && !slices.Equal(before, s.Losses) {
			t.Errorf("two runs with seed %d differ", seed)
		}
		fits[seed] = s.Losses
	}
	if slices.Equal(fits[1], fits[2]) {
		t.Error("seeds 1 and 2 gave the same run")
	}
}

func TestResumedRunIsTheRunNeverStopped(t *testing.T) {
	for _, choice := range []string{"xla", "go"} {
		b := open(t, choice)
		whole, err := Run(context.Background(), b, problem(t), recipe, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		path := filepath.Join(t.TempDir(), "checkpoint")
		part, err := Run(ctx, b, problem(t), recipe, nil, Hooks{
			Event: func(e Event) {
				if e.Step > 230 {
					stop()
				}
			},
			CheckpointEvery: time.Hour,
			Checkpoint:      func(s *State) error { return WriteState(path, s, nil) },
		})
		if !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: the error of an interrupted run is %v", choice, err)
		}
		if part.Step <= 230 || part.Step >= 600 {
			t.Fatalf("%s: interrupted at step %d, want between 230 and 600", choice, part.Step)
		}
		kept, _, err := ReadState(path)
		if err != nil {
			t.Fatal(err)
		}
		resumed, err := Run(context.Background(), b, problem(t), recipe, kept, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(whole.Losses, resumed.Losses) {
			t.Errorf("%s: losses after a resumption differ from those of a run never stopped", choice)
		}
		for name, value := range whole.Weights {
			if !value.Equal(resumed.Weights[name]) {
				t.Errorf("%s: %s is %v after a resumption, %v without", choice, name, resumed.Weights[name], value)
			}
		}
	}
}

func TestCancellationStopsWithinAChunk(t *testing.T) {
	r := recipe
	r.Epochs = 1_000_000
	ctx, stop := context.WithCancel(context.Background())
	var asked time.Time
	stepsThen := 0
	s, err := Run(ctx, open(t, "xla"), problem(t), r, nil, Hooks{Event: func(e Event) {
		if e.Step > 3000 && asked.IsZero() {
			asked, stepsThen = time.Now(), e.Step
			stop()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("the error is %v", err)
	}
	// A chunk is a quarter of a second. The test counts steps rather than time, since this machine
	// may be busy.
	t.Logf("stopping took %v", time.Since(asked))
	if more := s.Step - stepsThen; more > maxChunkSteps {
		t.Errorf("%d more steps were taken, a chunk has at most %d", more, maxChunkSteps)
	}
	if s == nil || s.Weights["/flow/mu"] == nil {
		t.Error("what was reached is lost")
	}
}

func TestNonFiniteLossNamesItsStepAndKeepsTheLastGoodEpoch(t *testing.T) {
	// After 45% of 600 steps, in the third epoch, the loss is log(−1).
	broken := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		sign := Where(LessThan(progress, Scalar(progress.Graph(), progress.DType(), 0.4499)), OnesLike(progress), Neg(OnesLike(progress)))
		return Add(squared(scope, batches, progress), Log(sign))
	}
	for _, choice := range []string{"xla", "go"} {
		b := open(t, choice)
		// The whole schedule is planned, but only two epochs run: the state that must be kept.
		ctx, stop := context.WithCancel(context.Background())
		want, err := Run(ctx, b, problem(t), recipe, nil, Hooks{Event: func(e Event) {
			if e.EpochEnded && e.Epoch == 2 {
				stop()
			}
		}})
		if !errors.Is(err, ErrInterrupted) || want.Step != 200 {
			t.Fatalf("%s: %v at step %d", choice, err, want.Step)
		}
		p := problem(t, broken)
		s, err := Run(context.Background(), b, p, recipe, nil, Hooks{})
		if !errors.Is(err, ErrNonFinite) {
			t.Fatalf("%s: the error is %v", choice, err)
		}
		for _, words := range []string{"mean", "step 271 of 600", "epoch 3", "end of epoch 2"} {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: the error lacks %q: %v", choice, words, err)
			}
		}
		if s.Step != 200 || len(s.Epochs) != 2 || mu(t, s) != mu(t, want) {
			t.Errorf("%s: kept step %d, %d epochs, μ = %v; want 200, 2, %v", choice, s.Step, len(s.Epochs), mu(t, s), mu(t, want))
		}
		inStore, err := TakeSnapshot(p.Store, true)
		if err != nil || tensors.MustCopyFlatData[float32](inStore["/flow/mu"])[0] != mu(t, want) {
			t.Errorf("%s: the store doesn't hold the last good epoch: %v", choice, err)
		}
	}
}

// constant is a loss with a known value that still has a gradient.
func constant(value float64) Loss {
	return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return AddScalar(MulScalar(squared(scope, batches, progress), 0), value)
	}
}

func TestLossesTakeTurnsByStepsAndPhasesByEpochs(t *testing.T) {
	for _, choice := range []string{"xla", "go"} {
		b := open(t, choice)
		p := problem(t, constant(1), constant(2))
		p.Data = []*tensors.Tensor{ramp(50)} // 5 batches an epoch, 4 of which give each loss its share
		r := recipe
		r.Epochs = 2
		s, err := Run(context.Background(), b, p, r, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if want := []float32{1, 2, 1, 2, 1, 2, 1, 2}; !slices.Equal(s.Losses, want) {
			t.Errorf("%s: by steps: losses are %v, want %v", choice, s.Losses, want)
		}
		p = problem(t)
		p.Data, p.Phases, p.EpochsPerPhase = []*tensors.Tensor{ramp(20)}, [][]Loss{{constant(1)}, {constant(2)}}, 2
		r.Epochs = 5
		if s, err = Run(context.Background(), b, p, r, nil, Hooks{}); err != nil {
			t.Fatal(err)
		}
		if want := []float32{1, 1, 1, 1, 2, 2, 2, 2, 1, 1}; !slices.Equal(s.Losses, want) {
			t.Errorf("%s: by epochs: losses are %v, want %v", choice, s.Losses, want)
		}
	}
}

func TestBackendsAgree(t *testing.T) {
	var fits [][]float32
	for _, choice := range []string{"xla", "go"} {
		p := problem(t)
		start := tensors.FromFlatDataAndDimensions([]float32{2}, 1, 1)
		if _, err := p.Store.CreateVariable("/flow/mu", start); err != nil {
			t.Fatal(err)
		}
		s, err := Run(context.Background(), open(t, choice), p, recipe, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		fits = append(fits, s.Losses)
	}
	for i := range fits[0] {
		if diff := math.Abs(float64(fits[0][i] - fits[1][i])); diff > 1e-5 {
			t.Fatalf("step %d: the loss is %v on XLA, %v on the Go backend", i+1, fits[0][i], fits[1][i])
		}
	}
}

// A training that ends above its best epoch by more than chance says so in a note, unless it keeps
// the best epoch.
func TestATrainingThatEndsAboveItsBestEpochSaysSo(t *testing.T) {
	for _, test := range []struct {
		held     int
		keepBest bool
		told     bool
	}{{10_000, false, true}, {10_000, true, false}, {100, false, false}} { // with 100 points, 0.16 nats may be chance
		p := problem(t)
		held := make([]float32, test.held)
		for i := range held {
			held[i] = 0.9 // the mean passes this on its way from 2 to 0.5
		}
		if _, err := p.Store.CreateVariable("/flow/mu", tensors.FromFlatDataAndDimensions([]float32{2}, 1, 1)); err != nil {
			t.Fatal(err)
		}
		p.Validation = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(held, test.held, 1)}
		p.Score = squaredEach
		var notes []string
		hooks := Hooks{Event: func(e Event) { notes = append(notes, e.Notes...) }}
		s, err := Run(context.Background(), open(t, "go"), p, Recipe{Epochs: 50, Batch: 100, LearningRate: 0.05, Seed: 1, KeepBest: test.keepBest}, nil, hooks)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("was best after epoch %d, at %.3f nats, and is %.3f at the end", s.BestEpoch, s.Epochs[s.BestEpoch-1].Validation, s.Epochs[49].Validation)
		if told := strings.Contains(strings.Join(notes, " "), want); told != test.told || !told && len(notes) > 0 {
			t.Errorf("%+v: it tells %q; want %q: %v", test, notes, want, test.told)
		}
	}
}

func TestValidationPicksTheBestEpochAndStopsEarly(t *testing.T) {
	p := problem(t)
	// The validation data have mean 0.9. After the mean has passed it on its way to the training
	// data's 0.5, every epoch is worse than the one before.
	held := make([]float32, 100)
	for i := range held {
		held[i] = 0.9
	}
	if _, err := p.Store.CreateVariable("/flow/mu", tensors.FromFlatDataAndDimensions([]float32{2}, 1, 1)); err != nil {
		t.Fatal(err)
	}
	p.Validation = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(held, 100, 1)}
	p.Score = squaredEach
	r := Recipe{Epochs: 50, Batch: 100, LearningRate: 0.05, Seed: 1, EarlyStop: 2, KeepBest: true}
	s, err := Run(context.Background(), open(t, "xla"), p, r, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Epochs) != s.BestEpoch+2 || len(s.Epochs) == 50 {
		t.Errorf("stopped after %d epochs, the best being %d; want two more than the best", len(s.Epochs), s.BestEpoch)
	}
	for i, e := range s.Epochs {
		if e.Validation < s.Epochs[s.BestEpoch-1].Validation {
			t.Errorf("epoch %d scored %v, better than the best's %v", i+1, e.Validation, s.Epochs[s.BestEpoch-1].Validation)
		}
	}
	μ := float64(mu(t, s))
	if got, want := (μ-0.9)*(μ-0.9), s.Epochs[s.BestEpoch-1].Validation; math.Abs(got-want) > 1e-6 {
		t.Errorf("the weights score %v, the best epoch scored %v", got, want)
	}
}

func TestEventsTellHowFarTheRunIs(t *testing.T) {
	var events []Event
	_, err := Run(context.Background(), open(t, "xla"), problem(t), recipe, nil, Hooks{Event: func(e Event) { events = append(events, e) }})
	if err != nil {
		t.Fatal(err)
	}
	ended := 0
	for i, e := range events {
		if i > 0 && e.Step < events[i-1].Step {
			t.Errorf("step %d comes after step %d", e.Step, events[i-1].Step)
		}
		if e.EpochEnded {
			ended++
			if e.Epoch != ended || e.Step != 100*ended {
				t.Errorf("epoch %d ends at step %d as number %d", e.Epoch, e.Step, ended)
			}
		}
	}
	last := events[len(events)-1]
	if !last.Done || last.Step != 600 || last.Steps != 600 || ended != 6 || last.LearningRate != 0 || last.Rate <= 0 {
		t.Errorf("the last of %d epochs' events is %+v", ended, last)
	}
}

func TestBadRecipesAreRefusedByName(t *testing.T) {
	b := open(t, "go")
	for name, test := range map[string]struct {
		change func(*Recipe)
		want   string
	}{
		"no epochs":            {func(r *Recipe) { r.Epochs = 0 }, "fit: epochs must be at least 1, got 0"},
		"negative epochs":      {func(r *Recipe) { r.Epochs = -3 }, "fit: epochs must be at least 1, got -3"},
		"no batch":             {func(r *Recipe) { r.Batch = 0 }, "fit: batch must be at least 1, got 0"},
		"batch above the data": {func(r *Recipe) { r.Batch = 1001 }, "fit: a batch of 1001 needs at least as many training points, got 1000 (data set 1 of 1)"},
		"rate zero":            {func(r *Recipe) { r.LearningRate = 0 }, "fit: learning rate must be positive and finite, got 0"},
		"rate NaN":             {func(r *Recipe) { r.LearningRate = math.NaN() }, "fit: learning rate must be positive and finite, got NaN"},
		"warm-up all the way":  {func(r *Recipe) { r.WarmUp = 1 }, "fit: warm-up must be a share of the training of at least 0 (0 for none) and below 1, got 1"},
		"decay of one":         {func(r *Recipe) { r.Beta2 = 1 }, "fit: the second decay of Adam must be at least 0 (0 means 0.999) and below 1, got 1"},
		"clip negative":        {func(r *Recipe) { r.ClipNorm = -1 }, "fit: gradient clipping must be at least 0 (0 for none), got -1"},
		"best without data":    {func(r *Recipe) { r.KeepBest = true }, "fit: early stopping and keeping the best epoch need validation data"},
	} {
		r := recipe
		test.change(&r)
		s, err := Run(context.Background(), b, problem(t), r, nil, Hooks{})
		if s != nil || err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v and error %q, want %q", name, s, err, test.want)
		}
	}
}

// A training whose phases have different numbers of losses could not be divided evenly among them.
func TestPhasesOfDifferentNumbersOfLossesAreRefused(t *testing.T) {
	for name, change := range map[string]func(loss Loss) [][]Loss{
		"two and three": func(l Loss) [][]Loss { return [][]Loss{{l, l, l}, {l, l}} },
		"one and none":  func(l Loss) [][]Loss { return [][]Loss{{l}, {}} },
	} {
		p := problem(t)
		p.Phases = change(p.Phases[0][0])
		if s, err := Run(context.Background(), open(t, "go"), p, recipe, nil, Hooks{}); s != nil || err == nil || !strings.Contains(err.Error(), "phase 2") {
			t.Errorf("%s: got %v and error %v, want one that names the phase", name, s, err)
		}
	}
}

func TestShapesThatDoNotFitAreAnErrorAndNoPanic(t *testing.T) {
	wrong := func(_ *model.Scope, batches []*Node, _ *Node) *Node {
		return ReduceAllMean(MatMul(batches[0], batches[0])) // [10, 1] by [10, 1]
	}
	if s, err := Run(context.Background(), open(t, "xla"), problem(t, wrong), recipe, nil, Hooks{}); s != nil || err == nil || !strings.Contains(err.Error(), "mean") {
		t.Errorf("got %v and error %v, want one that names the flow", s, err)
	}
}

func TestAStateOfAnotherTrainingIsRefused(t *testing.T) {
	s, err := Run(context.Background(), open(t, "go"), problem(t), recipe, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	r := recipe
	r.Epochs = 7
	if _, err := Run(context.Background(), open(t, "go"), problem(t), r, s, Hooks{}); err == nil || !strings.Contains(err.Error(), "600") {
		t.Errorf("resuming 600 steps as 700 gave %v", err)
	}
}

func TestEveryRowIsVisitedOnceAnEpoch(t *testing.T) {
	order := shuffled(5, 2, 0, 40, 100)
	for part := range 2 {
		rows := slices.Clone(order[part*40 : (part+1)*40])
		slices.Sort(rows)
		for i, row := range rows {
			if int(row) != i {
				t.Fatalf("pass %d visits %v", part, rows)
			}
		}
	}
	if len(order) != 100 {
		t.Errorf("%d rows, want 100", len(order))
	}
	for name, other := range map[string][]int32{"epoch": shuffled(5, 3, 0, 40, 100), "set": shuffled(5, 2, 1, 40, 100), "seed": shuffled(6, 2, 0, 40, 100)} {
		if reflect.DeepEqual(order, other) {
			t.Errorf("another %s has the same order", name)
		}
	}
}

func TestGradientsAreClippedByTheirCommonNorm(t *testing.T) {
	for _, choice := range []string{"go", "xla"} {
		for _, test := range []struct{ most, want float64 }{{5, 5}, {20, 13}, {0, 13}} {
			// (3, 4) and 12 have the norm 13; with two flows, those of the other have 130.
			out, err := CallOnceN(open(t, choice), func(x, y, both *Node) []*Node {
				return []*Node{clipped(flattened([]*Node{x, y}, 1), test.most), clipped(flattened([]*Node{both, MulScalar(both, 0)}, 2), test.most)}
			}, []float32{3, 4}, []float32{12}, [][]float32{{3, 4, 12}, {30, 40, 120}})
			if err != nil {
				t.Fatal(err)
			}
			norm := func(x []float32) (sum float64) {
				for _, v := range x {
					sum += float64(v) * float64(v)
				}
				return math.Sqrt(sum)
			}
			alone, both := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
			if got := norm(alone); math.Abs(got-test.want) > 1e-5 {
				t.Errorf("%s: clipped at %v the norm is %v, want %v", choice, test.most, got, test.want)
			}
			want := test.most
			if want == 0 {
				want = 130
			}
			want = min(want, 130)
			if one, other := norm(both[:6]), norm(both[6:]); math.Abs(one-test.want) > 1e-5 || math.Abs(other-want) > 1e-4 {
				t.Errorf("%s: clipped at %v the norms of two flows are %v and %v, want %v and %v", choice, test.most, one, other, test.want, want)
			}
		}
	}
}

// Adam as in its paper, on two weights of different shapes.
func TestAdamIsThatOfThePaper(t *testing.T) {
	const lr, most = 0.1, 0.7
	for _, choice := range []string{"go", "xla"} {
		store := model.NewStore()
		target := []float64{1, -2, 3, 0.5, 0}
		loss := func(scope *model.Scope, batches []*Node, _ *Node) *Node {
			g := batches[0].Graph()
			variable := func(name string, dims ...int) *Node {
				return scope.WithInitializer(initializer.Zero).VariableWithShape(name, shapes.Make(dtypes.Float64, dims...)).NodeValue(g)
			}
			x := Concatenate([]*Node{Reshape(variable("a", 2, 2), 4), variable("b", 1)}, 0)
			return Add(ReduceAllSum(Square(Sub(x, Const(g, target)))), MulScalar(ReduceAllSum(batches[0]), 0))
		}
		p := Problem{Flow: "two", Store: store, Phases: [][]Loss{{loss}}, Data: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(make([]float64, 10), 10, 1)}}
		s, err := Run(t.Context(), open(t, choice), p, Recipe{Epochs: 3, Batch: 1, LearningRate: lr, ClipNorm: most}, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		var x, m, v [5]float64
		for i := range s.Steps {
			var gradient [5]float64
			norm := 0.0
			for j := range x {
				gradient[j] = 2 * (x[j] - target[j])
				norm += gradient[j] * gradient[j]
			}
			rate := lr / 2 * (1 + math.Cos(math.Pi*float64(i)/float64(s.Steps)))
			for j := range x {
				gradient[j] *= most / max(math.Sqrt(norm), most)
				m[j], v[j] = 0.9*m[j]+0.1*gradient[j], 0.999*v[j]+0.001*gradient[j]*gradient[j]
				x[j] -= rate * m[j] / (1 - math.Pow(0.9, float64(i+1))) / (math.Sqrt(v[j]/(1-math.Pow(0.999, float64(i+1)))) + 1e-8)
			}
		}
		got := slices.Concat(tensors.MustCopyFlatData[float64](s.Weights["/a"]), tensors.MustCopyFlatData[float64](s.Weights["/b"]))
		for j, want := range x {
			if math.Abs(got[j]-want) > 1e-9 {
				t.Errorf("%s: after %d steps weight %d is %v, want %v", choice, s.Steps, j, got[j], want)
			}
		}
	}
}

func TestLearningRateRisesAndFallsByACosine(t *testing.T) {
	const steps = 6
	for _, test := range []struct {
		recipe Recipe
		want   []float64 // the rates of the steps, and of the one after the last
	}{
		{Recipe{LearningRate: 2}, []float64{2, 1.866025403784439, 1.5, 1, 0.5, 0.133974596215561, 0}},
		{Recipe{LearningRate: 2, WarmUp: 0.5}, []float64{2. / 3, 1.866025403784439 * 2 / 3, 1.5, 1, 0.5, 0.133974596215561, 0}},
	} {
		out, err := CallOnce(open(t, "xla"), func(p, schedule *Node) *Node { return rate(DivScalar(p, steps), schedule) }, []float64{0, 1, 2, 3, 4, 5, 6}, test.recipe.schedule(steps))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			if got := tensors.MustCopyFlatData[float64](out)[i]; math.Abs(got-want) > 1e-12 {
				t.Errorf("with a warm-up of %g the rate of step %d is %v, want %v", test.recipe.WarmUp, i, got, want)
			}
			if got := test.recipe.rateAt(i, steps); math.Abs(got-want) > 1e-12 {
				t.Errorf("with a warm-up of %g the rate of step %d is told as %v, want %v", test.recipe.WarmUp, i, got, want)
			}
		}
	}
}

func TestAdamRemembersAsLongAsTheRecipeSays(t *testing.T) {
	losses := func(beta2 float64) []float32 {
		r := recipe
		r.Beta2 = beta2
		s, err := Run(context.Background(), open(t, "go"), problem(t), r, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		return s.Losses
	}
	usual := losses(0)
	if !slices.Equal(usual, losses(0.999)) {
		t.Error("0 must stand for 0.999")
	}
	sooner := losses(0.9)
	if !slices.Equal(usual[:2], sooner[:2]) || slices.Equal(usual, sooner) {
		t.Error("another decay must tell after the first update, whose squares have nothing to be averaged with, and not before")
	}
}
