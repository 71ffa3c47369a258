package f4f_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// laplace is Laplace's distribution in each of D features, p(x) = Π exp(−|x_j|)/2, as a source and as
// a graph.
type laplace int

func (laplace) Name() string { return "laplace" }
func (l laplace) Dim() int   { return int(l) }
func (l laplace) Sample(n int, seed uint64) (data.Points, error) {
	box, err := data.NewBox(make([]float64, 2*int(l)), ones(2*int(l)))
	if err != nil {
		return data.Points{}, err
	}
	u, err := box.Sample(n, seed)
	if err != nil {
		return u, err
	}
	values := make([]float32, 0, n*int(l))
	for i := range n {
		for j := range int(l) {
			sign := 1.0
			if u.At(i, 2*j) < 0.5 {
				sign = -1
			}
			values = append(values, float32(-sign*math.Log1p(-0.999999*u.At(i, 2*j+1))))
		}
	}
	return data.NewPoints(int(l), values)
}

func ones(n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = 1
	}
	return all
}

func laplaceLogProb(x *Node) *Node {
	return Neg(AddScalar(ReduceSum(Abs(x), -1), float64(x.Shape().Dim(1))*math.Ln2))
}

func normalOf(t testing.TB, mean []float64, covariance ...float64) *data.Normal {
	t.Helper()
	return must[*data.Normal](t)(data.NewNormal(mean, mat.NewSymDense(len(mean), covariance)))
}

// knownSources are densities of each kind in the plane.
func knownSources(t testing.TB) map[string]data.Source {
	one, other := normalOf(t, []float64{1, -2}, 2, 0.9, 0.9, 0.7), normalOf(t, []float64{-2, 1}, 0.5, 0, 0, 0.3)
	return map[string]data.Source{
		"normal":   one,
		"gaussian": data.Gaussian(2),
		"mixture":  must[*data.Mixture](t)(data.NewMixture([]float64{1, 3}, one, other)),
		"box":      must[*data.Box](t)(data.NewBox([]float64{-1, 0}, []float64{3, 0.5})),
		"function": f4f.DensityFunc("laplace of the tests", laplace(2), laplaceLogProb),
	}
}

func TestAKnownDensityIsThatOfItsSource(t *testing.T) {
	for name, source := range knownSources(t) {
		for _, precision := range []f4f.Precision{f4f.Float32, f4f.Float64} {
			for _, plan := range []f4f.BasePlan{f4f.Known(source), f4f.Known(source).Standardise()} {
				d := fitted(t, plan.Precision(precision).Backend("go"))
				x := must[data.Points](t)(source.Sample(500, 3))
				got := must[[]float64](t)(d.LogProb(x))
				of, ok := source.(data.Distribution)
				if !ok {
					continue
				}
				want := must[[]float64](t)(of.LogProb(x))
				for i := range got {
					if tolerance := map[f4f.Precision]float64{f4f.Float32: 2e-5, f4f.Float64: 1e-12}[precision]; math.Abs(got[i]-want[i]) > tolerance {
						t.Errorf("%s in %s: log-density %d is %v, want %v", name, precision, i, got[i], want[i])
						break
					}
				}
			}
		}
	}
}

// betweenKnown is a small transport between two plans.
func betweenKnown(t testing.TB, left, right f4f.BasePlan) f4f.BetweenPlan {
	t.Helper()
	return f4f.Between(left, right).Layers(1).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).LearningRate(5e-3).Epochs(1).Backend("go").Store(store(t))
}

