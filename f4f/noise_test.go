package f4f_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// steep is a distribution of two whole numbers whose probabilities differ much from one to the next.
func steep(t *testing.T) *data.Discrete {
	t.Helper()
	quantised := must[*data.Discrete](t)(data.Quantized(data.FourCircles(), -4, 4, 12))
	return quantised.InLevels()
}

// wholeNumbers is a plan to learn two whole numbers.
func wholeNumbers(t *testing.T, s data.Source) f4f.BasePlan {
	return small(t, s).Column("0", data.Whole).Column("1", data.Whole).Standardise()
}

// variational is a plan to learn two whole numbers and their noise.
func variational(t *testing.T, s data.Source) f4f.BasePlan {
	return wholeNumbers(t, s).VariationalNoise()
}

func TestBoundsOfWholeNumbersAreBelowTheirProbabilitiesAndGetTighter(t *testing.T) {
	truth := steep(t)
	all := must[data.Points](t)(truth.All())
	mean := func(values []float64) (sum float64) {
		for i, p := range all.Weights() {
			if p > 0 {
				sum += p * values[i]
			}
		}
		return sum
	}
	for name, plan := range map[string]f4f.BasePlan{
		"learned noise":    variational(t, truth),
		"uniform noise":    wholeNumbers(t, truth),
		"learned, float64": variational(t, truth).Precision(f4f.Float64),
	} {
		d := fitted(t, plan)
		exact, few, many := mean(must[[]float64](t)(d.LogProb(all))), 0.0, 0.0
		const seeds = 20
		for seed := range uint64(seeds) {
			few += mean(must[[]float64](t)(d.LogProbBound(all, 1, seed))) / seeds
			many += mean(must[[]float64](t)(d.LogProbBound(all, 16, seed))) / seeds
		}
		if !(few < many-0.01 && many < exact+0.002 && many > exact-0.3) {
			t.Errorf("%s: bounds of 1 and of 16 draws are %.4f and %.4f, and log P %.4f in the mean", name, few, many, exact)
		}
		again, other := must[[]float64](t)(d.LogProbBound(all, 2, 1)), must[[]float64](t)(d.LogProbBound(all, 2, 2))
		if !slices.Equal(again, must[[]float64](t)(d.LogProbBound(all, 2, 1))) || slices.Equal(again, other) {
			t.Errorf("%s: bounds don't follow from the seed", name)
		}
		// The last epochs' losses are of the same bound.
		if losses := d.Epochs(); math.Abs(losses[len(losses)-1].Validation+few) > 0.15 {
			t.Errorf("%s: the bound is %.4f in the mean, and the last validation loss %.4f", name, few, losses[len(losses)-1].Validation)
		}
	}
}

func TestProbabilitiesUnderLearnedNoiseAddUpToOne(t *testing.T) {
	d := fitted(t, variational(t, steep(t)))
	wide := must[*data.Discrete](t)(data.NewDiscrete("wide", data.Grid{Quantum: []float64{1, 1}, Origin: []float64{-40, -40}}, []int{100, 100}, slices.Repeat([]float64{1}, 10_000)))
	sum := 0.0
	for _, l := range must[[]float64](t)(d.LogProb(must[data.Points](t)(wide.All()))) {
		sum += math.Exp(l)
	}
	if math.Abs(sum-1) > 0.01 {
		t.Errorf("the probabilities of all whole numbers from −40 to 59 add up to %.4f", sum)
	}
}

