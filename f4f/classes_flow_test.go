package f4f_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// decays are five classes, not equally frequent, with a mass for each.
var decays = []struct {
	class string
	share float64
	mass  float64
}{{"ee", 0.4, -2}, {"em", 0.05, 0}, {"mm", 0.3, 2}, {"tt", 0.15, -1}, {"qq", 0.1, 1}}

// decayCode is the code of their classes.
func decayCode(t *testing.T) data.BinaryCode {
	t.Helper()
	var classes []string
	for _, d := range decays {
		classes = append(classes, d.class)
	}
	return must[data.BinaryCode](t)(data.NewBinaryCode("decay", classes...))
}

// decayed returns the digits of n decays, and their masses.
func decayed(t *testing.T, n int, seed uint64) (digits, masses data.Points) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	var classes []string
	var values []float32
	for range n {
		u, k := rng.Float64(), 0
		for ; k < len(decays)-1 && u >= decays[k].share; k++ {
			u -= decays[k].share
		}
		classes = append(classes, decays[k].class)
		values = append(values, float32(decays[k].mass+0.2*rng.NormFloat64()))
	}
	masses = must[data.Points](t)(must[data.Points](t)(data.NewPoints(1, values)).WithColumnNames("mass"))
	return must[data.Points](t)(decayCode(t).Encode(classes)), masses
}

// argmaxFlow is a plan to learn digits as the signs of numbers.
func argmaxFlow(t *testing.T, of data.Points) f4f.BasePlan {
	t.Helper()
	return ofDigits(t, of, decayCode(t).ArgmaxMaps())
}

// ofDigits is a plan to learn digits by these maps.
func ofDigits(t *testing.T, of data.Points, maps []data.ColumnMaps) f4f.BasePlan {
	t.Helper()
	plan := small(t, data.FromPoints("decays", of)).Hidden(32).Samples(16_000).VariationalNoise()
	for _, c := range maps {
		plan = plan.Column(c.Column, c.Maps...)
	}
	return plan
}

func TestClassesAndWhatComesWithThemAreLearnedFromDigits(t *testing.T) {
	digits, masses := decayed(t, 20_000, 1)
	both := must[data.Points](t)(digits.HStack(masses))
	for name, maps := range map[string][]data.ColumnMaps{"digits": decayCode(t).ColumnMaps(), "an argmax flow": decayCode(t).ArgmaxMaps()} {
		d := fitted(t, ofDigits(t, both, maps))
		const n = 20_000
		x := sample(t, d, n, 1)
		counts, sums := map[string]float64{}, map[string]float64{}
		for i, class := range must[[]string](t)(decayCode(t).Decode(x)) {
			counts[class]++
			sums[class] += x.At(i, 3)
		}
		for _, want := range decays {
			if share, mass := counts[want.class]/n, sums[want.class]/counts[want.class]; math.Abs(share-want.share) > 0.04 || math.Abs(mass-want.mass) > 0.2+0.03/want.share {
				t.Errorf("%s: %s has %.3f of the samples with a mean mass of %.2f, want %.3f and %.2f", name, want.class, share, mass, want.share, want.mass)
			}
		}
		if strays := counts[""] / n; strays > 0.03 {
			t.Errorf("%s: %.3f of the samples are of no class", name, strays)
		}
		// Encode draws the noise, and Decode takes it back to the digits.
		for i, v := range must[data.Points](t)(d.Decode(must[data.Points](t)(d.Encode(x.Slice(0, 500))))).Values() {
			if math.Abs(float64(v-x.Values()[i])) > 2e-3 {
				t.Fatalf("%s: value %d of the points comes back as %v from %v", name, i, v, x.Values()[i])
			}
		}
	}
}