func TestAnySideMayBeKnown(t *testing.T) {
	learned := small(t, left)
	l := fitted(t, learned)
	for name, source := range knownSources(t) {
		t.Run(name, func(t *testing.T) {
			known := f4f.Known(source).Backend("go")
			for side, plan := range map[string]f4f.BetweenPlan{
				"left":  betweenKnown(t, known.Standardise(), learned),
				"right": betweenKnown(t, learned, known).Penalty(f4f.L1(0.1)),
				"both":  betweenKnown(t, known, f4f.Known(data.Gaussian(2)).Backend("go")).Direction(f4f.BothWays),
			} {
				g := fitted(t, plan)
				x := sample(t, g.Left(), 300, 5)
				y := must[data.Points](t)(g.Forward(x))
				if back := must[data.Points](t)(g.Inverse(y)); furthest(x, back) > 1e-3 {
					t.Errorf("%s: points come back off by up to %g", side, furthest(x, back))
				}
				there, logDet := must[[]float64](t)(g.LogProb(y)), []float64(nil)
				_, logDet, err := g.ForwardLogDet(x)
				onLeft := must[[]float64](t)(g.Left().LogProb(x))
				for i := range there {
					if err != nil || math.Abs(there[i]+logDet[i]-onLeft[i]) > 1e-3 {
						t.Fatalf("%s: the transported density at point %d is %v, want %v − %v (%v)", side, i, there[i], onLeft[i], logDet[i], err)
					}
				}
				if found := must[f4f.Audit](t)(g.Audit(x)); found.RoundTrip.Error > 1e-3 || found.Jacobian.Error > 1e-2 {
					t.Errorf("%s: %v", side, found)
				}
				// The store gives the transport back, with the density.
				again := fitted(t, plan)
				if !slices.Equal(must[data.Points](t)(again.Forward(x)).Values(), y.Values()) ||
					!slices.Equal(sample(t, again.Left(), 300, 5).Values(), x.Values()) || !slices.Equal(must[[]float64](t)(again.LogProb(y)), there) {
					t.Errorf("%s: the transport from the store differs", side)
				}
				if side == "right" && !slices.Equal(must[[]float64](t)(g.Left().LogProb(x)), must[[]float64](t)(l.LogProb(x))) {
					t.Errorf("the learned side isn't the one that was learned")
				}
			}
		})
	}
}

func TestTransportsFormAChain(t *testing.T) {
	a, b, c := f4f.Known(knownSources(t)["mixture"]).Backend("go"), small(t, right), f4f.Known(knownSources(t)["normal"]).Backend("go")
	for name, from := range map[string]f4f.BasePlan{"known": a, "learned": small(t, left).Standardise()} {
		t.Run(name, func(t *testing.T) {
			ab := fitted(t, betweenKnown(t, from, b.Standardise()))
			image := must[*f4f.Density](t)(ab.Image())
			y := sample(t, right, 200, 3)
			want := must[[]float64](t)(ab.LogProb(y))
			for i, got := range must[[]float64](t)(image.LogProb(y)) {
				if math.Abs(got-want[i]) > 1e-4 {
					t.Fatalf("the image's log-density %d is %v, the transport's %v", i, got, want[i])
				}
			}
			// Samples are images of samples.
			x := must[data.Points](t)(ab.Left().Sample(200, 7))
			if made := sample(t, image, 200, 7); furthest(made, must[data.Points](t)(ab.Forward(x))) > 1e-4 {
				t.Errorf("samples of the image are no images of samples")
			}
			bc := fitted(t, betweenKnown(t, f4f.Known(image), c))
			far := must[*f4f.Density](t)(bc.Image())
			cd := fitted(t, betweenKnown(t, f4f.Known(far), f4f.Known(image)))
			path := filepath.Join(t.TempDir(), "cd.safetensors")
			if err := cd.Save(path); err != nil {
				t.Fatal(err)
			}
			again := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
			z := must[data.Points](t)(cd.Left().Sample(100, 1))
			through := must[data.Points](t)(bc.Forward(must[data.Points](t)(ab.Forward(must[data.Points](t)(ab.Left().Sample(100, 1))))))
			if furthest(z, through) > 1e-3 {
				t.Errorf("the chain's points are off by %g", furthest(z, through))
			}
			logs := must[[]float64](t)(cd.LogProb(z))
			for i, l := range must[[]float64](t)(again.LogProb(z)) { // on another backend
				if math.Abs(l-logs[i]) > 1e-3 {
					t.Fatalf("a chain from its file has the log-density %v at point %d, want %v", l, i, logs[i])
				}
			}
			if far := furthest(sample(t, again.Right(), 50, 2), sample(t, image, 50, 2)); far > 1e-3 {
				t.Errorf("samples of a chain's side from its file are off by %g", far)
			}
		})
	}
}

// half is a distribution whose features are above 0.
type half struct{}

func (half) Name() string        { return "half" }
func (half) Dim() int            { return 2 }
func (half) Fingerprint() string { return "half" }

