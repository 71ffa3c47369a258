package f4f_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

// lifted is turned with its second feature raised by three: a different distribution with the same
// condition.
type lifted struct{ turned }

func (lifted) Name() string { return "lifted" }

func (s lifted) Sample(n int, seed uint64) (data.Points, error) {
	x, _, err := s.SampleWithConditions(n, seed)
	return x, err
}

func (lifted) SampleWithConditions(n int, seed uint64) (x, c data.Points, err error) {
	if x, c, err = (turned{}).SampleWithConditions(n, seed^77); err == nil {
		for i := range x.Len() {
			x.Row(i)[1] += 3
		}
	}
	return x, c, err
}

// smallAmong is trained for one epoch, for tests of what holds for any trained weights.
func smallAmong(t testing.TB, left, right data.Source, r f4f.Relation) f4f.BetweenPlan {
	return smallTransport(t, small(t, left).Epochs(1), small(t, right).Epochs(1), r).Samples(1000).Epochs(1)
}

// following is trained until points go where their conditions say. One layer is enough for that.
func following(t testing.TB, left, right f4f.BasePlan, r f4f.Relation) f4f.BetweenPlan {
	long := func(p f4f.BasePlan) f4f.BasePlan { return p.Layers(1).LearningRate(2e-2).Epochs(6) }
	return smallTransport(t, long(left), long(right), r).Layers(1).LearningRate(2e-2).Epochs(3)
}

func smallTransport(t testing.TB, left, right f4f.BasePlan, r f4f.Relation) f4f.BetweenPlan {
	return f4f.Between(left, right).On(r).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(4000).Batch(50).LearningRate(5e-3).Epochs(10).Backend("go").Store(store(t))
}

// twice is turned under a condition of two features.
type twice struct{ turned }

func (twice) ConditionDim() int { return 2 }

var (
	product = f4f.RelationFunc("product", 1, func(cx, cy *Node) *Node { return Mul(cx, cy) })
	ordered = f4f.Difference.Ordered("downwards", func(cx, cy *Node) *Node { return Squeeze(GreaterThan(cx, cy), -1) })
)

func TestAmongConditionsTheWayBackIsExact(t *testing.T) {
	const n = 3000
	rng := rand.New(rand.NewPCG(1, 1))
	var a, b []float32
	for i := range n {
		a, b = append(a, rng.Float32()), append(b, rng.Float32())
		if i%10 == 0 { // a tie
			b[i] = a[i]
		}
	}
	cx, cy := must[data.Points](t)(data.NewPoints(1, a)), must[data.Points](t)(data.NewPoints(1, b))
	for _, r := range []f4f.Relation{f4f.Difference, f4f.Both, product, ordered} {
		t.Run(r.String(), func(t *testing.T) {
			g := fitted(t, smallAmong(t, turned{}, turned{}, r))
			x := sample(t, turned{}, n, 9)
			y := must[data.Points](t)(g.At(cx, cy).Forward(x))
			back := must[data.Points](t)(g.At(cy, cx).Forward(y))
			if off := furthest(x, back); off > 1e-4 {
				t.Errorf("points come back off by up to %g", off)
			}
			if off := furthest(y, must[data.Points](t)(g.At(cy, cx).Inverse(x))); off > 1e-6 {
				t.Errorf("the inverse of the way back differs from the way by up to %g", off)
			}
			for i := 0; i < n; i += 10 {
				if x.Row(i)[0] != y.Row(i)[0] || x.Row(i)[1] != y.Row(i)[1] {
					t.Fatalf("from a condition to itself, %v becomes %v", x.Row(i), y.Row(i))
				}
			}
		})
	}
}