// TestLearnedNoiseComesNearerToSteepProbabilities is what learned noise is for.
func TestLearnedNoiseComesNearerToSteepProbabilities(t *testing.T) {
	truth := steep(t)
	all := must[data.Points](t)(truth.All())
	kl := func(plan f4f.BasePlan) (sum float64) {
		d := fitted(t, plan.Backend("xla").Hidden(64).Blocks(1).Bins(8).Samples(128*1200).Batch(128).Epochs(1).LearningRate(3e-3))
		for i, l := range must[[]float64](t)(d.LogProb(all)) {
			if p := all.Weights()[i]; p > 0 {
				sum += p * (math.Log(p) - l)
			}
		}
		return sum
	}
	learned, uniform := kl(variational(t, truth)), kl(wholeNumbers(t, truth))
	t.Logf("KL to the truth after 1,200 steps: %.4f nats with learned noise, %.4f with uniform noise", learned, uniform)
	if !(learned < uniform) {
		t.Errorf("the KL is %.4f nats with learned noise, and %.4f with uniform noise", learned, uniform)
	}
}

func TestLearnedNoiseBesideContinuousColumnsAndConditions(t *testing.T) {
	source := onWhole{turned{}}
	d := fitted(t, small(t, source).Column("1", data.Whole).VariationalNoise())
	x, c, err := source.SampleWithConditions(200, 3)
	if err != nil {
		t.Fatal(err)
	}
	d = d.At(c)
	z := must[data.Points](t)(d.Encode(x))
	back := must[data.Points](t)(d.Decode(z))
	for i := range x.Len() {
		if back.At(i, 1) != x.At(i, 1) || math.Abs(back.At(i, 0)-x.At(i, 0)) > 1e-3*(1+math.Abs(x.At(i, 0))) {
			t.Fatalf("point %v comes back as %v", x.Row(i), back.Row(i))
		}
	}
	if s := must[data.Points](t)(d.Sample(200, 1)); s.At(0, 1) != math.Trunc(s.At(0, 1)) || s.At(0, 0) == math.Trunc(s.At(0, 0)) {
		t.Errorf("a sample is %v", s.Row(0))
	}
	must[[]float64](t)(d.LogProbBound(x, 3, 1))

	path := filepath.Join(t.TempDir(), "noise.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), path)).At(c)
	kept := must[[]float64](t)(d.LogProbBound(x, 3, 1))
	for i, bound := range must[[]float64](t)(loaded.LogProbBound(x, 3, 1)) { // perhaps on another backend
		if math.Abs(bound-kept[i]) > 1e-3*(1+math.Abs(kept[i])) {
			t.Fatalf("the bound of point %d is %v, and was %v before the density was saved", i, bound, kept[i])
		}
	}
}

// threeCounts is a distribution of three features: two whole numbers that depend on each other, and one
// that is 0 half of the time.
type threeCounts struct{ *data.Discrete }

func (s threeCounts) Dim() int            { return 3 }
func (s threeCounts) Name() string        { return "three counts" }
func (s threeCounts) Fingerprint() string { return "three counts" }
func (s threeCounts) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.Discrete.Sample(n, seed)
	if err != nil {
		return x, err
	}
	rng := rand.New(rand.NewPCG(seed, 7))
	third := make([]float32, n)
	for i := range third {
		if rng.IntN(2) == 0 {
			third[i] = float32(x.At(i, 0) + rng.NormFloat64())
		}
	}
	last, err := data.NewPoints(1, third)
	if err != nil {
		return x, err
	}
	return x.HStack(last)
}