func (half) Sample(n int, seed uint64) (data.Points, error) {
	rng, values := rand.New(rand.NewPCG(seed, 1)), make([]float32, 2*n)
	for i := range values {
		values[i] = float32(rng.ExpFloat64() + 0.01)
	}
	return data.NewPoints(2, values)
}

func TestWhatIsWrongWithAKnownDensityIsNamed(t *testing.T) {
	nan := f4f.DensityFunc("nan of the tests", laplace(2), func(x *Node) *Node { return Log(ReduceSum(x, -1)) })
	nowhere := f4f.DensityFunc("nowhere of the tests", laplace(2), func(x *Node) *Node { return AddScalar(ReduceSum(MulScalar(x, 0), -1), math.Inf(-1)) })
	steep := f4f.DensityFunc("steep of the tests", laplace(2), func(x *Node) *Node { return Neg(ReduceSum(Sqrt(Abs(MulScalar(x, 0))), -1)) })
	wide := f4f.DensityFunc("wide of the tests", laplace(2), func(x *Node) *Node { return Abs(x) })
	none := f4f.DensityFunc("none of the tests", laplace(2), func(*Node) *Node { return nil })
	solid := must[*data.Box](t)(data.NewBox([]float64{0, 0, 0}, []float64{1, 1, 1}))
	conditional := fitted(t, small(t, turned{}))
	for name, test := range map[string]struct {
		plan  f4f.BasePlan
		words []string
	}{
		"NaN":                     {f4f.Known(nan), []string{"nan of the tests", "NaN", "DensityFunc"}},
		"density 0":               {f4f.Known(nowhere), []string{"nowhere of the tests", "-Inf", "source"}},
		"no gradient":             {f4f.Known(steep), []string{"steep of the tests", "gradient"}},
		"wrong shape":             {f4f.Known(wide), []string{"wide of the tests", "[1, 2]", "ReduceSum"}},
		"no node":                 {f4f.Known(none), []string{"none of the tests", "nothing"}},
		"no function":             {f4f.Known(f4f.DensityFunc("unwritten", laplace(2), nil)), []string{"DensityFunc", "function"}},
		"no source":               {f4f.Known(f4f.DensityFunc("sourceless", nil, laplaceLogProb)), []string{"DensityFunc"}},
		"nothing":                 {f4f.Known(nil), []string{"Known", "none"}},
		"a nil density":           {f4f.Known((*f4f.Density)(nil)), []string{"Known", "none"}},
		"a nil normal":            {f4f.Known((*data.Normal)(nil)), []string{"NewNormal"}},
		"no dimension":            {f4f.Known(data.Gaussian(0)), []string{"at least 1"}},
		"a source without graphs": {f4f.Known(data.Ring()), []string{"ring", "data.Plane", "Base"}},
		"conditions":              {f4f.Known(conditional), []string{"condition", "1 features"}},
		"maps":                    {f4f.Known(data.Gaussian(2)).Column("0", data.Log), []string{"Column"}},
		"a base distribution":     {f4f.Known(data.Gaussian(2)).BaseDistribution(f4f.Uniform), []string{"BaseDistribution"}},
		"a precision":             {f4f.Known(data.Gaussian(2)).Precision("float16"), []string{"float16"}},
	} {
		d, err := test.plan.Backend("go").Fit(t.Context())
		if err == nil || d != nil {
			t.Errorf("%s: got %v, want an error", name, d)
			continue
		}
		for _, word := range test.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q isn't in the error: %v", name, word, err)
			}
		}
	}
	plane := f4f.Known(data.Gaussian(2)).Backend("go")
	for name, test := range map[string]struct {
		plan  f4f.BetweenPlan
		words []string
	}{
		"dimensions": {betweenKnown(t, plane, f4f.Known(solid)), []string{"dimension", "2 and 3"}},
		"precisions": {betweenKnown(t, plane.Precision(f4f.Float64), plane), []string{"precision"}},
		"a relation": {betweenKnown(t, plane, plane).On(f4f.Shared), []string{"condition"}},
		"a NaN":      {betweenKnown(t, plane, f4f.Known(nan).Backend("go")), []string{"nan of the tests"}},
		"a NaN beside the points": {
			betweenKnown(t, plane, f4f.Known(f4f.DensityFunc("half of the tests", half{}, func(x *Node) *Node {
				return ReduceSum(Sub(Log(MulScalar(x, 0.5)), x), -1)
			})).Backend("go")),
			[]string{"half of the tests", "finite everywhere"},
		},
	} {
		_, err := test.plan.Fit(t.Context())
		for _, word := range test.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q isn't in the error: %v", name, word, err)
			}
		}
	}
	// A chain of different dimensions is told as any two sides are.
	ab := fitted(t, betweenKnown(t, plane, plane))
	image := must[*f4f.Density](t)(ab.Image())
	if _, err := betweenKnown(t, f4f.Known(image), f4f.Known(solid)).Fit(t.Context()); err == nil || !strings.Contains(err.Error(), "2 and 3") {
		t.Errorf("a chain of different dimensions gives %v", err)
	}
	moving := fitted(t, smallAmong(t, turned{}, turned{}, f4f.Difference))
	if _, err := moving.Image(); err == nil || !strings.Contains(err.Error(), "condition") {
		t.Errorf("the image of a conditional transport gives %v", err)
	}
}

