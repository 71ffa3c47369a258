package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// The recipe of these tests takes 20 epochs of 100 steps, each of which is a stretch. The default
// decay of squared gradients has a memory of 1,000 steps, so after a huge gradient the weights stay
// where it has thrown them.
var guardRecipe = Recipe{Epochs: 20, Batch: 10, LearningRate: 0.05, Seed: 1}

// pull is added to a loss. Its value is zero, and so is its gradient except at certain steps, where
// it has a size.
func pull(μ, progress *Node, steps, size float64, at func(step *Node) *Node) *Node {
	step := Round(MulScalar(progress, steps))
	slope := Where(at(step), AddScalar(ZerosLike(step), size), ZerosLike(step))
	return Mul(Sub(μ, StopGradient(μ)), slope)
}

func atStep(n int) func(step *Node) *Node {
	return func(step *Node) *Node { return Equal(step, AddScalar(ZerosLike(step), float64(n))) }
}

// throwing is the loss squared, with a huge gradient at certain steps.
func throwing(at func(step *Node) *Node) Loss { return throwingBy(2000, 1e6, at) }

// throwingBy has a gradient of a size at certain of so many steps. The data move by 0.24 in the
// course of the training, so that weights that have come to rest don't stay at the optimum.
func throwingBy(steps, size float64, at func(step *Node) *Node) Loss {
	return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		l := squared(scope, []*Node{Add(batches[0], MulScalar(MinScalar(progress, 0.8), 0.3))}, progress)
		μ := scope.Store().GetVariable("/flow/mu").NodeValue(batches[0])
		return Add(l, pull(Reshape(μ), progress, steps, size, at))
	}
}

// moved is the mean of the ramp, and of the data of throwing at the end of the training.
const moved = 0.4995 + 0.24

// startAtMean sets the weights to the optimum, so that stretches differ little from the first.
func startAtMean(t *testing.T, p Problem) {
	t.Helper()
	if _, err := p.Store.CreateVariable("/flow/mu", tensors.FromFlatDataAndDimensions([]float32{0.5}, 1, 1)); err != nil {
		t.Fatal(err)
	}
}

// returns are the notes of a run that went back.
type returns []string

func (r *returns) hooks() Hooks {
	return Hooks{Event: func(e Event) {
		for _, note := range e.Notes {
			if strings.Contains(note, "diverged") {
				*r = append(*r, note)
			}
		}
	}}
}

func TestATrainingThatDivergesGoesBackAndSaysSoOnce(t *testing.T) {
	twoTurns := func(p *Problem, _ *Recipe) { p.Phases = [][]Loss{{p.Phases[0][0], p.Phases[0][0]}} }
	longEpochs := func(p *Problem, r *Recipe) { p.Data, r.Epochs = []*tensors.Tensor{ramp(10_000)}, 2 }
	for name, test := range map[string]struct {
		choice string
		step   int // that throws the weights away, from 0
		change func(*Problem, *Recipe)
	}{
		"XLA":                       {"xla", 1050, nil},
		"Go":                        {"go", 1050, nil},
		"at a stretch's first step": {"go", 1000, nil},
		"at a stretch's last step":  {"go", 1099, nil}, // its weights are spoilt, but not its loss
		"near the end of a stretch": {"go", 1095, nil},
		"stretches within an epoch": {"go", 1050, longEpochs},
		"the same on XLA":           {"xla", 1050, longEpochs},
		"losses that take turns":    {"go", 1051, twoTurns},
		"windows":                   {"xla", 1050, func(_ *Problem, r *Recipe) { r.Window = 333 }},
		"two devices":               {"xla:cpu,devices=4", 1050, func(_ *Problem, r *Recipe) { r.Devices = 2 }},
		"a store of its own":        {"xla", 1050, func(p *Problem, _ *Recipe) { p.CacheKey = "thrown" }},
		"the best epoch": {"go", 1099, func(p *Problem, r *Recipe) {
			p.Validation, r.KeepBest = p.Data, true
			p.Score = func(scope *model.Scope, batches []*Node) *Node {
				return squaredEach(scope, []*Node{AddScalar(batches[0], 0.24)})
			}
		}},
		"phases with stretches": {"go", 1050, func(p *Problem, _ *Recipe) {
			p.Phases, p.EpochsPerPhase = [][]Loss{p.Phases[0], {constant(9)}}, 4
			startAtMean(t, *p)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := problem(t, throwing(atStep(test.step))), guardRecipe
			if test.change != nil {
				test.change(&p, &r)
			}
			var told returns
			s, err := Run(t.Context(), open(t, test.choice), p, r, nil, told.hooks())
			if err != nil {
				t.Fatal(err)
			}
			if got := mu(t, s); math.Abs(float64(got)-moved) > 0.02 {
				t.Errorf("the mean is %v, want %v", got, moved)
			}
			if len(told) != 1 || !strings.Contains(told[0], "mean") {
				t.Errorf("it told %q, want one return", told)
			}
			if s.Step != 2000 || len(s.Losses) != 2000 || s.Kept != nil {
				t.Errorf("it ends with %d steps, %d losses and %d states kept, want 2000, 2000, 0", s.Step, len(s.Losses), len(s.Kept))
			}
			if highest := slices.Max(s.Losses); test.step < 1099 && highest < 0.5 {
				t.Errorf("the highest loss is %v, want that of the weights thrown away", highest)
			}
		})
	}
}

