package f4f_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

func TestATransportMapsLeftOntoRight(t *testing.T) {
	base := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(1).Hidden(24).Blocks(1).Samples(30_000).Epochs(1).LearningRate(1e-2).Backend("xla").Store(store(t))
	}
	g := fitted(t, f4f.Between(base(left), base(right)).Layers(1).Hidden(24).Blocks(1).Samples(30_000).Epochs(2).LearningRate(1e-2).Backend("xla").Store(store(t)))
	x := sample(t, left, 10_000, 99)
	y := must[data.Points](t)(g.Forward(x))
	if back := must[data.Points](t)(g.Inverse(y)); furthest(x, back) > 1e-3 {
		t.Errorf("points come back off by up to %g", furthest(x, back))
	}
	// What the left density becomes is the right one, and the other way round.
	z := sample(t, right, 10_000, 98)
	if got := kl(right, z, must[[]float64](t)(g.LogProb(z))); got < -0.01 || got > 0.05 {
		t.Errorf("the KL from right to the transported left is %.4f nats, want 0 to 0.05", got)
	}
	if got := kl(left, x, must[[]float64](t)(g.LogProbLeft(x))); got < -0.01 || got > 0.05 {
		t.Errorf("the KL from left to the transported right is %.4f nats, want 0 to 0.05", got)
	}
	// A map and its log-det at once are those of the map and of the log-probs alone.
	mapped, logDet, err := g.ForwardLogDet(x)
	if err != nil || !slices.Equal(mapped.Values(), y.Values()) {
		t.Errorf("with its log-det the map gives other points, %v", err)
	}
	onRight, there := must[[]float64](t)(g.Right().LogProb(y)), must[[]float64](t)(g.LogProbLeft(x))
	back, backLogDet, err := g.InverseLogDet(y)
	if err != nil || furthest(x, back) > 1e-3 {
		t.Errorf("with its log-det the inverse gives other points, %v", err)
	}
	for i := range there {
		if math.Abs(onRight[i]+logDet[i]-there[i]) > 1e-4 || math.Abs(logDet[i]+backLogDet[i]) > 1e-3 {
			t.Fatalf("point %d has log-det %g, back %g, log-prob %g at its image and %g transported", i, logDet[i], backLogDet[i], onRight[i], there[i])
		}
	}
	d, err := g.Displacement(x)
	if least := math.Hypot(2, 1) * 0.9; err != nil || d.Euclidean < least || d.Euclidean > 3*least {
		t.Errorf("points are moved by %v (%v), where the means are √5 apart", d, err)
	}
}

func TestEveryDirectionTrainsAndLeavesTheBasesAlone(t *testing.T) {
	for _, direction := range []f4f.Direction{f4f.Alternate, f4f.ForwardOnly, f4f.InverseOnly, f4f.BothWays, f4f.ByEpochs(1)} {
		t.Run(direction.String(), func(t *testing.T) {
			plan := smallBetween(t).Direction(direction)
			l := fitted(t, small(t, left))
			g := fitted(t, plan)
			epochs := g.Epochs()
			if first, last := epochs[0], epochs[len(epochs)-1]; last.Validation >= first.Validation {
				t.Errorf("the validation loss went from %v to %v", first.Validation, last.Validation)
			}
			x := sample(t, left, 50, 1)
			before, after := must[[]float64](t)(l.LogProb(x)), must[[]float64](t)(g.Left().LogProb(x))
			for i := range before {
				if before[i] != after[i] {
					t.Fatalf("point %d had log-prob %v under the base and has %v after the transport was trained", i, before[i], after[i])
				}
			}
			y := must[data.Points](t)(g.Forward(x))
			if back := must[data.Points](t)(g.Inverse(y)); furthest(x, back) > 1e-4 {
				t.Errorf("points come back off by up to %g", furthest(x, back))
			}
		})
	}
}

// TestLogProbsAreEachOthersChangeOfVariables: log p_left(x) = log p̃_right(f(x)) + log|det|, where
// the same log-det takes the right density to the left.
func TestLogProbsAreEachOthersChangeOfVariables(t *testing.T) {
	for name, g := range map[string]*f4f.Transport{
		"trained":      fitted(t, smallBetween(t)),
		"standardised": fitted(t, f4f.Between(small(t, left).Standardise(), small(t, right).Standardise()).Layers(2).Hidden(12).Blocks(1).Samples(2000).Epochs(1).Backend("go").Store(store(t))),
		"transfer":     must[*f4f.Transport](t)(f4f.BaseTransfer(fitted(t, small(t, left)), fitted(t, small(t, right)))),
	} {
		x := sample(t, left, 200, 4)
		y := must[data.Points](t)(g.Forward(x))
		onLeft, onRight := must[[]float64](t)(g.Left().LogProb(x)), must[[]float64](t)(g.Right().LogProb(y))
		pushed, pulled := must[[]float64](t)(g.LogProb(y)), must[[]float64](t)(g.LogProbLeft(x))
		for i := range pushed {
			if one, two := onLeft[i]-pushed[i], pulled[i]-onRight[i]; math.Abs(one-two) > 1e-3 {
				t.Fatalf("%s: the log-det at point %d is %v by the one and %v by the other", name, i, one, two)
			}
		}
	}
}