// TestNoiseLearnedForSomeColumns learns the noise of one column beside uniform noise of others. All
// named is as none named; the bound holds and gets tighter; what goes in comes out.
func TestNoiseLearnedForSomeColumns(t *testing.T) {
	source := threeCounts{steep(t)}
	plan := wholeNumbers(t, source).Column("2", data.Spike(0))
	if a, b := must[string](t)(plan.VariationalNoise().Fingerprint()), must[string](t)(plan.VariationalNoise("1", "0").Fingerprint()); a != b {
		t.Error("to name all columns with whole numbers is another plan than to name none")
	}
	d := fitted(t, plan.VariationalNoise("1"))
	x := must[data.Points](t)(source.Sample(300, 5))
	mean := func(values []float64) (sum float64) {
		for _, v := range values {
			sum += v / float64(len(values))
		}
		return sum
	}
	exact, few, many := mean(must[[]float64](t)(d.LogProb(x))), 0.0, 0.0
	const seeds = 8
	for seed := range uint64(seeds) {
		few += mean(must[[]float64](t)(d.LogProbBound(x, 1, seed))) / seeds
		many += mean(must[[]float64](t)(d.LogProbBound(x, 50, seed))) / seeds
	}
	t.Logf("bounds of 1 and of 50 draws are %.4f and %.4f, log P %.4f in the mean", few, many, exact)
	if !(few < many-0.01 && math.Abs(many-exact) < 0.05) {
		t.Errorf("bounds of 1 and of 50 draws are %.4f and %.4f, and log P %.4f in the mean", few, many, exact)
	}
	// Off the spike two columns have noise, and the integral is nearly exact.
	var beside []int
	for i := range x.Len() {
		if x.At(i, 2) != 0 {
			beside = append(beside, i)
		}
	}
	off := must[data.Points](t)(x.Pick(beside[:20]...))
	byDraws, worst := must[[]float64](t)(d.LogProbBound(off, 10_000, 3)), 0.0
	for i, l := range must[[]float64](t)(d.LogProb(off)) {
		worst = max(worst, math.Abs(l-byDraws[i]))
	}
	t.Logf("beside the spike log P is within %.4f of 10,000 draws", worst)
	if worst > 0.02 {
		t.Errorf("beside the spike log P is up to %.4f from that by 10,000 draws", worst)
	}
	back := must[data.Points](t)(d.Decode(must[data.Points](t)(d.Encode(x))))
	for i := range x.Len() {
		for j := range 3 {
			if math.Abs(back.At(i, j)-x.At(i, j)) > 1e-3*(1+math.Abs(x.At(i, j))) || j < 2 && back.At(i, j) != x.At(i, j) {
				t.Fatalf("point %v comes back as %v", x.Row(i), back.Row(i))
			}
		}
	}
	path := filepath.Join(t.TempDir(), "some.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), path))
	kept := must[[]float64](t)(d.LogProb(x))
	for i, l := range must[[]float64](t)(loaded.LogProb(x)) {
		if math.Abs(l-kept[i]) > 1e-3*(1+math.Abs(kept[i])) {
			t.Fatalf("log P of point %d is %v, and was %v before the density was saved", i, l, kept[i])
		}
	}
}

func TestTransportsDrawTheNoiseThatTheirSidesHaveLearned(t *testing.T) {
	truth := steep(t)
	x := must[data.Points](t)(truth.Sample(400, 1))
	d := fitted(t, variational(t, truth))

	// Through the base distribution and back to the same density, every point comes to its own cell.
	itself := must[*f4f.Transport](t)(f4f.BaseTransfer(d, d))
	if y := must[data.Points](t)(itself.Forward(x)); !slices.Equal(y.Values(), x.Values()) {
		t.Error("a base transfer of a density onto itself moves points")
	}

	// Forward of a base transfer is Encode, with its noise, and the other's Decode.
	e := fitted(t, small(t, left).Standardise())
	onto := must[*f4f.Transport](t)(f4f.BaseTransfer(d, e))
	y := must[data.Points](t)(onto.Forward(x))
	encoded := must[data.Points](t)(e.Decode(must[data.Points](t)(d.Encode(x))))
	for i, v := range y.Values() {
		if math.Abs(float64(v-encoded.Values()[i])) > 1e-3 {
			t.Fatalf("value %d of the image is %v, and %v by Encode and Decode", i, v, encoded.Values()[i])
		}
	}

	between := func(left, right f4f.BasePlan) f4f.BetweenPlan {
		return f4f.Between(left, right).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Store(store(t))
	}
	conditional := small(t, onWhole{turned{}}).Column("1", data.Whole).VariationalNoise()
	c := must[data.Points](t)(data.Point(0.5).Repeat(400))
	for name, plan := range map[string]f4f.BetweenPlan{
		"alternate":             between(variational(t, truth), variational(t, truth).Seed(1)),
		"learned to continuous": between(variational(t, truth), small(t, left)).Direction(f4f.BothWays),
		"a potential":           between(variational(t, truth), variational(t, truth).Seed(1)).LayerKind(f4f.ConvexPotential).Hidden(8),
		"among conditions":      between(conditional, conditional).On(f4f.Difference),
		"two conditional sides": between(conditional, conditional.Seed(1)).On(f4f.Shared),
	} {
		g, points := fitted(t, plan), x
		if g.Left().ConditionDim() > 0 {
			g, points = g.At(c, c), must[data.Points](t)(d.Sample(400, 2))
		}
		y := must[data.Points](t)(g.Forward(points))
		for i := range y.Len() {
			if v := y.At(i, 1); name != "learned to continuous" && v != math.Trunc(v) {
				t.Fatalf("%s: the image of %v is %v", name, points.Row(i), y.Row(i))
			}
		}
		must[[]float64](t)(g.LogProb(y))
		path := filepath.Join(t.TempDir(), "transport.safetensors")
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded := must[*f4f.Transport](t)(f4f.LoadTransport(context.Background(), path))
		if loaded.Left().ConditionDim() == 0 {
			must[[]float64](t)(loaded.Left().LogProbBound(points, 1, 1))
		}
	}
}

// TestBoundsOfTransportsAndEnsemblesAreThoseOfTheirDensities compares two ways to one bound: a base
// transfer brings the far side's base distribution to a side as its own density does.
func TestBoundsOfTransportsAndEnsemblesAreThoseOfTheirDensities(t *testing.T) {
	truth := steep(t)
	x := must[data.Points](t)(truth.Sample(100, 1))
	e := fitted(t, small(t, left).Standardise())
	for name, plan := range map[string]f4f.BasePlan{"learned noise": variational(t, truth), "uniform noise": wholeNumbers(t, truth)} {
		d := fitted(t, plan)
		near := func(what string, bounds, want []float64) {
			t.Helper()
			for i, b := range bounds {
				if math.Abs(b-want[i]) > 1e-3*(1+math.Abs(want[i])) {
					t.Fatalf("%s, %s: the bound of row %d is %v, want %v", name, what, i, b, want[i])
				}
			}
		}
		want := must[[]float64](t)(d.LogProbBound(x, 5, 1))
		near("from the left", must[[]float64](t)(must[*f4f.Transport](t)(f4f.BaseTransfer(d, e)).LogProbLeftBound(x, 5, 1)), want)
		onto := must[*f4f.Transport](t)(f4f.BaseTransfer(e, d))
		near("onto the right", must[[]float64](t)(onto.LogProbBound(x, 5, 1)), want)

		continuous := sample(t, left, 10, 1)
		near("a side without noise", must[[]float64](t)(onto.LogProbLeftBound(continuous, 5, 1)), must[[]float64](t)(onto.LogProbLeft(continuous)))

		ensemble := must[*f4f.DensityEnsemble](t)(f4f.Ensemble(plan, 2).Fit(t.Context()))
		mean := make([]float64, x.Len())
		for _, member := range ensemble.Members() {
			for i, b := range must[[]float64](t)(member.LogProbBound(x, 5, 1)) {
				mean[i] += math.Exp(b) / 2
			}
		}
		for i, m := range mean {
			mean[i] = math.Log(m)
		}
		near("an ensemble", must[[]float64](t)(ensemble.LogProbBound(x, 5, 1)), mean)
		_, err := onto.LogProbBound(x, 0, 1)
		mentions(t, "no draws", err, "at least 1", "0")
	}
	// The image of a transport takes the noise that its right has learned along, into files too.
	g := fitted(t, f4f.Between(small(t, left).Standardise(), variational(t, truth)).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Store(store(t)))
	image := must[*f4f.Density](t)(g.Image())
	path := filepath.Join(t.TempDir(), "image.safetensors")
	if err := image.Save(path); err != nil {
		t.Fatal(err)
	}
	want := must[[]float64](t)(g.LogProbBound(x, 1, 1))
	for name, d := range map[string]*f4f.Density{"image": image, "image from a file": must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))} {
		for i, b := range must[[]float64](t)(d.LogProbBound(x, 1, 1)) {
			if math.Abs(b-want[i]) > 1e-3*(1+math.Abs(want[i])) {
				t.Fatalf("%s: the bound of row %d is %v, and %v by the transport", name, i, b, want[i])
			}
		}
	}
	table := data.FromPoints("numbers", must[data.Points](t)(truth.Sample(400, 2)))
	cross := fitted(t, f4f.CrossFit(variational(t, table), 2))
	crossTransport := fitted(t, f4f.CrossFit(f4f.Between(variational(t, table), variational(t, table).Seed(1)).
		Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Store(store(t)), 2))
	mean := func(values []float64, err error) (sum float64) {
		for _, v := range must[[]float64](t)(values, err) {
			sum += v / float64(len(values))
		}
		return sum
	}
	for name, of := range map[string]struct {
		logProb func(data.Points) ([]float64, error)
		bound   func(data.Points, int, uint64) ([]float64, error)
	}{
		"cross-fit":           {cross.LogProb, cross.LogProbBound},
		"cross-fit, to right": {crossTransport.LogProb, crossTransport.LogProbBound},
		"cross-fit, to left":  {crossTransport.LogProbLeft, crossTransport.LogProbLeftBound},
	} {
		exact, one, many := mean(of.logProb(table.Points())), mean(of.bound(table.Points(), 1, 1)), mean(of.bound(table.Points(), 100, 1))
		if !(one < many-0.01 && math.Abs(many-exact) < 0.05) {
			t.Errorf("%s: bounds of 1 and of 100 draws are %.4f and %.4f in the mean, and log P %.4f", name, one, many, exact)
		}
	}
	var none *f4f.Transport
	if _, err := none.LogProbBound(x, 1, 1); err == nil {
		t.Error("a nil transport has a bound")
	}
	if _, err := none.LogProbLeftBound(x, 1, 1); err == nil {
		t.Error("a nil transport has a bound on the left")
	}
}