func TestWeightsThatWereLeftAreNotGoneBackTo(t *testing.T) {
	var told returns
	twice := func(step *Node) *Node { return LogicalOr(atStep(1099)(step), atStep(1350)(step)) }
	s, err := Run(t.Context(), open(t, "go"), problem(t, throwing(twice)), guardRecipe, nil, told.hooks())
	if err != nil {
		t.Fatal(err)
	}
	if got := mu(t, s); math.Abs(float64(got)-moved) > 0.02 || len(told) != 2 {
		t.Errorf("the mean is %v after the returns %q, want %v after two", got, told, moved)
	}
}

// thrownTogether trains flows at once. A gradient of a size throws the weights of flow number hit
// away at step 1,050.
func thrownTogether(t *testing.T, ctx context.Context, choice string, hit int, size float64, r Recipe, all []Member) []*State {
	t.Helper()
	loss, score := shifted(len(all), 100)
	thrown := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		l := loss(scope, batches, progress)
		of := make([]float32, len(all))
		of[hit] = 1
		μ := Reshape(scope.Store().GetVariable("/flow/mu").NodeValue(l), len(all))
		return Add(l, Mul(pull(μ, BroadcastToDims(progress, len(all)), 2000, size, atStep(1050)), Const(l.Graph(), of)))
	}
	states, errs := RunTogether(ctx, open(t, choice), Problem{Flow: "all", Store: model.NewStore(), Score: score, Phases: [][]Loss{{thrown, thrown}}}, r, all)
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return states
}

func TestOneOfSeveralFlowsGoesBackAloneAndAsByItself(t *testing.T) {
	r := Recipe{Epochs: 4, Batch: 1, LearningRate: 0.05} // stretches of 100 steps end within epochs of 500
	for _, choice := range []string{"go", "xla"} {
		const hit = 1
		var told [3]returns
		all := members(t, 3, 100)
		for k := range all {
			all[k].Hooks = told[k].hooks()
		}
		got := thrownTogether(t, t.Context(), choice, hit, 1e6, r, all)
		want := thrownTogether(t, t.Context(), choice, hit, 1e-30, r, members(t, 3, 100)) // the same program, but for a constant
		for k := range all {
			if k != hit {
				if err := sameRun(want[k], got[k]); err != nil || len(told[k]) > 0 {
					t.Errorf("%s: flow %d isn't as if flow %d had not gone back: %v %q", choice, k, hit, err, told[k])
				}
			}
		}
		m, own := members(t, 3, 100)[hit], r
		loss := m.Problem.Phases[0][0]
		thrown := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
			l := loss(scope, batches, progress)
			μ := Reshape(scope.Store().GetVariable("/flow/mu").NodeValue(l))
			return Add(l, pull(μ, progress, 2000, 1e6, atStep(1050)))
		}
		m.Problem.Phases, own.Seed = [][]Loss{{thrown, thrown}}, m.Seed
		var alone returns
		s, err := Run(t.Context(), open(t, choice), m.Problem, own, nil, alone.hooks())
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(mu(t, s))-hit) > 0.02 || len(alone) != 1 {
			t.Fatalf("%s: alone, the flow comes to %v, and tells %q", choice, mu(t, s), alone)
		}
		if a, b := mu(t, s), mu(t, got[hit]); math.Abs(float64(a-b)) > 1e-3 || len(told[hit]) != 1 {
			t.Errorf("%s: the flow comes to %v and tells %q, alone to %v", choice, b, told[hit], a)
		}
		for i := range s.Losses {
			if a, b := s.Losses[i], got[hit].Losses[i]; math.Abs(float64(a-b)) > 1e-3*math.Abs(float64(a))+1e-4 {
				t.Fatalf("%s: the loss of step %d is %v, alone %v", choice, i+1, b, a)
			}
		}
		// Both go back after the same stretch, to the same weights.
		words := func(note string) string { return note[strings.Index(note, "by step"):] }
		if len(told[hit]) == 1 && words(told[hit][0]) != words(alone[0]) {
			t.Errorf("%s: the flow tells %q, alone %q", choice, told[hit], alone)
		}
	}
}