// An argmax flow over one column for each class has no strays, and probabilities that add up to 1 over the
// classes alone.
func TestClassesAreLearnedAsTheLargestOfSeveralNumbers(t *testing.T) {
	digits, masses := decayed(t, 20_000, 1)
	code := must[data.OneHotCode](t)(data.NewOneHotCode("decay", decayCode(t).Classes()...))
	classes := must[[]string](t)(decayCode(t).Decode(digits))
	columns := must[data.Points](t)(code.Encode(classes))
	d := fitted(t, ofDigits(t, must[data.Points](t)(columns.HStack(masses)), code.ColumnMaps()))
	const n = 20_000
	x := sample(t, d, n, 1)
	counts, sums := map[string]float64{}, map[string]float64{}
	for i, class := range must[[]string](t)(code.Decode(x)) {
		counts[class]++
		sums[class] += x.At(i, x.Dim()-1)
	}
	for _, want := range decays {
		if share, mass := counts[want.class]/n, sums[want.class]/counts[want.class]; math.Abs(share-want.share) > 0.04 || math.Abs(mass-want.mass) > 0.2+0.03/want.share {
			t.Errorf("%s has %.3f of the samples with a mean mass of %.2f, want %.3f and %.2f", want.class, share, mass, want.share, want.mass)
		}
	}
	back := must[data.Points](t)(d.Decode(must[data.Points](t)(d.Encode(x.Slice(0, 500)))))
	if !slices.Equal(must[[]string](t)(code.Decode(back)), must[[]string](t)(code.Decode(x.Slice(0, 500)))) {
		t.Error("classes don't come back from what they are encoded to")
	}

	alone := fitted(t, ofDigits(t, columns, code.ColumnMaps()).Samples(8000))
	all := must[data.Points](t)(code.Encode(code.Classes()))
	exact, many := must[[]float64](t)(alone.LogProb(all)), must[[]float64](t)(alone.LogProbBound(all, 1000, 1))
	sum, bounds, one, thousand := 0.0, 0.0, 0.0, 0.0
	for k, want := range decays {
		sum, bounds = sum+math.Exp(exact[k]), bounds+math.Exp(many[k])
		thousand += want.share * many[k]
		for seed := range uint64(20) {
			one += want.share * must[[]float64](t)(alone.LogProbBound(all, 1, seed))[k] / 20
		}
		if math.Abs(math.Exp(many[k])-want.share) > 0.04 {
			t.Errorf("%s has the probability %.3f, want %.3f", want.class, math.Exp(many[k]), want.share)
		}
	}
	if math.Abs(bounds-1) > 0.01 || math.Abs(sum-1) > 0.1 {
		t.Errorf("the probabilities add up to %.4f by 1000 draws, and to %.4f by nodes", bounds, sum)
	}
	if !(one < thousand+0.02 && one > thousand-0.2) { // 0.02 is for chance
		t.Errorf("bounds of 1 and of 1000 draws are %.4f and %.4f in the mean", one, thousand)
	}
}

// The columns of a class go together: to know some of them is to know nothing that a flow could go by.
func TestClassesAreKnownWholeOrNotAtAll(t *testing.T) {
	digits, masses := decayed(t, 3000, 1)
	code := must[data.OneHotCode](t)(data.NewOneHotCode("decay", decayCode(t).Classes()...))
	columns := must[data.Points](t)(code.Encode(must[[]string](t)(decayCode(t).Decode(digits))))
	d := fitted(t, ofDigits(t, must[data.Points](t)(columns.HStack(masses)), code.ColumnMaps()).Samples(2000).Mixing(f4f.InOrder))
	for _, known := range [][]float32{{1}, {0}, {0, 1}, {1, 0, 0, 0}, {1, float32(math.NaN())}} {
		if x, err := d.Complete(data.Point(known...), 1); err == nil {
			t.Errorf("%v is completed to %v", known, x.Row(0))
		}
	}
	for i, class := range code.Classes() {
		known := make([]float32, 5)
		known[i] = 1
		x := must[data.Points](t)(d.Complete(data.Point(known...), 1))
		if got := must[[]string](t)(code.Decode(must[data.Points](t)(x.WithColumnNames(append(code.ColumnNames(), "mass")...))))[0]; got != class {
			t.Errorf("%s is completed to %s", class, got)
		}
	}
}

func TestProbabilitiesOfDigitsAddUpToOneAndBoundsAreBelow(t *testing.T) {
	digits, _ := decayed(t, 5000, 1)
	d := fitted(t, argmaxFlow(t, digits))
	var all []float32
	for k := range 8 {
		all = append(all, float32(k>>2&1), float32(k>>1&1), float32(k&1))
	}
	x := must[data.Points](t)(must[data.Points](t)(data.NewPoints(3, all)).WithColumnNames(digits.ColumnNames()...))
	exact := must[[]float64](t)(d.LogProb(x))
	sum := 0.0
	for _, l := range exact {
		sum += math.Exp(l)
	}
	if math.Abs(sum-1) > 0.03 {
		t.Errorf("the probabilities of all digits add up to %.4f", sum)
	}
	few, many, logs := 0.0, 0.0, 0.0
	const seeds = 15
	for k, want := range decays {
		logs += want.share * exact[k]
		for seed := range uint64(seeds) {
			few += want.share * must[[]float64](t)(d.LogProbBound(x, 1, seed))[k] / seeds
			many += want.share * must[[]float64](t)(d.LogProbBound(x, 30, seed))[k] / seeds
		}
	}
	if !(few < many && many < logs+0.03 && many > logs-0.2) {
		t.Errorf("bounds of 1 and of 30 draws are %.4f and %.4f, and log P %.4f in the mean", few, many, logs)
	}
	path := filepath.Join(t.TempDir(), "digits.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	kept := must[[]float64](t)(d.LogProbBound(x, 3, 1))
	for i, bound := range must[[]float64](t)(must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), path)).LogProbBound(x, 3, 1)) {
		if math.Abs(bound-kept[i]) > 1e-3*(1+math.Abs(kept[i])) {
			t.Errorf("the bound of point %d is %v, and was %v before the density was saved", i, bound, kept[i])
		}
	}
}