func TestBaseTransferTurnsTheOneDensityIntoTheOther(t *testing.T) {
	l, r := fitted(t, small(t, left)), fitted(t, small(t, right))
	g := must[*f4f.Transport](t)(f4f.BaseTransfer(l, r))
	y := must[data.Points](t)(r.Sample(500, 1))
	a, b := must[[]float64](t)(g.LogProb(y)), must[[]float64](t)(r.LogProb(y))
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-3 {
			t.Fatalf("point %d has log-prob %v by the transfer and %v by the base", i, a[i], b[i])
		}
	}
	if _, err := f4f.BaseTransfer(l, nil); err == nil {
		t.Error("a transfer to nothing was made")
	}
	if _, err := f4f.BaseTransfer(l, fitted(t, small(t, normal{"three", make([]float64, 3), []float64{1, 1, 1}}))); err == nil {
		t.Error("a transfer between dimensions was made")
	}
}

func TestIdentityStartIsTheIdentity(t *testing.T) {
	for name, plan := range map[string]f4f.BetweenPlan{
		"even layers": smallBetween(t).Layers(4),
		"odd layers":  smallBetween(t).Layers(3),
		"coupling":    smallBetween(t).LayerKind(f4f.Coupling),
		"lu":          smallBetween(t).Mixing(f4f.LULinear),
		"permutation": smallBetween(t).Mixing(f4f.Permutation).Seed(8),
	} {
		// Steps so few and small that nothing has moved.
		plan = plan.Samples(200)
		g := fitted(t, plan.IdentityStart().LearningRate(1e-12).Epochs(1))
		x := sample(t, left, 500, 3)
		if off := furthest(x, must[data.Points](t)(g.Forward(x))); off > 1e-5 {
			t.Errorf("%s: points are moved by up to %g", name, off)
		}
		random := furthest(x, must[data.Points](t)(fitted(t, plan.LearningRate(1e-12).Epochs(1)).Forward(x)))
		if random < 1e-2 {
			t.Errorf("%s: the ordinary start is the identity too", name)
		}
		near := furthest(x, must[data.Points](t)(fitted(t, plan.NearIdentity(0.1).LearningRate(1e-12).Epochs(1)).Forward(x)))
		if near < 1e-3 || near > random/2 {
			t.Errorf("%s: near the identity points are moved by up to %g, want between 0.001 and half of the %g of a start at random", name, near, random)
		}
	}
}

func TestPenaltiesKeepPointsWhereTheyAre(t *testing.T) {
	same := f4f.Between(small(t, left), small(t, left).Seed(1)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).LearningRate(5e-3).Epochs(4).Backend("go").Store(store(t))
	own := f4f.PenaltyFunc("quartic", 100, func(x, y *Node) *Node { return ReduceSum(Square(Square(Sub(y, x))), -1) })
	x := sample(t, left, 2000, 5)
	moved := func(p f4f.BetweenPlan) float64 {
		t.Helper()
		return must[float64](t)(func() (float64, error) {
			d, err := fitted(t, p).Displacement(x)
			return d.L1, err
		}())
	}
	free := moved(same)
	for name, p := range map[string]f4f.BetweenPlan{"L1": same.Penalty(f4f.L1(5)), "L2": same.Penalty(f4f.L2(5)), "own": same.Penalty(own), "annealed": same.Penalty(f4f.L1(5).Annealed()), "only": same.Penalty(f4f.L1(1)).PenaltyOnly()} {
		if got := moved(p); got > free/2 {
			t.Errorf("%s: points move %v with a penalty and %v without", name, got, free)
		}
	}
}

func TestATransportLoadsAsItWasSaved(t *testing.T) {
	trained := fitted(t, smallBetween(t).Penalty(f4f.L1(0.1)))
	for _, g := range []*f4f.Transport{trained, must[*f4f.Transport](t)(f4f.BaseTransfer(trained.Left(), trained.Right()))} {
		path := filepath.Join(t.TempDir(), "transport.safetensors")
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
		x := sample(t, left, 100, 1)
		if off := furthest(must[data.Points](t)(g.Forward(x)), must[data.Points](t)(loaded.Forward(x))); off > 1e-4 {
			t.Errorf("%s: the loaded transport maps points up to %g apart", g, off)
		}
		if loaded.String() != g.String() || loaded.Fingerprint() != g.Fingerprint() {
			t.Errorf("loaded %s, saved %s", loaded, g)
		}
		if loaded.Architecture() != g.Architecture() || loaded.Recipe() != g.Recipe() || (g == trained) != (g.Recipe().Epochs > 0) {
			t.Errorf("loaded by %+v, %+v, saved by %+v, %+v", loaded.Architecture(), loaded.Recipe(), g.Architecture(), g.Recipe())
		}
		if _, err := f4f.LoadDensity(t.Context(), path); err == nil || !strings.Contains(err.Error(), "read it with LoadTransport") {
			t.Errorf("loading a transport as a density gives %v", err)
		}
	}
}