func TestLearnedNoiseIsTheSameOnDevicesInWindowsAndTogether(t *testing.T) {
	truth := steep(t)
	plan := func(seed uint64) f4f.BasePlan {
		return variational(t, truth).Seed(seed).Backend("xla:cpu").Devices(1).Epochs(1).LearningRate(1e-3).Store(t.TempDir())
	}
	alone := fitted(t, plan(1)).Losses()
	if in := fitted(t, plan(1).Window(200)).Losses(); !slices.Equal(in, alone) {
		t.Error("windows change the losses")
	}
	compare := func(what string, losses []float32) {
		for i, l := range losses {
			if math.Abs(float64(l-alone[i])) > 0.02 {
				t.Fatalf("%s: the loss of step %d is %v, and %v alone", what, i, l, alone[i])
			}
		}
	}
	compare("two devices", fitted(t, plan(1).Backend("xla:cpu,devices=2").Devices(2)).Losses())
	flows, err := f4f.FitBatched(context.Background(), plan(1), plan(2))
	if err != nil {
		t.Fatal(err)
	}
	compare("together", flows[0].Losses())
	if slices.Equal(flows[0].Losses(), flows[1].Losses()) {
		t.Error("two seeds have one flow")
	}
}

func TestBoundsWithoutNoiseAreLogDensities(t *testing.T) {
	d := fitted(t, small(t, left))
	x := sample(t, left, 50, 1)
	if !slices.Equal(must[[]float64](t)(d.LogProbBound(x, 5, 1)), must[[]float64](t)(d.LogProb(x))) {
		t.Error("there is no noise, and the bound isn't the log-density")
	}
}