// On XLA, over as many points and pairs of conditions as a data set has; a tenth of the pairs are
// ties. In its long form the flow is of the paper's architecture, which takes as long again to
// compile as to train:
//
//	go test ./f4f -run HundredThousandPairs -long -v
func TestTheWayBackIsExactOverAHundredThousandPairs(t *testing.T) {
	const n = 100_000
	source := data.Rotated(data.FourCircles(), 45)
	short := func(p f4f.BasePlan) f4f.BasePlan {
		return p.Samples(25_600).Epochs(1).LearningRate(3e-3).Backend("xla").Store(store(t))
	}
	base := short(f4f.Base(source))
	plan := f4f.Between(base, base)
	if !*long {
		base = base.Layers(1).Hidden(16).Blocks(1).Bins(8)
		plan = f4f.Between(base, base).Layers(2).Hidden(16).Blocks(1).Bins(8)
	}
	g := fitted(t, plan.On(f4f.Difference).Samples(25_600).Epochs(2).LearningRate(3e-3).Backend("xla").Store(store(t)))
	x, cx, err := source.SampleWithConditions(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, cy, err := source.SampleWithConditions(n, 2)
	if err != nil {
		t.Fatal(err)
	}
	copy(cy.Values()[:n/10], cx.Values())
	y := must[data.Points](t)(g.At(cx, cy).Forward(x))
	back := must[data.Points](t)(g.At(cy, cx).Forward(y))
	off, moved := furthest(x, back), must[metric.Distance](t)(metric.Displacement(x, y))
	// How far the furthest comes back off is a matter of the steepest place of this very flow: 4e-5
	// and 1.2e-4 were seen of two that differ in their training's rounding alone.
	if off > 5e-4 || moved.Euclidean < 0.1 {
		t.Errorf("points that move by %v come back off by up to %g", moved, off)
	}
	if still := furthest(x.Slice(0, n/10), y.Slice(0, n/10)); still != 0 {
		t.Errorf("from a condition to itself points move by up to %g", still)
	}
	t.Logf("%d points moved by %v came back off by at most %.2g", n, moved, off)
}

func TestPointsThatGoDifferentWaysGoAsEachWouldAlone(t *testing.T) {
	g := fitted(t, smallAmong(t, turned{}, turned{}, f4f.Both))
	const n = 12
	x, cx, err := turned{}.SampleWithConditions(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, cy, err := turned{}.SampleWithConditions(n, 6)
	if err != nil {
		t.Fatal(err)
	}
	copy(cy.Row(5), cx.Row(5))
	all := g.At(cx, cy)
	to, from := must[data.Points](t)(all.Forward(x)), must[data.Points](t)(all.Inverse(x))
	onRight, onLeft := must[[]float64](t)(all.LogProb(x)), must[[]float64](t)(all.LogProbLeft(x))
	up := 0
	for i := range n {
		if cx.At(i, 0) < cy.At(i, 0) {
			up++
		}
		alone, p := g.At(cx.Slice(i, i+1), cy.Slice(i, i+1)), x.Slice(i, i+1)
		if off := furthest(to.Slice(i, i+1), must[data.Points](t)(alone.Forward(p))); off > 1e-6 {
			t.Errorf("row %d goes elsewhere among others, off by %g", i, off)
		}
		if off := furthest(from.Slice(i, i+1), must[data.Points](t)(alone.Inverse(p))); off > 1e-6 {
			t.Errorf("row %d comes from elsewhere among others, off by %g", i, off)
		}
		if a, b := must[[]float64](t)(alone.LogProb(p))[0], must[[]float64](t)(alone.LogProbLeft(p))[0]; math.Abs(a-onRight[i]) > 1e-5 || math.Abs(b-onLeft[i]) > 1e-5 {
			t.Errorf("row %d has log-probs %g and %g among others, %g and %g alone", i, onRight[i], onLeft[i], a, b)
		}
	}
	if up < 3 || up > n-4 {
		t.Fatalf("%d of %d go onward: the test needs both ways", up, n)
	}
	if base := must[[]float64](t)(g.Left().At(cx.Slice(5, 6)).LogProb(x.Slice(5, 6)))[0]; math.Abs(base-onRight[5]) > 1e-5 {
		t.Errorf("from a condition to itself the log-prob is %g, that of the base is %g", onRight[5], base)
	}
}

// moved is the mean of the features of points at from once moved to to.
func moved(t *testing.T, g *f4f.Transport, s data.ConditionalSource, from, to float32) (mean [2]float64) {
	t.Helper()
	at := must[data.Source](t)(s.Given([]float32{from}))
	y := must[data.Points](t)(g.At(data.Point(from), data.Point(to)).Forward(sample(t, at, 2000, 5)))
	for i := range y.Len() {
		for j := range mean {
			mean[j] += y.At(i, j) / float64(y.Len())
		}
	}
	return mean
}

func TestTransportsFollowTheirConditions(t *testing.T) {
	whole := t // whose store serves all, so that a base is trained once
	for name, test := range map[string]struct {
		right    data.Source
		relation f4f.Relation
		from, to float32
		want     [2]float64
	}{
		"difference, up":          {turned{}, f4f.Difference, 0.2, 0.8, [2]float64{1.6, 0}},
		"difference, down":        {turned{}, f4f.Difference, 0.8, 0.2, [2]float64{0.4, 0}},
		"both":                    {turned{}, f4f.Both, 0.3, 0.9, [2]float64{1.8, 0}},
		"shared, two bases":       {lifted{}, f4f.Shared, 0.7, 0.7, [2]float64{1.4, 3}},
		"difference, two bases":   {lifted{}, f4f.Difference, 0.7, 0.2, [2]float64{0.4, 3}},
		"both, two bases":         {lifted{}, f4f.Both, 0.2, 0.7, [2]float64{1.4, 3}},
		"own order of conditions": {turned{}, ordered, 0.2, 0.8, [2]float64{1.6, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			g := fitted(t, following(t, small(whole, turned{}), small(whole, test.right), test.relation).Store(store(whole)))
			if got := moved(t, g, turned{}, test.from, test.to); math.Hypot(got[0]-test.want[0], got[1]-test.want[1]) > 0.25 {
				t.Errorf("from %v to %v the mean is %.2f, want %v", test.from, test.to, got, test.want)
			}
			// The two ways to a log-det agree under conditions too.
			at := g.At(data.Point(test.from), data.Point(test.to))
			x := sample(t, must[data.Source](t)(turned{}.Given([]float32{test.from})), 100, 6)
			y := must[data.Points](t)(at.Forward(x))
			onLeft := must[[]float64](t)(at.Left().LogProb(x))
			onRight := must[[]float64](t)(at.Right().LogProb(y))
			pushed, pulled := must[[]float64](t)(at.LogProb(y)), must[[]float64](t)(at.LogProbLeft(x))
			for i := range pushed {
				if one, two := onLeft[i]-pushed[i], pulled[i]-onRight[i]; math.Abs(one-two) > 1e-3 {
					t.Fatalf("the log-det at point %d is %v by the one and %v by the other", i, one, two)
				}
			}
		})
	}
}

func TestTransportsFollowConditionsOfTwoFeatures(t *testing.T) {
	source := data.Elliptic(data.Gaussian(2)) // a condition is the standard deviation along either axis
	base := small(t, source).Samples(4000)
	g := fitted(t, following(t, base, base, f4f.Both))
	from, to := []float32{0.9, 0.5}, []float32{0.5, 0.9}
	x := sample(t, must[data.Source](t)(source.Given(from)), 4000, 5)
	at := g.At(data.Point(from...), data.Point(to...))
	y := must[data.Points](t)(at.Forward(x))
	for j := range 2 {
		square := 0.0
		for i := range y.Len() {
			square += y.At(i, j) * y.At(i, j) / float64(y.Len())
		}
		if std := math.Sqrt(square); math.Abs(std-float64(to[j])) > 0.1 {
			t.Errorf("feature %d has a standard deviation of %.2f, want %v", j, std, to[j])
		}
	}
	truth := must[data.Source](t)(source.Given(to)).(data.Distribution)
	if kl := must[metric.Estimate](t)(metric.KL(truth, at.LogProb, 4000, 6)); kl.Value > 0.1 {
		t.Errorf("what arrives is %v nats from the truth", kl)
	}
}

func TestAnEmbeddingIsTrainedWithItsFlow(t *testing.T) {
	base := small(t, turned{}).Embedding(3)
	g := fitted(t, following(t, base, base, f4f.Both).Embedding(5))
	if got := moved(t, g, turned{}, 0.2, 0.8); math.Hypot(got[0]-1.6, got[1]) > 0.25 {
		t.Errorf("from 0.2 to 0.8 the mean is %.2f, want 1.6 and 0", got)
	}
	path := filepath.Join(t.TempDir(), "transport.safetensors")
	if err := g.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
	x := sample(t, turned{}, 50, 1)
	there, again := g.At(data.Point(0.1), data.Point(0.6)), loaded.At(data.Point(0.1), data.Point(0.6))
	if off := furthest(must[data.Points](t)(there.Forward(x)), must[data.Points](t)(again.Forward(x))); off > 1e-4 {
		t.Errorf("the loaded transport maps points up to %g apart", off)
	}
}

func TestAPathIsTheForwardsAlongAPath(t *testing.T) {
	g := fitted(t, smallAmong(t, turned{}, turned{}, f4f.Difference))
	x, cx, err := turned{}.SampleWithConditions(40, 3)
	if err != nil {
		t.Fatal(err)
	}
	path := must[data.Points](t)(data.Line(data.Point(0.1), data.Point(0.9), 5))
	images := must[[]data.Points](t)(g.Path(x, cx, path))
	if len(images) != 5 {
		t.Fatalf("a path of 5 gives %d images", len(images))
	}
	for k, image := range images {
		if off := furthest(image, must[data.Points](t)(g.At(cx, data.Point(path.Row(k)...)).Forward(x))); off > 0 {
			t.Errorf("image %d is off by %g", k, off)
		}
	}
	if _, err := g.Path(x, cx, data.Points{}); err == nil || !strings.Contains(err.Error(), "a path must have at least 1 condition") {
		t.Errorf("without a path the error is %v", err)
	}
	if _, err := g.Path(x, cx, must[data.Points](t)(path.HStack(path))); err == nil || !strings.Contains(err.Error(), "conditions must have 1 features, got 2 (condition 0)") {
		t.Errorf("along a path of two features the error is %v", err)
	}
	var none *f4f.Transport
	if _, err := none.At(cx, cx).Strict().Path(x, cx, path); err == nil {
		t.Error("a transport that isn't there gives images")
	}
}

func TestBaseTransferTakesConditions(t *testing.T) {
	d := fitted(t, small(t, turned{}).Layers(1).LearningRate(2e-2).Epochs(6))
	g := must[*f4f.Transport](t)(f4f.BaseTransfer(d, d))
	if got := moved(t, g, turned{}, 0.2, 0.8); math.Abs(got[0]-1.6) > 0.25 {
		t.Errorf("the mean is %.2f, want 1.6", got[0])
	}
}

func TestAConditionalTransportLoadsAsItWasSaved(t *testing.T) {
	for _, r := range []f4f.Relation{f4f.Both, product} {
		g := fitted(t, smallAmong(t, turned{}, turned{}, r))
		path := filepath.Join(t.TempDir(), "transport.safetensors")
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded, err := f4f.LoadTransport(t.Context(), path)
		if r.String() == product.String() {
			if err == nil || !strings.Contains(err.Error(), "LoadTransportOn") {
				t.Errorf("a relation that no file holds was loaded: %v", err)
			}
			loaded, err = f4f.LoadTransportOn(t.Context(), path, r)
		}
		if err != nil {
			t.Fatal(err)
		}
		x := sample(t, turned{}, 50, 1)
		at := func(g *f4f.Transport) data.Points {
			return must[data.Points](t)(g.At(data.Point(0.1), data.Point(0.6)).Forward(x))
		}
		if off := furthest(at(g), at(loaded)); off > 1e-4 {
			t.Errorf("%s: the loaded transport maps points up to %g apart", r, off)
		}
		if _, err := f4f.LoadTransportOn(t.Context(), path, f4f.Difference); err == nil {
			t.Errorf("%s: it was loaded on Difference", r)
		}
	}
}

func TestConditionsThatCannotWorkAreRefused(t *testing.T) {
	g := fitted(t, smallAmong(t, turned{}, turned{}, f4f.Difference))
	shared := fitted(t, smallAmong(t, turned{}, lifted{}, f4f.Shared))
	nan := float32(math.NaN())
	x := sample(t, turned{}, 3, 1)
	for name, test := range map[string]struct {
		g    *f4f.Transport
		want string
	}{
		"none":            {g, "left: it needs a condition of 1 features"},
		"left alone":      {g.At(data.Point(0.1), data.Points{}), "right: it needs a condition of 1 features"},
		"too wide":        {g.At(data.Point(0.1, 0.2), data.Point(0.1)), "left: conditions must have 1 features, got 2"},
		"too few":         {g.At(must[data.Points](t)(data.NewPoints(1, []float32{0.1, 0.2})), data.Point(0.1)), "one for each of 3 points, got 2"},
		"NaN, row named":  {g.At(data.Point(0.1), must[data.Points](t)(data.NewPoints(1, []float32{0.1, nan, 0.2}))), "right: condition: data: row 1, column 0 is NaN"},
		"shared, unequal": {shared.At(data.Point(0.1), data.Point(0.2)), "both sides must be given the same"},
	} {
		if _, err := test.g.Forward(x); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
		}
	}
	for name, test := range map[string]struct {
		plan f4f.BetweenPlan
		want string
	}{
		"unconditional bases": {smallBetween(t).On(f4f.Difference), "On needs bases with conditions, got conditions of 0 features on the left and 0 on the right"},
		"one side":            {f4f.Between(small(t, turned{}), small(t, left)).On(f4f.Both), "got conditions of 1 features on the left and 0 on the right"},
		"no On":               {f4f.Between(small(t, turned{}), small(t, turned{})), "need On: Difference, Both or Shared"},
		"empty relation":      {f4f.Between(small(t, turned{}), small(t, turned{})).On(f4f.Relation{}), "On must be Difference, Both, Shared or a RelationFunc"},
		"a relation's name":   {f4f.Between(small(t, turned{}), small(t, turned{})).On(f4f.RelationFunc("Both", 2, func(cx, cy *Node) *Node { return cx })), `must differ from Difference, Both and Shared, which are taken, got "Both"`},
		"no width":            {f4f.Between(small(t, turned{}), small(t, turned{})).On(f4f.RelationFunc("n", 0, func(cx, cy *Node) *Node { return cx })), "at least 1 feature wide, got 0"},
		"unequal widths":      {f4f.Between(small(t, turned{}), small(t, twice{})).On(f4f.Difference), "f4f.Difference needs conditions of one width, got 1 features on the left and 2 on the right"},
		"odd batch":           {smallAmong(t, turned{}, turned{}, f4f.Both).Batch(51), "must be even, got 51"},
		"direction":           {smallAmong(t, turned{}, turned{}, f4f.Both).Direction(f4f.ForwardOnly), "leave Direction alone"},
	} {
		if _, err := test.plan.Fingerprint(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
		}
	}
}

func TestConditionsBeyondTheTrainingAreWarnedOf(t *testing.T) {
	g := fitted(t, smallAmong(t, turned{}, turned{}, f4f.Difference))
	var said bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	defer slog.SetDefault(before)
	x := sample(t, turned{}, 3, 1)
	must[data.Points](t)(g.At(data.Point(0.1), data.Point(0.9)).Forward(x))
	must[data.Points](t)(g.At(data.Point(0), data.Point(1)).Forward(x)) // the ends, which no draw hits
	if said.Len() > 0 {
		t.Errorf("within the range it was said: %s", said.String())
	}
	_, err := g.Strict().At(data.Point(0.1), data.Point(1.5)).Forward(x)
	_, ofDensity := g.Left().Strict().At(data.Point(-0.1)).LogProb(x)
	if !errors.Is(err, f4f.ErrOutsideRange) || !errors.Is(ofDensity, f4f.ErrOutsideRange) || !strings.Contains(err.Error(), "right: ") || !strings.Contains(err.Error(), "trained from") {
		t.Errorf("a strict transport beyond the range gives the error %v, a strict density %v", err, ofDensity)
	}
	if said.Len() > 0 {
		t.Errorf("the strict ones said: %s", said.String())
	}
	must[data.Points](t)(g.Strict().At(data.Point(0.1), data.Point(0.9)).Forward(x))
	must[data.Points](t)(g.At(data.Point(0.1), data.Point(1.5)).Forward(x))
	if !strings.Contains(said.String(), "1.5 as feature 0") || !strings.Contains(said.String(), "trained from") {
		t.Errorf("beyond the range it was said: %q", said.String())
	}
}
