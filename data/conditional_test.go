package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// spot is a source that draws only the point (2, 0).
type spot struct{}

func (spot) Name() string { return "spot" }
func (spot) Dim() int     { return 2 }
func (spot) Sample(n int, _ uint64) (Points, error) {
	return Point(2, 0).Repeat(n)
}

// bent is a warp whose log-determinant isn't the same everywhere: y = sinh(c x)/c in each feature.
var bent = Warp{
	Name: "bent", ConditionDim: 1,
	Draw: func(rng *rand.Rand, c []float64) { c[0] = 0.5 + rng.Float64() },
	Forward: func(c, x, y []float64) {
		for j := range x {
			y[j] = math.Sinh(c[0]*x[j]) / c[0]
		}
	},
	Inverse: func(c, y, x []float64) (logDet float64) {
		for j := range y {
			x[j] = math.Asinh(c[0]*y[j]) / c[0]
			logDet -= math.Log(math.Hypot(1, c[0]*y[j]))
		}
		return logDet
	},
}

func TestPointsGoWhereTheirConditionSays(t *testing.T) {
	const n = 500
	for _, test := range []struct {
		source *Warped
		where  func(c []float32) (x, y float64)
	}{
		{Rotated(spot{}, 90), func(c []float32) (x, y float64) {
			sin, cos := math.Sincos(float64(c[0]) * math.Pi / 2)
			return 8 / math.Sqrt(32) * cos, 8 / math.Sqrt(32) * sin
		}},
		{Radial(spot{}), func(c []float32) (x, y float64) { return 2 * float64(c[0]), 0 }},
		{Elliptic(spot{}), func(c []float32) (x, y float64) { return 2 * float64(c[0]), 0 }},
	} {
		t.Run(test.source.Name(), func(t *testing.T) {
			x, c, err := test.source.SampleWithConditions(n, 3)
			if err != nil {
				t.Fatal(err)
			}
			if x.Len() != n || c.Len() != n || c.Dim() != test.source.ConditionDim() {
				t.Fatalf("got %v under %v", x, c)
			}
			for i := range n {
				a, b := test.where(c.Row(i))
				if math.Abs(x.At(i, 0)-a) > 1e-6 || math.Abs(x.At(i, 1)-b) > 1e-6 {
					t.Fatalf("under %v the point went to %v, want (%g, %g)", c.Row(i), x.Row(i), a, b)
				}
			}
			at, err := test.source.Given(c.Row(7))
			if err != nil {
				t.Fatal(err)
			}
			alike, err := at.Sample(3, 99)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alike.Row(2), x.Row(7)) {
				t.Errorf("given %v points are at %v, want %v", c.Row(7), alike.Row(2), x.Row(7))
			}
		})
	}
}

func TestConditionsHaveTheirDistribution(t *testing.T) {
	const n = 200_000
	for _, test := range []struct {
		source         *Warped
		mean, variance float64 // of every feature
	}{
		{Rotated(FourCircles(), 45), 1. / 2, 1. / 12},
		{Radial(FourCircles()), 5. / 6, 1. / 72}, // √u has mean 2/3 and variance 1/18
		{Elliptic(FourCircles()), 2. / 3, 1. / 18},
	} {
		_, c, err := test.source.SampleWithConditions(n, 1)
		if err != nil {
			t.Fatal(err)
		}
		for j := range c.Dim() {
			column := make([]float64, n)
			for i := range column {
				column[i] = c.At(i, j)
			}
			mean, variance := stat.MeanVariance(column, nil)
			if math.Abs(mean-test.mean) > 5*math.Sqrt(test.variance/n) || math.Abs(variance-test.variance) > 0.02*test.variance {
				t.Errorf("%s: condition %d has mean %g and variance %g, want %g and %g", test.source, j, mean, variance, test.mean, test.variance)
			}
		}
	}
}