func TestPlansThatCanLearnNoNoise(t *testing.T) {
	truth := steep(t)
	_, err := small(t, left).VariationalNoise().Fit(context.Background())
	mentions(t, "no whole numbers", err, "data.Whole", "VariationalNoise")
	_, err = small(t, truth).Column("0", data.Whole, data.Quantile).VariationalNoise().Fit(context.Background())
	mentions(t, "a further map that depends on the data", err, "column 0", "data.Quantile", "VariationalNoise")
	_, err = small(t, truth).Column("0", data.Whole, data.LogAbove(-1.5)).VariationalNoise().Fit(context.Background())
	mentions(t, "a map with an end within a cell", err, "column 0", "-1.5", "whole numbers", "VariationalNoise")
	_, err = small(t, truth).Column("0", data.Whole).Column("1", data.Spike(0)).VariationalNoise("1").Fit(context.Background())
	mentions(t, "a spike", err, `"1"`, "data.Whole")
	_, err = small(t, truth).Column("0", data.Whole).VariationalNoise("0", "1").Fit(context.Background())
	mentions(t, "a continuous column", err, `"1"`, "data.Whole")
	_, err = small(t, truth).Column("0", data.Whole).VariationalNoise("weight").Fit(context.Background())
	mentions(t, "a name that no column has", err, "weight", "VariationalNoise")
	_, err = small(t, truth).Column("0", data.Whole, data.Argmax("side")).Column("1", data.Whole, data.Argmax("side")).VariationalNoise("0").Fit(context.Background())
	mentions(t, "one of a feature's classes", err, "1", "side", "VariationalNoise")
	_, err = small(t, truth).Column("nothing", data.Whole).VariationalNoise().Fit(context.Background())
	mentions(t, "no such column", err, "nothing")
	_, err = f4f.Known(data.Gaussian(2)).VariationalNoise().Fit(context.Background())
	mentions(t, "a density that is given", err, "VariationalNoise")

	plan := variational(t, truth)
	d := fitted(t, plan)
	_, err = d.LogProbBound(must[data.Points](t)(truth.Sample(3, 1)), 0, 1)
	mentions(t, "no draws", err, "at least 1", "0")
	_, err = d.LogProbBound(data.Point(0.5, 1), 1, 1)
	mentions(t, "a fraction", err, "0.5", "whole numbers")
	var none *f4f.Density
	if _, err := none.LogProbBound(data.Point(1, 1), 1, 1); err == nil {
		t.Error("a nil density has a bound")
	}
	if text := wholeNumbers(t, truth).VariationalNoise("0", "1").String(); !strings.Contains(text, `.VariationalNoise("0", "1")`) {
		t.Errorf("the plan is %s", text)
	}
	if text := plan.String(); !strings.Contains(text, ".VariationalNoise()") {
		t.Errorf("the plan is %s", text)
	}
	if a, b := must[string](t)(plan.Fingerprint()), must[string](t)(wholeNumbers(t, truth).Fingerprint()); a == b {
		t.Error("learned and uniform noise have one fingerprint")
	}
}

// mentions fails unless an error says what is wrong.
func mentions(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: the error doesn't mention %s: %v", what, word, err)
		}
	}
}

// onWhole is a conditional source whose second feature is rounded.
type onWhole struct{ turned }

func (s onWhole) Name() string { return "whole " + s.turned.Name() }

func (s onWhole) SampleWithConditions(n int, seed uint64) (x, c data.Points, err error) {
	x, c, err = s.turned.SampleWithConditions(n, seed)
	for i := range x.Len() {
		x.Row(i)[1] = float32(math.Round(4 * x.At(i, 1)))
	}
	return x, c, err
}