// resumed runs a problem until a step, keeps the state in a file, and goes on from it.
func resumed(t *testing.T, choice string, p func() Problem, r Recipe, step int, change func(*State)) (*State, returns) {
	t.Helper()
	var told returns
	hooks, path := told.hooks(), filepath.Join(t.TempDir(), "state")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stopping := hooks
	stopping.Event = func(e Event) {
		if hooks.Event(e); e.Step >= step {
			stop()
		}
	}
	part, err := Run(ctx, open(t, choice), p(), r, nil, stopping)
	if !errors.Is(err, ErrInterrupted) || part.Step != step {
		t.Fatalf("stopped at step %d, want %d: %v", part.Step, step, err)
	}
	change(part)
	if err := WriteState(path, part, nil); err != nil {
		t.Fatal(err)
	}
	if part, _, err = ReadState(path); err != nil {
		t.Fatal(err)
	}
	s, err := Run(t.Context(), open(t, choice), p(), r, part, hooks)
	if err != nil {
		t.Fatal(err)
	}
	return s, told
}

func TestAStopBetweenKeepingAndReturningChangesNothing(t *testing.T) {
	for _, choice := range []string{"go", "xla"} {
		r := guardRecipe
		r.Window = 250 // a chunk of steps then ends every 25
		thrown := func() Problem { return problem(t, throwing(atStep(1060))) }
		noise := func() Problem { return withNoise(t, throwing(atStep(1060))) }
		cases := map[string]func() Problem{"plain": thrown, "random numbers": noise}
		if choice == "xla" {
			delete(cases, "plain")
		}
		for name, p := range cases {
			var toldWhole returns
			whole, err := Run(t.Context(), open(t, choice), p(), r, nil, toldWhole.hooks())
			if err != nil || len(toldWhole) != 1 {
				t.Fatalf("%s, %s: %v, %q", choice, name, err, toldWhole)
			}
			for _, step := range []int{975, 1000, 1025, 1050, 1075, 1100, 1125} {
				s, told := resumed(t, choice, p, r, step, func(*State) {})
				if err := sameRun(whole, s); err != nil || !slices.Equal(told, toldWhole) {
					t.Errorf("%s, %s, stopped at step %d: %v; it told %q, without a stop %q", choice, name, step, err, told, toldWhole)
				}
			}
		}
	}
}

// withNoise adds a loss with random numbers.
func withNoise(t *testing.T, loss Loss) Problem {
	return problem(t, func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return Add(loss(scope, batches, progress), MulScalar(noisy(scope, batches, progress), 0.1))
	})
}

func TestRandomNumbersDoNotGoBackWithTheWeights(t *testing.T) {
	for _, choice := range []string{"go", "xla"} {
		var generators [][]uint64
		for _, size := range []float64{1e6, 0} {
			p := withNoise(t, throwingBy(2000, size, atStep(1060)))
			var told returns
			s, err := Run(t.Context(), open(t, choice), p, guardRecipe, nil, told.hooks())
			if err != nil || len(told) > 0 != (size > 0) {
				t.Fatalf("%s: %v, %q", choice, err, told)
			}
			generators = append(generators, tensors.MustCopyFlatData[uint64](s.Weights[generator(p.Store).Path()]))
		}
		if !slices.Equal(generators[0], generators[1]) {
			t.Errorf("%s: the generator comes to %v, without a return to %v", choice, generators[0], generators[1])
		}
	}
}