func TestTransportsTakeDigitsToDigits(t *testing.T) {
	digits, _ := decayed(t, 3000, 1)
	others, _ := decayed(t, 3000, 2)
	left, right := argmaxFlow(t, digits), argmaxFlow(t, others).Seed(1)
	bounds := map[bool]int{}
	ctx := f4f.WithEvents(t.Context(), func(e fit.Event) {
		if e.Step > 0 {
			bounds[e.LossesAreBounds]++
		}
	})
	g := must[*f4f.Transport](t)(f4f.Between(left, right).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(1).Backend("go").Store(store(t)).Fit(ctx))
	if bounds[true] == 0 || bounds[false] > 0 || !g.LossesAreBounds() {
		t.Errorf("%d events tell bounds, and %d losses, want bounds alone", bounds[true], bounds[false])
	}
	for _, way := range []func(data.Points) (data.Points, error){g.Forward, g.Inverse} {
		for i, v := range must[data.Points](t)(way(digits.Slice(0, 500))).Values() {
			if v != 0 && v != 1 { // by ArgmaxMaps the line has the two halves and no more
				t.Fatalf("image %d has the digit %v", i/3, v)
			}
		}
	}
}

// A transport between classes takes each row to a class, the same at each call, and has the noise of the
// row's class to choose it by: there and back is another class now and then.
func TestTransportsTakeClassesToClasses(t *testing.T) {
	code := must[data.OneHotCode](t)(data.NewOneHotCode("decay", decayCode(t).Classes()...))
	side := func(seed uint64) (f4f.BasePlan, data.Points) {
		digits, _ := decayed(t, 3000, seed)
		x := must[data.Points](t)(code.Encode(must[[]string](t)(decayCode(t).Decode(digits))))
		return ofDigits(t, x, code.ColumnMaps()).Samples(3000), x
	}
	left, x := side(1)
	right, y := side(2)
	g := fitted(t, f4f.Between(left, right).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(1).Backend("go").Store(store(t)))
	there := must[data.Points](t)(g.Forward(x))
	must[[]string](t)(code.Decode(there))
	must[[]string](t)(code.Decode(must[data.Points](t)(g.Inverse(y))))
	if !slices.Equal(must[data.Points](t)(g.Forward(x)).Values(), there.Values()) {
		t.Error("the same rows have other images at the second call")
	}
	for i, l := range must[[]float64](t)(g.LogProb(y.Slice(0, 50))) {
		if !(l < 0) {
			t.Errorf("row %d has the log-probability %v", i, l)
		}
	}
}

func TestCountsWithLearnedNoiseTakeMapsThatDependOnNoData(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 0, 8000)
	for range cap(values) { // from 0 to thousands
		values = append(values, float32(math.Floor(math.Exp(1.2*rng.NormFloat64()+2))))
	}
	counts := data.FromPoints("counts", must[data.Points](t)(data.NewPoints(1, values)))
	plan := small(t, counts).Standardise().VariationalNoise()
	// One after another: flows that differ in their maps alone must not share programs.
	for _, maps := range [][]data.ColumnMap{{data.Whole}, {data.Whole, data.Log}, {data.Whole, data.Asinh(3)}} {
		d := fitted(t, plan.Column("0", maps...))
		all := make([]float32, 2000)
		for k := range all {
			all[k] = float32(k)
		}
		x := must[data.Points](t)(data.NewPoints(1, all))
		logs := must[[]float64](t)(d.LogProb(x))
		bounds := must[[]float64](t)(d.LogProbBound(x, 30, 1))
		sum, gap := 0.0, 0.0
		for k, l := range logs {
			sum += math.Exp(l)
			gap += math.Exp(l) * (l - bounds[k])
		}
		if math.Abs(sum-1) > 0.02 || gap < -0.02 || gap > 0.1 {
			t.Errorf("%v: the probabilities of all counts add up to %.4f, and bounds are %.4f nats below in the mean", maps, sum, gap)
		}
	}
}
