package f4f_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// standIn draws points of a wide normal distribution, with weights that make them stand for another
// one: the ratio of the densities.
type standIn struct{ normal }

var wide = normal{"wide", []float64{0, 0}, []float64{1.5, 1.5}}

func (s standIn) Name() string { return s.normal.name + " by weights" }

func (s standIn) Sample(n int, seed uint64) (data.Points, error) {
	x, err := wide.Sample(n, seed)
	if err != nil {
		return x, err
	}
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = math.Exp(s.logDensity(x.Row(i)) - wide.logDensity(x.Row(i)))
	}
	return x.WithWeights(weights)
}

// takenAway is a table that stands for a normal distribution with half of the weights negative:
// points of it and of a wide one, and others of the wide one that take these away again.
func takenAway(t testing.TB, s normal, n int) *data.Table {
	of, more, less := sample(t, s, n/4, 1), sample(t, wide, n/4, 2), sample(t, wide, n/2, 3)
	all := must[data.Points](t)(data.NewPoints(2, slices.Concat(of.Values(), more.Values(), less.Values())))
	weights := slices.Concat(slices.Repeat([]float64{1}, n/2), slices.Repeat([]float64{-0.5}, n/2))
	return data.FromPoints(s.name+" with half of the weights negative", must[data.Points](t)(all.WithWeights(weights)))
}

// excess returns how many nats a density is from a normal distribution: the KL.
func excess(t testing.TB, s normal, d interface {
	LogProb(data.Points) ([]float64, error)
}) float64 {
	x := sample(t, s, 4000, 99)
	logs := must[[]float64](t)(d.LogProb(x))
	sum := 0.0
	for i, l := range logs {
		sum += s.logDensity(x.Row(i)) - l
	}
	return sum / float64(len(logs))
}

func TestEqualWeightsTrainTheSameFlowBitForBit(t *testing.T) {
	x := sample(t, left, 1000, 1)
	c := must[data.Points](t)(x.Columns(1))
	plans := func(p data.Points) (f4f.BasePlan, f4f.BasePlan) {
		under, err := data.FromPointsWithConditions("under", must[data.Points](t)(p.Columns(0)), c)
		if err != nil {
			t.Fatal(err)
		}
		return small(t, data.FromPoints("table", p)).Standardise(), small(t, under)
	}
	plain, plainUnder := plans(x)
	same, sameUnder := plans(must[data.Points](t)(x.WithWeights(slices.Repeat([]float64{0.3}, x.Len()))))
	for name, pair := range map[string][2]f4f.BasePlan{"table": {plain, same}, "conditional table": {plainUnder, sameUnder}} {
		without, with := fitted(t, pair[0].Store(t.TempDir())), fitted(t, pair[1].Store(t.TempDir()))
		if without.Fingerprint() != with.Fingerprint() || !slices.Equal(without.Losses(), with.Losses()) || !slices.Equal(without.Epochs(), with.Epochs()) {
			t.Errorf("%s: equal weights train another flow", name)
		}
	}
}

func TestAFlowLearnsWhatWeightedPointsStandFor(t *testing.T) {
	table := data.FromPoints("right by weights", sample(t, standIn{right}, 3000, 1))
	for _, source := range []data.Source{table, standIn{right}, takenAway(t, right, 4000)} {
		d := fitted(t, small(t, source).Layers(1).Samples(3000).Batch(100).Epochs(12).LearningRate(1e-2).Standardise()) // the wide one is 0.6 nats away
		kl := excess(t, right, d)
		t.Logf("%s: %.4f nats; %q", source.Name(), kl, d.Notes())
		if kl > 0.08 {
			t.Errorf("a flow of %s is %.4f nats away from what it stands for", source.Name(), kl)
		}
		if notes := strings.Join(d.Notes(), " "); !strings.Contains(notes, "have weights") {
			t.Errorf("%s: no note tells of weights: %q", source.Name(), notes)
		}
	}
}