func TestFlowsTrainedAtOnceThatAreStoppedBeforeOneGoesBackGoOnAsOne(t *testing.T) {
	r := Recipe{Epochs: 200, Batch: 50, LearningRate: 0.05} // epochs end every ten steps
	whole := thrownTogether(t, t.Context(), "go", 2, 1e6, r, members(t, 3, 100))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	all := members(t, 3, 100)
	all[0].Hooks.Event = func(e Event) {
		if e.Step >= 1060 {
			stop()
		}
	}
	rest := members(t, 3, 100)
	for k, s := range thrownTogether(t, ctx, "go", 2, 1e6, r, all) {
		if s.Step < 1060 || s.Step >= 1100 {
			t.Fatalf("stopped at step %d", s.Step)
		}
		path := filepath.Join(t.TempDir(), "state")
		if err := WriteState(path, s, nil); err != nil {
			t.Fatal(err)
		}
		var err error
		if rest[k].From, _, err = ReadState(path); err != nil {
			t.Fatal(err)
		}
	}
	var told returns
	rest[2].Hooks = told.hooks()
	for k, s := range thrownTogether(t, t.Context(), "go", 2, 1e6, r, rest) {
		if err := sameRun(whole[k], s); err != nil {
			t.Errorf("flow %d: %v", k, err)
		}
	}
	if len(told) != 1 {
		t.Errorf("after the stop it told %q, want one return", told)
	}
}

