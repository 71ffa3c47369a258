package f4f_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

func TestABaseLearnsADistributionToAHundredthOfANat(t *testing.T) {
	s := normal{"skewed scales", []float64{30, -2}, []float64{12, 0.05}}
	d := fitted(t, f4f.Base(s).Standardise().Layers(2).Hidden(24).Blocks(1).Samples(60_000).Epochs(1).LearningRate(3e-3).Backend("xla").Store(store(t)))
	x := sample(t, s, 20_000, 99)
	if got := kl(s, x, must[[]float64](t)(d.LogProb(x))); got < -0.005 || got > 0.01 {
		t.Errorf("the KL to the truth is %.4f nats, want 0 to 0.01", got)
	}
	y := must[data.Points](t)(d.Sample(20_000, 5))
	for j, mean := range s.mean {
		sum := 0.0
		for i := range y.Len() {
			sum += y.At(i, j) / float64(y.Len())
		}
		if math.Abs(sum-mean) > 0.05*s.std[j] {
			t.Errorf("feature %d of the samples has the mean %v, want %v", j, sum, mean)
		}
	}
}

func TestDecodeUndoesEncodeForAnyNumberOfPoints(t *testing.T) {
	d := fitted(t, small(t, left))
	x := sample(t, left, 8300, 7)
	all := must[[]float64](t)(d.LogProb(x))
	for _, n := range []int{1, 255, 256, 257, 8192, 8193} {
		part := x.Slice(0, n)
		back := must[data.Points](t)(d.Decode(must[data.Points](t)(d.Encode(part))))
		if back.Len() != n || furthest(part, back) > 1e-4 {
			t.Errorf("%d points come back as %d, off by up to %g", n, back.Len(), furthest(part, back))
		}
		// Chunks must not show: a point has the same density in any company.
		for i, logProb := range must[[]float64](t)(d.LogProb(part)) {
			if math.Abs(logProb-all[i]) > 1e-5 {
				t.Fatalf("point %d has log-prob %v among %d and %v among %d", i, logProb, n, all[i], x.Len())
			}
		}
	}
}

func TestOneSeedGivesTheSameSamples(t *testing.T) {
	d := fitted(t, small(t, left))
	a, b, c := must[data.Points](t)(d.Sample(100, 1)), must[data.Points](t)(d.Sample(100, 1)), must[data.Points](t)(d.Sample(100, 2))
	if furthest(a, b) != 0 || furthest(a, c) == 0 {
		t.Errorf("one seed differs by %v, two seeds by %v", furthest(a, b), furthest(a, c))
	}
}

func TestAConditionalDensityFollowsItsCondition(t *testing.T) {
	d := fitted(t, small(t, turned{}).Layers(1).LearningRate(2e-2).Epochs(6))
	for _, c := range []float32{0.1, 0.9} {
		at := d.At(must[data.Points](t)(data.NewPoints(1, []float32{c})))
		x := must[data.Points](t)(at.Sample(4000, 3))
		mean := 0.0
		for i := range x.Len() {
			mean += x.At(i, 0) / float64(x.Len())
		}
		if math.Abs(mean-2*float64(c)) > 0.15 {
			t.Errorf("under %v the first feature's mean is %v, want %v", c, mean, 2*c)
		}
	}
	// One condition for each row is the same as that condition for all.
	x := sample(t, turned{}, 3, 1)
	each := must[[]float64](t)(d.At(must[data.Points](t)(data.NewPoints(1, []float32{0.1, 0.5, 0.5}))).LogProb(x))
	one := must[[]float64](t)(d.At(must[data.Points](t)(data.NewPoints(1, []float32{0.5}))).LogProb(x))
	if each[0] == one[0] || each[1] != one[1] || each[2] != one[2] {
		t.Errorf("log-probs by row are %v, under one condition %v", each, one)
	}
}

func TestADensityLoadsAsItWasSaved(t *testing.T) {
	for name, plan := range map[string]f4f.BasePlan{
		"plain":        small(t, left),
		"standardised": small(t, left).Standardise(),
		"coupling":     small(t, left).LayerKind(f4f.Coupling),
		"permuted":     small(t, normal{"wide", make([]float64, 4), []float64{1, 1, 1, 1}}).Mixing(f4f.Permutation).Seed(3),
		"lu":           small(t, left).Mixing(f4f.LULinear),
	} {
		t.Run(name, func(t *testing.T) {
			d := fitted(t, plan)
			path := filepath.Join(t.TempDir(), "density.safetensors")
			if err := d.Save(path); err != nil {
				t.Fatal(err)
			}
			loaded := must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))
			x := must[data.Points](t)(d.Sample(100, 1))
			a, b := must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(loaded.LogProb(x))
			for i := range a {
				if math.Abs(a[i]-b[i]) > 1e-4 { // the one on the Go backend, the other on the best there is
					t.Fatalf("log-prob %d is %v saved and %v loaded", i, a[i], b[i])
				}
			}
			if loaded.Fingerprint() != d.Fingerprint() || len(loaded.Losses()) != len(d.Losses()) || loaded.String() != d.String() {
				t.Errorf("loaded %v with %d losses, saved %v with %d", loaded, len(loaded.Losses()), d, len(d.Losses()))
			}
			if a, r := loaded.Architecture(), loaded.Recipe(); a != d.Architecture() || r != d.Recipe() || a.Layers == 0 || r.Epochs == 0 || r.LearningRate == 0 {
				t.Errorf("loaded by %+v, %+v, saved by %+v, %+v", a, r, d.Architecture(), d.Recipe())
			}
		})
	}
}