// The loss of the rows held out is the mean of −log p by their weights.
func TestValidationCountsWeights(t *testing.T) {
	x := sample(t, standIn{right}, 500, 1)
	table := data.FromPoints("table", x)
	plan := small(t, table).Epochs(1).Validation(0.2).Seed(3)
	d := fitted(t, plan)
	held := must[data.Points](t)(table.Sample(500, 3)).Slice(400, 500)
	sum, all := 0.0, 0.0
	for i, l := range must[[]float64](t)(d.LogProb(held)) {
		sum, all = sum-held.Weights()[i]*l, all+held.Weights()[i]
	}
	if got := d.Epochs()[0].Validation; math.Abs(got-sum/all) > 1e-4 {
		t.Errorf("the validation loss is %.6f, and the weighted mean of −log p %.6f", got, sum/all)
	}
}

func TestATransportTakesTheWeightsOfEachSide(t *testing.T) {
	base := func(s data.Source) f4f.BasePlan {
		return small(t, s).Layers(1).Samples(3000).Batch(100).Epochs(8).LearningRate(1e-2)
	}
	for name, change := range map[string]func(f4f.BetweenPlan) f4f.BetweenPlan{
		"plain":     func(p f4f.BetweenPlan) f4f.BetweenPlan { return p },
		"both ways": func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.Direction(f4f.BothWays).Penalty(f4f.L1(0.01)) },
	} {
		tr := fitted(t, change(f4f.Between(base(standIn{left}), base(standIn{right})).Layers(1).Hidden(12).Blocks(1).Bins(4).Samples(3000).Batch(100).LearningRate(1e-2).Epochs(6).Backend("go").Store(store(t))))
		for way, kl := range map[string]float64{
			"left base":  excess(t, left, tr.Left()),
			"right base": excess(t, right, tr.Right()),
		} {
			if kl > 0.1 {
				t.Errorf("%s: the %s is %.3f nats off", name, way, kl)
			}
		}
		x := sample(t, left, 3000, 5)
		y := must[data.Points](t)(tr.Forward(x))
		back := must[data.Points](t)(tr.Inverse(sample(t, right, 3000, 6)))
		for j := range 2 {
			if there, here := meanOf(y, j), meanOf(back, j); math.Abs(there-right.mean[j]) > 0.15 || math.Abs(here-left.mean[j]) > 0.15 {
				t.Errorf("%s: feature %d has the mean %.3f on the right and %.3f on the left, want %g and %g", name, j, there, here, right.mean[j], left.mean[j])
			}
		}
		weighted := must[data.Points](t)(x.WithWeights(slices.Repeat([]float64{1, 2, -0.5}, 1000))).Slice(2, 3)
		for what, f := range map[string]func(data.Points) (data.Points, error){"forward": tr.Forward, "inverse": tr.Inverse, "encode": tr.Left().Encode, "decode": tr.Left().Decode} {
			if y := must[data.Points](t)(f(weighted)); !slices.Equal(y.Weights(), []float64{-0.5}) {
				t.Errorf("%s: %s of a point of weight −0.5 has the weights %v", name, what, y.Weights())
			}
		}
	}
}

func meanOf(p data.Points, j int) (mean float64) {
	for i := range p.Len() {
		mean += p.At(i, j) / float64(p.Len())
	}
	return mean
}

// The weights move the second feature of turned from 0 to 0.3 under each condition.
func TestConditionalFlowsLearnWeights(t *testing.T) {
	x, c, err := turned{}.SampleWithConditions(2000, 1)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, x.Len())
	for i := range weights {
		weights[i] = math.Exp(x.At(i, 1)/0.3 - 0.5)
	}
	source, err := data.FromPointsWithConditions("moved up", must[data.Points](t)(x.WithWeights(weights)), c)
	if err != nil {
		t.Fatal(err)
	}
	base := small(t, source).Layers(1).Batch(50).Epochs(6).LearningRate(1e-2).EarlyStop(5)
	d := fitted(t, base).At(data.Point(0.5))
	if kl := excess(t, normal{"", []float64{1, 0.3}, []float64{0.3, 0.3}}, d); kl > 0.1 {
		t.Errorf("the density is %.3f nats off", kl)
	}
	for name, plan := range map[string]f4f.BetweenPlan{
		"among":  smallTransport(t, base, base, f4f.Difference).Layers(1).Batch(100).Epochs(2).Penalty(f4f.L1(0.01)),
		"both":   smallTransport(t, base, base.Seed(1), f4f.Both).Layers(1).Batch(100).Epochs(2),
		"shared": smallTransport(t, base, base.Seed(1), f4f.Shared).Layers(1).Batch(100).Epochs(2),
	} {
		tr := fitted(t, plan)
		for _, l := range tr.Losses() {
			if math.IsNaN(float64(l)) {
				t.Fatalf("%s: the loss is %v", name, l)
			}
		}
		if e := tr.Epochs(); !(e[len(e)-1].Validation < 2) {
			t.Errorf("%s: the validation loss is %.3f nats after %d epochs", name, e[len(e)-1].Validation, len(e))
		}
	}
}