func TestACheckpointWithoutKeptWeightsGoesOn(t *testing.T) {
	r := guardRecipe
	r.Window = 250
	p := func() Problem { return problem(t, throwing(atStep(1060))) }
	whole, err := Run(t.Context(), open(t, "go"), p(), r, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	forget := func(s *State) { s.Kept = nil }
	s, told := resumed(t, "go", p, r, 525, forget)
	if err := sameRun(whole, s); err != nil || len(told) != 1 {
		t.Errorf("weights are kept again after a while, but: %v, %q", err, told)
	}
	if s, told = resumed(t, "go", p, r, 1025, forget); s.Step != 2000 || len(told) > 0 {
		t.Errorf("without weights to go back to it took %d steps and told %q", s.Step, told)
	}
}

func TestReturnsAreBoundedAndTheLastSaysSo(t *testing.T) {
	var told returns
	number := func(step *Node, n float64) *Node { return AddScalar(ZerosLike(step), n) }
	// The steps 450, 550, … 1,950 are as many as there may be returns. One more follows at 3,050.
	often := func(step *Node) *Node {
		within := LogicalAnd(GreaterThan(step, number(step, 400)), LessThan(step, number(step, 400+100*maxRollbacks)))
		return LogicalOr(LogicalAnd(within, Equal(Mod(step, number(step, 100)), number(step, 50))), Equal(step, number(step, 3050)))
	}
	r := guardRecipe
	r.Epochs = 64
	p := problem(t, throwingBy(6400, 1e6, often))
	startAtMean(t, p)
	s, err := Run(t.Context(), open(t, "go"), p, r, nil, told.hooks())
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != maxRollbacks || s.Step != 6400 {
		t.Errorf("in %d steps it went back %d times, want 6400 and %d", s.Step, len(told), maxRollbacks)
	}
	if math.Abs(float64(mu(t, s)-moved)) < 0.05 {
		t.Errorf("the mean is %v although it was thrown away once more", mu(t, s))
	}
	for i, note := range told {
		if last := strings.Contains(note, "won't go back any more"); last != (i == maxRollbacks-1) {
			t.Errorf("return %d tells %q", i+1, note)
		}
	}
}

func TestALossThatRisesByItselfIsNoDivergence(t *testing.T) {
	rising := func(size float64, shape func(progress *Node) *Node) [][]Loss {
		return [][]Loss{{func(scope *model.Scope, batches []*Node, progress *Node) *Node {
			return Add(squared(scope, batches, progress), MulScalar(shape(progress), size))
		}}}
	}
	cosine := func(progress *Node) *Node { return OneMinus(Cos(MulScalar(progress, math.Pi))) }
	linear := func(progress *Node) *Node { return progress }
	for name, test := range map[string]struct {
		phases   [][]Loss
		perPhase int
		most     int // returns
		change   func(*Recipe)
	}{
		"a penalty that grows evenly":        {phases: rising(1, linear)},
		"a large penalty that grows evenly":  {phases: rising(100, linear)},
		"a penalty that grows by a cosine":   {phases: rising(1, cosine)},
		"a large one by a cosine":            {phases: rising(100, cosine)},
		"a penalty that grows as the square": {phases: rising(10, Square)},
		"a penalty that sets in and stays": {phases: rising(1, func(p *Node) *Node {
			return Where(GreaterThan(p, AddScalar(ZerosLike(p), 0.503)), OnesLike(p), ZerosLike(p))
		}), most: 1},
		"a penalty that falls":     {phases: rising(-10, cosine)},
		"a warm-up":                {phases: rising(0, linear), change: func(r *Recipe) { r.WarmUp = 0.3 }},
		"phases by epochs":         {phases: [][]Loss{{constant(1)}, {constant(50)}}},
		"phases by several epochs": {phases: [][]Loss{{constant(1)}, {constant(50), constant(70)}}, perPhase: 3},
		"long phases":              {phases: [][]Loss{{squared}, {constant(50)}}, perPhase: 10},
		"losses by steps":          {phases: [][]Loss{{constant(1), constant(50), constant(-3)}}},
	} {
		p, r := problem(t), guardRecipe
		p.Phases, p.EpochsPerPhase = test.phases, test.perPhase
		if test.change != nil {
			test.change(&r)
		}
		var told returns
		if _, err := Run(t.Context(), open(t, "go"), p, r, nil, told.hooks()); err != nil {
			t.Fatal(err)
		}
		if len(told) > test.most {
			t.Errorf("%s: it told %q", name, told)
		}
	}
}

// judgedLosses judges 64 stretches of 100 steps, whose losses are given by their step, and returns
// the stretches that have diverged.
func judgedLosses(loss func(step int) float64) (at []int) {
	g := newGuard()
	for k := range 64 {
		losses := make([]float32, 100)
		for i := range losses {
			losses[i] = float32(loss(100*k + i))
		}
		if g.judge(stretch{unit: 1, whole: true}, losses) == diverged {
			at = append(at, k)
		}
	}
	return at
}

func TestChanceIsNoDivergenceAndFifteenNatsAlwaysAre(t *testing.T) {
	// The order of the rows is fixed, and with it what each of them draws.
	rng := rand.New(rand.NewPCG(1, 0))
	for range 300 {
		scale := math.Exp(rng.Float64()*12 - 8) // of the noise, in nats
		for _, noise := range []struct {
			name string
			draw func() float64
		}{
			{"normal", rng.NormFloat64},
			{"lopsided", rng.ExpFloat64},
			{"outliers", func() float64 { return rng.NormFloat64() + 1e4*float64(rng.IntN(200)/199) }},
			{"quantised", func() float64 { return float64(rng.IntN(2)) }},
		} {
			for _, course := range []struct {
				name string
				of   func(step int) float64
			}{
				{"level", func(int) float64 { return 0 }},
				{"falling", func(step int) float64 { return 100 * scale * math.Exp(-float64(step)/500) }},
				{"rising", func(step int) float64 { return scale * float64(step) / 100 }},
			} {
				if at := judgedLosses(func(step int) float64 { return course.of(step) + scale*noise.draw() }); len(at) > 0 {
					t.Fatalf("%s, %s noise of %g nats: stretches %v are said to have diverged", course.name, noise.name, scale, at)
				}
			}
		}
		// A training that falls by some nats, with a noise of up to a nat a step, jumps and stays.
		noise, from := min(scale, 1), 800+rng.IntN(5500)
		at := judgedLosses(func(step int) float64 {
			loss := 3 + 4*math.Exp(-float64(step)/300) + noise*rng.NormFloat64()
			if step >= from {
				loss += 15
			}
			return loss
		})
		if len(at) == 0 || at[0] != from/100 && at[0] != from/100+1 {
			t.Fatalf("a jump at step %d, with a noise of %g: stretches %v are said to have diverged", from, noise, at)
		}
	}
}

func TestStretchesFollowFromTheProblemAndAreWhole(t *testing.T) {
	losses := func(n int) []Loss { return make([]Loss, n) }
	for _, phases := range [][][]Loss{{losses(1)}, {losses(2)}, {losses(3)}, {losses(1), losses(1)}, {losses(2), losses(1)}, {losses(1), losses(2), losses(2)}} {
		for _, perPhase := range []int{0, 1, 3, 10} {
			for _, perEpoch := range []int{6, 60, 600, 6000, 15624} {
				for _, epochs := range []int{1, 2, 7, 20, 50} {
					p := Problem{Phases: phases, EpochsPerPhase: perPhase}
					what := fmt.Sprintf("%d phases of %d epochs, %d epochs of %d steps", len(phases), perPhase, epochs, perEpoch)
					steps, whole := perEpoch*epochs, 0
					for from := 0; from < steps; {
						s := p.stretch(from, perEpoch, epochs)
						if s.from != from || s.until <= from || s.until > steps {
							t.Fatalf("%s: the stretch of step %d is %+v", what, from, s)
						}
						for _, step := range []int{from + (s.until-from)/2, s.until - 1} {
							if again := p.stretch(step, perEpoch, epochs); again != s {
								t.Fatalf("%s: the stretch of step %d is %+v, of step %d %+v", what, from, s, step, again)
							}
						}
						if from = s.until; !s.whole {
							continue
						}
						whole++
						if (s.until-s.from)%s.unit != 0 {
							t.Fatalf("%s: %+v isn't of whole units", what, s)
						}
						cycle := perEpoch * max(perPhase, 1) * len(phases)
						first, last := p.phase(s.from/perEpoch), p.phase((s.until-1)/perEpoch)
						one := first == last && s.until-s.from <= cycle/len(phases) && s.kind == first && s.unit == len(phases[first])
						if len(phases) > 1 && !one && (s.until-s.from)%cycle != 0 {
							t.Fatalf("%s: %+v is neither of one phase nor of all in equal shares", what, s)
						}
					}
					if whole > maxStretches+len(phases) {
						t.Fatalf("%s: there are %d stretches", what, whole)
					}
					if len(phases) == 1 && steps >= 6400 && whole != maxStretches {
						t.Fatalf("%s: there are %d stretches, want %d", what, whole, maxStretches)
					}
				}
			}
		}
	}
}

func TestKeptWeightsReadBackAndFrozenOnesAreWrittenOnce(t *testing.T) {
	frozen := tensors.FromFlatDataAndDimensions(make([]float32, 100_000), 100_000)
	s := sample()
	s.Kept, s.Weights["/left/frozen"] = nil, frozen
	size := func() int64 {
		path := filepath.Join(t.TempDir(), "state")
		if err := WriteState(path, s, nil); err != nil {
			t.Fatal(err)
		}
		got, _, err := ReadState(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Kept) != len(s.Kept) {
			t.Fatalf("%d states are kept, want %d", len(got.Kept), len(s.Kept))
		}
		for i, k := range s.Kept {
			if got.Kept[i].Step != k.Step || len(got.Kept[i].Weights) != len(k.Weights) {
				t.Fatalf("kept state %d is of step %d with %d weights, want %d, %d", i, got.Kept[i].Step, len(got.Kept[i].Weights), k.Step, len(k.Weights))
			}
			for name, value := range k.Weights {
				if !value.Equal(got.Kept[i].Weights[name]) {
					t.Errorf("kept state %d: %s is %v, want %v", i, name, got.Kept[i].Weights[name], value)
				}
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	without := size()
	for step := 1; step <= 2; step++ {
		weights := Snapshot{}
		for name, value := range s.Weights {
			weights[name] = value
		}
		weights["/flow/scale"] = tensors.FromFlatDataAndDimensions([]float64{float64(step)}, 1)
		s.Kept = append(s.Kept, Kept{step, weights})
	}
	if more := size() - without; more > 10_000 {
		t.Errorf("what is kept takes %d bytes more, of which frozen weights are 400,000", more)
	}
}