// elsewhere is a source whose points are those of another, shifted and scaled.
func elsewhere(s data.Source, shift, scale float64) data.Source {
	return wrapped{s, s.Name() + " elsewhere", func(v float64) float64 { return shift + scale*v }}
}

// weighted draws the standard normal distribution of the plane by points that lie 1.4 times as wide, with
// weights.
type weighted struct{}

func (weighted) Name() string { return "weighted normal" }
func (weighted) Dim() int     { return 2 }

func (weighted) Sample(n int, seed uint64) (data.Points, error) {
	x, err := elsewhere(data.Gaussian(2), 0, 1.4).Sample(n, seed)
	if err != nil {
		return x, err
	}
	weights := make([]float64, n)
	for i := range weights {
		square := math.Pow(x.At(i, 0), 2) + math.Pow(x.At(i, 1), 2)
		weights[i] = math.Exp(-square/2 + square/2/1.96)
	}
	return x.WithWeights(weights)
}

func TestASourceOfOtherPointsThanItsDensityIsTold(t *testing.T) {
	bell := func(x *Node) *Node { return AddScalar(MulScalar(ReduceSum(Square(x), -1), -0.5), -math.Log(2*math.Pi)) }
	for name, test := range map[string]struct {
		source data.Source
		of     func(x *Node) *Node
		told   bool
	}{
		"its own":    {data.Gaussian(2), bell, false},
		"a kink":     {laplace(2), laplaceLogProb, false},
		"shifted":    {elsewhere(data.Gaussian(2), 0.25, 1), bell, true},
		"wider":      {elsewhere(data.Gaussian(2), 0, 1.3), bell, true},
		"another":    {laplace(2), bell, true},
		"correlated": {normalOf(t, []float64{0, 0}, 1, 0.6, 0.6, 1), bell, true},
		"a table":    {data.FromPoints("table", sample(t, data.Gaussian(2), 1000, 5)), bell, false},
		"large units": {
			elsewhere(data.Gaussian(2), 3e6, 1e6),
			func(x *Node) *Node { return AddScalar(bell(MulScalar(x, 1e-6)), -2*math.Log(1e6)) }, true,
		},
		"weighted": {weighted{}, bell, false},
	} {
		d := fitted(t, f4f.Known(f4f.DensityFunc("own points, "+name, test.source, test.of)).Backend("go"))
		if notes := d.Notes(); (len(notes) == 1) != test.told {
			t.Errorf("%s: the notes are %q", name, notes)
		}
	}
	// The transport's file keeps the note with the side.
	plan := betweenKnown(t, f4f.Known(f4f.DensityFunc("own points, shifted", elsewhere(data.Gaussian(2), 0.25, 1), bell)).Backend("go"), f4f.Known(data.Gaussian(2)).Backend("go"))
	g := fitted(t, plan)
	if again := fitted(t, plan); len(g.Left().Notes()) != 1 || len(again.Left().Notes()) != 1 {
		t.Errorf("the transport has the notes %q", g.Left().Notes())
	}
}

