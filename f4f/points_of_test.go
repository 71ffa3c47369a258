package f4f_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// Training towards a density never asks for that of the other side, so a side of points alone trains the
// same transport as a density there that is wrong.
func TestPointsAloneTrainAsTheLikelihoodTowardsADensity(t *testing.T) {
	wrong := func(s data.Source) f4f.BasePlan {
		return f4f.Known(f4f.DensityFunc("wrong for "+s.Name(), s, func(x *Node) *Node { return Neg(ReduceSum(Square(x), -1)) })).Backend("go")
	}
	given := f4f.Known(knownSources(t)["mixture"]).Backend("go")
	for name, plans := range map[string][2]f4f.BetweenPlan{
		"right": {betweenKnown(t, given, f4f.PointsOf(right).Backend("go")), betweenKnown(t, given, wrong(right)).Direction(f4f.InverseOnly)},
		"left":  {betweenKnown(t, f4f.PointsOf(left).Backend("go"), given), betweenKnown(t, wrong(left), given).Direction(f4f.ForwardOnly)},
		"potential": {
			betweenKnown(t, given, f4f.PointsOf(right).Backend("go")).LayerKind(f4f.ConvexPotential),
			betweenKnown(t, given, wrong(right)).LayerKind(f4f.ConvexPotential).Direction(f4f.InverseOnly),
		},
	} {
		x := sample(t, left, 100, 3)
		got, want := fitted(t, plans[0]), fitted(t, plans[1])
		if !slices.Equal(must[data.Points](t)(got.Forward(x)).Values(), must[data.Points](t)(want.Forward(x)).Values()) {
			t.Errorf("%s: points alone train another transport", name)
		}
		again := fitted(t, plans[0]) // from the store
		if !slices.Equal(must[data.Points](t)(again.Forward(x)).Values(), must[data.Points](t)(got.Forward(x)).Values()) {
			t.Errorf("%s: the transport from the store differs", name)
		}
		if found := must[f4f.Audit](t)(got.Audit(x)); found.RoundTrip.Error > 1e-3 || found.NonFinite > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// With a density on the left, the transport learns that of the points on the right.
func TestPointsAloneGetADensity(t *testing.T) {
	positive := wrapped{right, "exp of right", func(v float64) float64 { return math.Exp(v) }}
	for name, plan := range map[string]f4f.BasePlan{
		"as they are":  f4f.PointsOf(right),
		"standardised": f4f.PointsOf(right).Standardise(),
		"through maps": f4f.PointsOf(positive).Column("0", data.Log).Column("1", data.Log),
	} {
		t.Run(name, func(t *testing.T) {
			g := fitted(t, betweenKnown(t, f4f.Known(data.Gaussian(2)).Backend("go"), plan.Backend("go")).Samples(6000).Batch(100).Epochs(8).KeepBest())
			y := sample(t, right, 4000, 9)
			want := 0.0 // of −log p, in the data's units
			for i := range y.Len() {
				want -= right.logDensity(y.Row(i)) / float64(y.Len())
			}
			if name == "through maps" {
				y = positive.of(t, y)
				for i := range y.Len() {
					for _, v := range y.Row(i) {
						want += math.Log(float64(v)) / float64(y.Len())
					}
				}
			}
			got := 0.0
			image := must[*f4f.Density](t)(g.Image())
			for _, l := range must[[]float64](t)(image.LogProb(y)) {
				got -= l / float64(y.Len())
			}
			if math.Abs(got-want) > 0.05 {
				t.Errorf("the mean of −log p is %.3f nats, want %.3f", got, want)
			}
			// The validation loss is that mean over the points held out.
			if last := g.Epochs()[len(g.Epochs())-1].Validation; math.Abs(last-want) > 0.15 {
				t.Errorf("the validation loss is %.3f nats, and the mean of −log p %.3f", last, want)
			}
		})
	}
}

// wrapped is a source whose features are those of another through a function.
type wrapped struct {
	data.Source
	name string
	f    func(float64) float64
}

func (w wrapped) Name() string { return w.name }

func (w wrapped) Sample(n int, seed uint64) (data.Points, error) {
	x, err := w.Source.Sample(n, seed)
	if err != nil {
		return x, err
	}
	return w.through(x)
}

func (w wrapped) through(x data.Points) (data.Points, error) {
	values := make([]float32, len(x.Values()))
	for i, v := range x.Values() {
		values[i] = float32(w.f(float64(v)))
	}
	return data.NewPoints(x.Dim(), values)
}

func (w wrapped) of(t testing.TB, x data.Points) data.Points {
	return must[data.Points](t)(w.through(x))
}

func TestPointsAloneMayHaveConditions(t *testing.T) {
	base, points := small(t, turned{}).Epochs(6), f4f.PointsOf(turned{}).Backend("go")
	for name, plan := range map[string]f4f.BetweenPlan{
		"right": smallTransport(t, base, points, f4f.Shared),
		"left":  smallTransport(t, points, base, f4f.Shared),
		"both":  smallTransport(t, base, points, f4f.Both),
	} {
		g := fitted(t, plan)
		c := must[data.Points](t)(data.NewPoints(1, []float32{0.25}))
		path := filepath.Join(t.TempDir(), "g.safetensors")
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
		again := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
		x := must[data.Points](t)(must[data.Source](t)(turned{}.Given([]float32{0.25})).Sample(200, 1))
		y := must[data.Points](t)(g.At(c, c).Forward(x))
		if far := furthest(y, must[data.Points](t)(again.At(c, c).Forward(x))); far > 1e-3 { // on another backend
			t.Errorf("%s: the transport from its file is off by %g", name, far)
		}
		if far := furthest(x, must[data.Points](t)(g.At(c, c).Inverse(y))); far > 1e-3 {
			t.Errorf("%s: points come back off by %g", name, far)
		}
	}
}

func TestWhatNeedsTheDensityOfPointsAloneIsAnError(t *testing.T) {
	given := f4f.Known(data.Gaussian(2)).Backend("go")
	onto := fitted(t, betweenKnown(t, given, f4f.PointsOf(right).Backend("go")))
	from := fitted(t, betweenKnown(t, f4f.PointsOf(right).Backend("go"), given))
	x := sample(t, left, 10, 1)
	for name, d := range map[string]*f4f.Density{"fitted": fitted(t, f4f.PointsOf(right).Backend("go")), "of a transport": onto.Right()} {
		for call, of := range map[string]func() error{
			"LogProb":           func() error { _, err := d.LogProb(x); return err },
			"LogProbBound":      func() error { _, err := d.LogProbBound(x, 3, 1); return err },
			"LogProbOfLeading":  func() error { _, err := d.LogProbOfLeading(x); return err },
			"Score":             func() error { _, err := d.Score(x); return err },
			"Sample":            func() error { _, err := d.Sample(10, 1); return err },
			"SampleWithLogProb": func() error { _, _, err := d.SampleWithLogProb(10, 1); return err },
			"Encode":            func() error { _, err := d.Encode(x); return err },
			"Decode":            func() error { _, err := d.Decode(x); return err },
			"Jacobian":          func() error { _, err := d.Jacobian(x); return err },
			"Audit":             func() error { _, err := d.Audit(x); return err },
			"Complete":          func() error { _, err := d.Complete(x, 1); return err },
			"CDF":               func() error { _, err := d.CDF(x, 0); return err },
			"ExportONNX":        func() error { return d.ExportONNX(filepath.Join(t.TempDir(), "x")) },
			"ExportNFlows":      func() error { return d.ExportNFlows(filepath.Join(t.TempDir(), "x")) },
			"BaseTransfer":      func() error { _, err := f4f.BaseTransfer(d, onto.Left()); return err },
			"Known":             func() error { _, err := betweenKnown(t, given, f4f.Known(d)).Fit(t.Context()); return err },
		} {
			err := of()
			if err == nil || !errors.Is(err, f4f.ErrNoDensity) && call != "BaseTransfer" {
				t.Errorf("%s, %s: got %v", name, call, err)
			}
		}
		if d.Dim() != 2 || d.Name() != "right" || d.Layers() != nil || d.Parameters() != 0 {
			t.Errorf("%s: it is %v", name, d)
		}
	}
	for call, of := range map[string]func() error{
		"LogProbLeft":                   func() error { _, err := onto.LogProbLeft(x); return err },
		"LogProbLeftBound":              func() error { _, err := onto.LogProbLeftBound(x, 3, 1); return err },
		"LogProbBound from points":      func() error { _, err := from.LogProbBound(x, 3, 1); return err },
		"LogProb from points":           func() error { _, err := from.LogProb(x); return err },
		"Image of points":               func() error { _, err := from.Image(); return err },
		"ExportONNX of log_prob_left":   func() error { return onto.ExportONNX(filepath.Join(t.TempDir(), "x"), "log_prob_left") },
		"ExportONNX of log_prob":        func() error { return from.ExportONNX(filepath.Join(t.TempDir(), "x"), "log_prob") },
		"ExportNFlows of a points side": func() error { return onto.ExportNFlows(filepath.Join(t.TempDir(), "x")) },
	} {
		if err := of(); err == nil || call != "ExportNFlows of a points side" && !errors.Is(err, f4f.ErrNoDensity) {
			t.Errorf("%s: got %v", call, err)
		}
	}
	// What there is a density for works, and so do a chain and an export of it.
	must[[]float64](t)(onto.LogProb(x))
	must[[]float64](t)(from.LogProbLeft(x))
	if err := onto.ExportONNX(filepath.Join(t.TempDir(), "x.onnx"), "forward", "inverse", "log_prob"); err != nil {
		t.Error(err)
	}
	image := must[*f4f.Density](t)(onto.Image())
	chain := fitted(t, betweenKnown(t, f4f.Known(image), f4f.PointsOf(left).Backend("go")))
	must[[]float64](t)(chain.LogProb(x))
}

func TestWhatIsWrongWithPointsAloneIsNamed(t *testing.T) {
	given, points := f4f.Known(data.Gaussian(2)).Backend("go"), f4f.PointsOf(right).Backend("go")
	constant := data.FromPoints("constant", must[data.Points](t)(data.NewPoints(2, []float32{1, 2, 1, 3, 1, 4})))
	for name, test := range map[string]struct {
		plan  interface{ Fingerprint() (string, error) }
		words []string
	}{
		"both sides":          {betweenKnown(t, points, f4f.PointsOf(left).Backend("go")), []string{"one side", "Base", "Known"}},
		"Alternate onto":      {betweenKnown(t, given, points).Direction(f4f.Alternate), []string{"right", "InverseOnly", "Alternate"}},
		"ForwardOnly onto":    {betweenKnown(t, given, points).Direction(f4f.ForwardOnly), []string{"right", "InverseOnly"}},
		"InverseOnly from":    {betweenKnown(t, points, given).Direction(f4f.InverseOnly), []string{"left", "ForwardOnly"}},
		"BothWays from":       {betweenKnown(t, points, given).Direction(f4f.BothWays), []string{"left", "ForwardOnly", "BothWays"}},
		"noise":               {points.VariationalNoise(), []string{"right", "VariationalNoise"}},
		"both, on conditions": {f4f.Between(f4f.PointsOf(turned{}), f4f.PointsOf(turned{})).On(f4f.Difference), []string{"one side"}},
		"no source":           {f4f.PointsOf(nil), []string{"source"}},
		"dimensions":          {betweenKnown(t, given, f4f.PointsOf(solidBox(t))), []string{"dimension", "2 and 3"}},
	} {
		_, err := test.plan.Fingerprint()
		for _, word := range test.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q isn't in the error: %v", name, word, err)
			}
		}
	}
	for word, plan := range map[string]f4f.BasePlan{"constant": f4f.PointsOf(constant), `"7"`: f4f.PointsOf(right).Column("7", data.Log)} {
		if _, err := betweenKnown(t, given, plan.Backend("go")).Fit(t.Context()); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q isn't in the error: %v", word, err)
		}
	}
}