func TestBadPointsAndConditionsAreRefused(t *testing.T) {
	points := func(dim int, values ...float32) data.Points {
		return must[data.Points](t)(data.NewPoints(dim, values))
	}
	nan := float32(math.NaN())
	plain, conditional := fitted(t, small(t, left)), fitted(t, small(t, turned{}))
	for name, test := range map[string]struct {
		d    *f4f.Density
		x    data.Points
		want string
	}{
		"none":                     {plain, data.Points{}, "got none"},
		"wrong dimension":          {plain, points(3, 1, 2, 3), "points must have 2 features, got 3"},
		"NaN":                      {plain, points(2, 1, 2, 3, nan), "row 1, column 1 is NaN"},
		"condition to none":        {plain.At(points(1, 1)), points(2, 1, 2), "has no condition, but was given one of 1 features"},
		"no condition":             {conditional, points(2, 1, 2), "needs a condition of 1 features: give it with At"},
		"condition too wide":       {conditional.At(points(2, 1, 2)), points(2, 1, 2), "conditions must have 1 features, got 2"},
		"wrong number":             {conditional.At(points(1, 1, 2)), points(2, 1, 2, 3, 4, 5, 6), "one for each of 3 points, got 2"},
		"NaN condition, row named": {conditional.At(points(1, 1, nan)), points(2, 1, 2, 3, 4), "row 1, column 0 is NaN"},
	} {
		if _, err := test.d.LogProb(test.x); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
		}
	}
	// Whoever overlooks Fit's error has no flow to use, and should hear so.
	var none *f4f.Density
	var nowhere *f4f.Transport
	_, sampling := none.Sample(1, 1)
	_, asking := none.LogProb(points(2, 1, 2))
	_, mapping := nowhere.Forward(points(2, 1, 2))
	for _, err := range []error{sampling, asking, mapping, none.Save("x"), nowhere.Save("x")} {
		if err == nil || !strings.Contains(err.Error(), "there is no flow to use") {
			t.Errorf("using no flow gives %v", err)
		}
	}
	if _, err := plain.Sample(0, 1); err == nil {
		t.Error("no points were sampled without an error")
	}
}

// Samples have the names of the training's columns, and points whose columns stand in another order
// are refused, by a loaded flow as well.
func TestColumnsKeepTheirNamesAndTheirOrder(t *testing.T) {
	table := func(name string, seed uint64, columns ...string) data.Source {
		x := must[data.Points](t)(data.Gaussian(2).Sample(400, seed))
		return data.FromPoints(name, must[data.Points](t)(x.WithColumnNames(columns...)))
	}
	base := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(1).Hidden(8).Blocks(1).Epochs(1).Batch(50).Backend("go").Store(store(t))
	}
	g := fitted(t, f4f.Between(base(table("simulated", 1, "mass", "pt")), base(table("observed", 2, "m", "pt"))).Layers(1).Hidden(8).Blocks(1).Epochs(1).Batch(50).Backend("go").Store(store(t)))
	path := filepath.Join(t.TempDir(), "transport.safetensors")
	if err := g.Save(path); err != nil {
		t.Fatal(err)
	}
	x := must[data.Points](t)(data.Gaussian(2).Sample(9, 3))
	named := must[data.Points](t)(x.WithColumnNames("mass", "pt"))
	for what, g := range map[string]*f4f.Transport{"trained": g, "loaded": must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))} {
		for from, p := range map[string]data.Points{"named": named, "unnamed": x} {
			y := must[data.Points](t)(g.Forward(p))
			back := must[data.Points](t)(g.Inverse(y))
			if got := slices.Concat(y.ColumnNames(), back.ColumnNames()); !slices.Equal(got, []string{"m", "pt", "mass", "pt"}) {
				t.Errorf("%s, from %s points: the columns there and back are %q", what, from, got)
			}
		}
		if got := must[data.Points](t)(g.Left().Sample(3, 1)).ColumnNames(); !slices.Equal(got, []string{"mass", "pt"}) {
			t.Errorf("%s: samples have the columns %q", what, got)
		}
		swapped := must[data.Points](t)(named.Columns(1, 0))
		for call, err := range map[string]error{
			"Forward": second(g.Forward(swapped)), "Inverse": second(g.Inverse(named)), "LogProb": second(g.LogProb(named)),
			"LogProb of a base": second(g.Left().LogProb(swapped)), "Audit": second(g.Audit(swapped)),
		} {
			if err == nil || !strings.Contains(err.Error(), "column 0 must be") {
				t.Errorf("%s: %s of columns in another order gives the error %v", what, call, err)
			}
		}
	}
}

// second returns the error of a call.
func second[T any](_ T, err error) error { return err }