func TestAKnownDensityHasNoMapToABaseDistribution(t *testing.T) {
	d := fitted(t, f4f.Known(data.Gaussian(2)).Backend("go"))
	x := sample(t, d, 10, 1)
	for name, call := range map[string]func() error{
		"Encode":           func() error { _, err := d.Encode(x); return err },
		"Decode":           func() error { _, err := d.Decode(x); return err },
		"Jacobian":         func() error { _, err := d.Jacobian(x); return err },
		"Audit":            func() error { _, err := d.Audit(x); return err },
		"LogProbOfLeading": func() error { _, err := d.LogProbOfLeading(x); return err },
		"Complete":         func() error { _, err := d.Complete(x, 1); return err },
		"CDF":              func() error { _, err := d.CDF(x, 0); return err },
		"ExportONNX":       func() error { return d.ExportONNX(filepath.Join(t.TempDir(), "x")) },
		"ExportNFlows":     func() error { return d.ExportNFlows(filepath.Join(t.TempDir(), "x")) },
		"BaseTransfer":     func() error { _, err := f4f.BaseTransfer(d, d); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "base distribution") {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if d.Layers() != nil {
		t.Error("it has layers")
	}
	// What follows from the log-density alone works.
	score := must[data.Points](t)(d.Score(x))
	for i, v := range score.Values() {
		if math.Abs(float64(v+x.Values()[i])) > 1e-5 {
			t.Fatalf("the score of the standard normal at %v is %v", x.Values()[i], v)
		}
	}
	path := filepath.Join(t.TempDir(), "d.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	again := must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))
	if !slices.Equal(sample(t, again, 10, 1).Values(), x.Values()) || again.Fingerprint() != d.Fingerprint() {
		t.Error("a density from its file differs")
	}
}

func TestPlansOfKnownDensitiesAreValues(t *testing.T) {
	sources := knownSources(t)
	normal := f4f.Known(sources["normal"])
	if got, want := normal.Precision(f4f.Float64).Standardise().String(), `f4f.Known(normal about (1, -2)).Precision("float64").Standardise()`; got != want {
		t.Errorf("the plan prints as %s, want %s", got, want)
	}
	prints := map[string]string{}
	for name, p := range map[string]f4f.BasePlan{
		"normal": normal, "mixture": f4f.Known(sources["mixture"]), "box": f4f.Known(sources["box"]), "function": f4f.Known(sources["function"]),
		"gaussian": f4f.Known(data.Gaussian(2)), "standardised": normal.Standardise(), "double": normal.Precision(f4f.Float64), "learned": f4f.Base(sources["normal"]),
		"another": f4f.Known(normalOf(t, []float64{1, -2}, 2, 0.9, 0.9, 0.70001)),
	} {
		print := must[string](t)(p.Fingerprint())
		if other, taken := prints[print]; taken {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		prints[print] = name
	}
	// Nothing is trained, so what says how changes nothing, nor where it runs.
	if a, b := must[string](t)(normal.Fingerprint()), must[string](t)(f4f.Known(knownSources(t)["normal"]).Epochs(3).Layers(7).Backend("go").Fingerprint()); a != b {
		t.Error("settings of a training change the fingerprint")
	}
	plans := []f4f.BetweenPlan{betweenKnown(t, normal.Backend("go"), f4f.Known(data.Gaussian(2)).Backend("go")), betweenKnown(t, normal.Backend("go"), f4f.Known(data.Gaussian(2)).Backend("go")).Seed(1)}
	side := must[[]*f4f.Transport](t)(f4f.FitAll(t.Context(), plans...))
	x := sample(t, side[0].Left(), 20, 1)
	if alone := fitted(t, plans[1]); !slices.Equal(must[data.Points](t)(alone.Forward(x)).Values(), must[data.Points](t)(side[1].Forward(x)).Values()) {
		t.Error("FitAll gives another transport")
	}
	all := must[[]*f4f.Density](t)(f4f.FitBatched(t.Context(), normal.Backend("go"), f4f.Known(sources["box"]).Backend("go")))
	if all[0].Name() != "normal about (1, -2)" || all[1].Dim() != 2 {
		t.Errorf("FitBatched gives %v", all)
	}
	many := must[*f4f.TransportEnsemble](t)(f4f.Ensemble(plans[0], 2).Fit(t.Context()))
	if _, err := many.Forward(x); err != nil {
		t.Errorf("an ensemble between known sides: %v", err)
	}
}