func solidBox(t testing.TB) data.Source {
	return must[*data.Box](t)(data.NewBox([]float64{0, 0, 0}, []float64{1, 1, 1}))
}

func TestPlansOfPointsAloneAreValues(t *testing.T) {
	points, given := f4f.PointsOf(right).Backend("go"), f4f.Known(data.Gaussian(2)).Backend("go")
	if got, want := points.Standardise().String(), `f4f.PointsOf(right).Backend("go").Standardise()`; got != want {
		t.Errorf("the plan prints as %s, want %s", got, want)
	}
	prints := map[string]string{}
	for name, p := range map[string]f4f.BasePlan{
		"points": points, "standardised": points.Standardise(), "double": points.Precision(f4f.Float64), "learned": f4f.Base(right), "others": f4f.PointsOf(left),
		"fewer": points.Samples(100), "seed": points.Seed(5), "maps": points.Column("0", data.Asinh(1)),
		"angle": points.Column("0", data.Angle(-9, 9)), "bound of an angle": points.Column("0", data.Angle(-9, 9)).TailBound(8),
	} {
		print := must[string](t)(p.Fingerprint())
		if other, taken := prints[print]; taken {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		prints[print] = name
	}
	if a, b := must[string](t)(points.Fingerprint()), must[string](t)(points.Epochs(3).Layers(7).LearningRate(1).Batch(70).TailBound(7).Fingerprint()); a != b {
		t.Error("settings of a training change the fingerprint")
	}
	onto, from := betweenKnown(t, given, points), betweenKnown(t, points, given)
	if s := onto.String(); !strings.Contains(s, "Direction(f4f.InverseOnly)") {
		t.Errorf("the plan prints as %s", s)
	}
	x := sample(t, left, 20, 1)
	side := must[[]*f4f.Transport](t)(f4f.FitAll(t.Context(), onto, from))
	if alone := fitted(t, from); !slices.Equal(must[data.Points](t)(alone.Forward(x)).Values(), must[data.Points](t)(side[1].Forward(x)).Values()) {
		t.Error("FitAll gives another transport")
	}
	must[[]*f4f.Transport](t)(f4f.FitBatched(t.Context(), onto, onto.Seed(3)))
	many := must[*f4f.TransportEnsemble](t)(f4f.Ensemble(onto, 2).Fit(t.Context()))
	must[data.Points](t)(many.Forward(x))
	// Nothing is trained for the sides, so the transport is the only task.
	if tasks := must[[]f4f.Task](t)(onto.Seed(4).Tasks()); len(tasks) != 1 || len(tasks[0].Bases) != 0 || tasks[0].Trained() || tasks[0].Fit(t.Context()) != nil || !tasks[0].Trained() {
		t.Errorf("its tasks are %v", tasks)
	}
	if tasks := must[[]f4f.Task](t)(points.Tasks()); len(tasks) != 0 {
		t.Errorf("the tasks of points alone are %v", tasks)
	}
}

// Points alone take what a column of the other side asks for: a period, or the box of a uniform base, and
// the transport's tail bound. They need no batch.
func TestPointsAloneFitTheOtherSide(t *testing.T) {
	box := must[*data.Box](t)(data.NewBox([]float64{-3, -3}, []float64{3, 3}))
	radians := data.Angle(-math.Pi, math.Pi)
	base := func() f4f.BasePlan { return small(t, box).Epochs(1).TailBound(6) }
	points := f4f.PointsOf(box).Samples(40).Backend("go")
	for name, sides := range map[string][2]f4f.BasePlan{
		"an angle": {base().Column("0", radians), points.Column("0", radians)},
		"a box":    {base().BaseDistribution(f4f.Uniform, "1"), points.Samples(2000).BaseDistribution(f4f.Uniform, "1")},
	} {
		for _, plan := range []f4f.BetweenPlan{f4f.Between(sides[0], sides[1]), f4f.Between(sides[1], sides[0])} {
			g := fitted(t, plan.Layers(2).Hidden(12).Blocks(1).Bins(4).TailBound(6).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store(t)))
			x := sample(t, box, 100, 1)
			y := must[data.Points](t)(g.Forward(x))
			if far := furthest(x, must[data.Points](t)(g.Inverse(y))); far > 1e-3 {
				t.Errorf("%s: points come back off by %g", name, far)
			}
			path := filepath.Join(t.TempDir(), "g.safetensors")
			if err := g.Save(path); err != nil {
				t.Fatal(err)
			}
			must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
		}
	}
	two := must[[]*f4f.Density](t)(f4f.FitAll(t.Context(), points.Column("0", radians).TailBound(4), points.Column("0", radians).TailBound(8)))
	if two[0] == two[1] {
		t.Error("points of two bounds are one")
	}
	if a := fitted(t, points).Architecture(); a.Layers != 0 {
		t.Errorf("points alone have the architecture %v", a)
	}
}