func TestDensityAtAConditionIsThatOfTheWarpedNormal(t *testing.T) {
	for _, test := range []struct {
		source *Warped
		c      []float32
		std    []float64 // of the normal distribution that it is
	}{
		{Rotated(Gaussian(2), 45), []float32{0.3}, []float64{4 / math.Sqrt(32), 4 / math.Sqrt(32)}},
		{Radial(Gaussian(3)), []float32{0.75}, []float64{0.75, 0.75, 0.75}},
		{Elliptic(Gaussian(2)), []float32{0.25, 0.5}, []float64{0.25, 0.5}},
	} {
		at, err := test.source.Given(test.c)
		if err != nil {
			t.Fatal(err)
		}
		truth, ok := at.(Distribution)
		if !ok {
			t.Fatalf("%s has no density", at.Name())
		}
		x, err := at.Sample(100, 1)
		if err != nil {
			t.Fatal(err)
		}
		logs, err := truth.LogProb(x)
		if err != nil {
			t.Fatal(err)
		}
		entropy := 0.0
		for _, std := range test.std {
			entropy += math.Log(std) + 0.5*math.Log(2*math.Pi*math.E)
		}
		if math.Abs(truth.Entropy()-entropy) > 1e-6 {
			t.Errorf("%s: entropy %g, want %g", at.Name(), truth.Entropy(), entropy)
		}
		for i := range logs {
			want := 0.0
			for j, std := range test.std {
				want += logGaussian(x.At(i, j), std)
			}
			if math.Abs(logs[i]-want) > 1e-5 {
				t.Fatalf("%s: log p(%v) = %g, want %g", at.Name(), x.Row(i), logs[i], want)
			}
		}
	}
}

// For distributions and warps of every kind, the mean of −log p over draws must be the entropy.
// With a wrong sign in a log-det it wouldn't be.
func TestEntropyAtAConditionIsTheMeanSurprise(t *testing.T) {
	const n = 100_000
	for _, test := range []struct {
		source *Warped
		c      []float32
	}{
		{Rotated(Checkerboard(), 45), []float32{0.5}},
		{Rotated(FourCircles(), 45), []float32{1. / 3}},
		{Radial(Star()), []float32{0.6}},
		{Elliptic(ConcentricRings()), []float32{0.4, 0.9}},
		{NewWarped(Gaussian(2), bent), []float32{0.8}},
	} {
		at, err := test.source.Given(test.c)
		if err != nil {
			t.Fatal(err)
		}
		truth := at.(Distribution)
		x, err := at.Sample(n, 2)
		if err != nil {
			t.Fatal(err)
		}
		logs, err := truth.LogProb(x)
		if err != nil {
			t.Fatal(err)
		}
		logs = slices.DeleteFunc(logs, func(l float64) bool { return math.IsInf(l, -1) }) // rounded over an edge of the checkerboard
		mean, variance := stat.MeanVariance(logs, nil)
		if off := math.Abs(-mean - truth.Entropy()); len(logs) < n-5 || off > 5*math.Sqrt(variance/n)+2e-3 {
			t.Errorf("%s: mean surprise %g of %d, entropy %g", at.Name(), -mean, len(logs), truth.Entropy())
		}
	}
}