// Rows of weight 0 are as if absent, wherever they lie.
func TestRowsOfWeightZeroSayNothing(t *testing.T) {
	x := sample(t, left, 600, 1)
	values := slices.Clone(x.Values())
	weights := slices.Repeat([]float64{1}, 600)
	for i := 0; i < 600; i += 3 {
		weights[i], values[2*i], values[2*i+1] = 0, 3e38, -999
	}
	p := must[data.Points](t)(data.NewPoints(2, values))
	d := fitted(t, small(t, data.FromPoints("masked", must[data.Points](t)(p.WithWeights(weights)))).Standardise().Epochs(4))
	if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "have weights") {
		t.Errorf("notes tell of rows that say nothing: %q", notes)
	}
	if kl := excess(t, left, d); kl > 0.4 {
		t.Errorf("the density is %.3f nats off", kl)
	}
}

// fickle draws some points with weights and others without.
type fickle struct{ normal }

func (s fickle) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.normal.Sample(n, seed)
	if err != nil || seed%2 == 0 {
		return x, err
	}
	return x.WithWeights(slices.Repeat([]float64{1, 2}, (n+1)/2)[:n])
}

// forgetful is a table that draws its rows without their weights.
type forgetful struct{ *data.Table }

func (s forgetful) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.Table.Sample(n, seed)
	if err != nil {
		return x, err
	}
	return x.WithWeights(nil)
}

func TestFitRefusesWeightsThatStandForNothing(t *testing.T) {
	x := sample(t, left, 200, 1)
	weigh := func(w ...float64) data.Points {
		return must[data.Points](t)(x.WithWeights(slices.Repeat(w, 200/len(w))))
	}
	cancelled := weigh(1, -1, 1, -0.999)
	for name, test := range map[string]struct {
		plan f4f.BasePlan
		want string
	}{
		"now and then": {small(t, fickle{left}).Seed(1), "left must draw all of its points with weights"},
		"forgotten":    {small(t, forgetful{data.FromPoints("table", weigh(1, 2))}), "with their weights"},
		"held out":     {small(t, data.FromPoints("table", cancelled)).Validation(0.3), "the sum of the weights must be above 0"},
		"a part":       {small(t, data.FromPoints("table", cancelled.Slice(1, 100))), "the sum of the weights must be above 0"},
	} {
		if _, err := test.plan.Fit(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got the error %v, want one with %q", name, err, test.want)
		}
	}
}

func TestWeightedFlowsAreAlikeInWindowsAndOnDevices(t *testing.T) {
	plan := small(t, standIn{right})
	whole, windows := fitted(t, plan.Store(t.TempDir())), fitted(t, plan.Window(330).Store(t.TempDir()))
	if !slices.Equal(whole.Losses(), windows.Losses()) || !slices.Equal(whole.Epochs(), windows.Epochs()) {
		t.Error("losses differ in windows")
	}
	if !*long {
		t.Skip("compiling takes a minute: run it with -long")
	}
	on := plan.Backend("xla:cpu,devices=2").Batch(48).LearningRate(1e-4)
	agree(t, "on two devices", fitted(t, on.Devices(2).Store(t.TempDir())), fitted(t, on.Devices(1).Store(t.TempDir())))
	pair := func() []f4f.BasePlan {
		at := t.TempDir()
		return []f4f.BasePlan{on.Devices(1).Store(at), on.Devices(1).Seed(1).Store(at)}
	}
	compareBatch(t, pair(), pair())
	var events []fit.Event
	must[*f4f.Transport](t)(f4f.Between(on, on.Seed(1)).Layers(1).Hidden(8).Blocks(0).Bins(2).Samples(500).Batch(48).Epochs(1).Backend("xla:cpu,devices=2").Store(t.TempDir()).Fit(listen(&events)))
}