func TestDensitiesUnderOneConditionARowAreThoseGivenEach(t *testing.T) {
	source := Elliptic(Star())
	x, c, err := source.SampleWithConditions(50, 4)
	if err != nil {
		t.Fatal(err)
	}
	all, err := source.LogProbGiven(x, c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Len() {
		at, err := source.Given(c.Row(i))
		if err != nil {
			t.Fatal(err)
		}
		one, err := at.(Distribution).LogProb(x.Slice(i, i+1))
		if err != nil {
			t.Fatal(err)
		}
		if one[0] != all[i] {
			t.Fatalf("row %d: %g among all and %g alone", i, all[i], one[0])
		}
	}
}

func TestConditionalDrawsRepeatAndDiffer(t *testing.T) {
	source := Rotated(FourCircles(), 45)
	draw := func(seed uint64) (x, c Points) {
		x, c, err := source.SampleWithConditions(20, seed)
		if err != nil {
			t.Fatal(err)
		}
		return x, c
	}
	x, c := draw(1)
	again, cAgain := draw(1)
	other, cOther := draw(2)
	if !slices.Equal(x.Values(), again.Values()) || !slices.Equal(c.Values(), cAgain.Values()) {
		t.Error("two draws with one seed differ")
	}
	if slices.Equal(x.Values(), other.Values()) || slices.Equal(c.Values(), cOther.Values()) {
		t.Error("draws with two seeds are the same")
	}
	// With one seed, the draws from the source, from the conditional source and from the source at
	// one condition must be independent.
	at, err := source.Given([]float32{0})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := FourCircles().Sample(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	given, err := at.Sample(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(given.At(0, 0)-planeScale*plain.At(0, 0)) < 1e-5 {
		t.Error("the set at a condition is the set with the same seed, turned")
	}
}

func TestBadConditionalSourcesSayWhatIsWrong(t *testing.T) {
	good := Rotated(FourCircles(), 45)
	table := FromPoints("table", Point(1, 2))
	x := Point(1, 2)
	sample := func(s *Warped) error { _, err := s.Sample(5, 0); return err }
	given := func(s *Warped, c ...float32) error { _, err := s.Given(c); return err }
	density := func(s *Warped, x, c Points) error { _, err := s.LogProbGiven(x, c); return err }
	two, err := NewPoints(1, []float32{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"no source", sample(Rotated(nil, 45)), "needs a source"},
		{"no source, given", given(Elliptic(nil), 1), "needs a source"},
		{"zero value", sample(&Warped{}), "got the zero value"},
		{"zero value, given", given(&Warped{}, 1), "got the zero value"},
		{"zero value, density", density(&Warped{}, x, Point(1)), "got the zero value"},
		{"no angle", sample(Rotated(FourCircles(), 0)), "above 0 and at most 360 degrees, got 0"},
		{"NaN angle", sample(Rotated(FourCircles(), math.NaN())), "at most 360 degrees, got NaN"},
		{"beyond a turn", sample(Rotated(FourCircles(), 361)), "at most 360 degrees, got 361"},
		{"rotation in space", sample(Rotated(Gaussian(3), 45)), "only points of the plane can be rotated"},
		{"no functions", sample(NewWarped(FourCircles(), Warp{Name: "nothing", ConditionDim: 1})), "needs a Name, Draw and Forward"},
		{"no width", sample(NewWarped(FourCircles(), Warp{Name: "nothing"})), "at least 1 feature, got 0"},
		{"the source's own error", sample(Rotated(table, 45)), "between 0 and its 1 points"},
		{"width of a condition", given(good, 0.1, 0.2), "must have 1 features, got 2"},
		{"NaN in a condition", given(good, float32(math.NaN())), "row 0, column 0 is NaN"},
		{"no scale", given(Radial(FourCircles()), 0), "no density under the condition [0]"},
		{"no density of the source", density(Rotated(table, 45), x, Point(1)), "that of table isn't"},
		{"no inverse", density(NewWarped(FourCircles(), Warp{Name: "w", ConditionDim: 1, Draw: bent.Draw, Forward: bent.Forward}), x, Point(1)), "has no Inverse"},
		{"number of conditions", density(good, x, two), "one for each of 1 points, got 2"},
		{"width of points", density(good, Point(1), Point(1)), "must be of dimension 2, got 1"},
		{"a condition without density", density(Radial(FourCircles()), x, Point(0)), "under the condition [0] of row 0"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.name, test.err, test.want)
		}
	}
	at, err := Rotated(table, 45).Given([]float32{0.5})
	if err != nil {
		t.Fatal(err)
	}
	if _, isExact := at.(Distribution); isExact {
		t.Error("a table turned claims to have a density")
	}
}
