package f4f_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// offset returns x with h added to feature j of every row, and how much was added in float32.
func offset(t testing.TB, x data.Points, j int, h float32) (data.Points, []float64) {
	t.Helper()
	moved := must[data.Points](t)(x.RepeatEach(1))
	by := make([]float64, x.Len())
	for i := range by {
		row := moved.Row(i)
		before := row[j]
		row[j] += h
		by[i] = float64(row[j]) - float64(before)
	}
	return moved, by
}

// slope returns ∂f/∂x_j [N] by central differences in float64.
func slope(t testing.TB, x data.Points, j int, f func(data.Points) []float64) []float64 {
	t.Helper()
	const h = 0x1p-10
	above, up := offset(t, x, j, h)
	below, down := offset(t, x, j, -h)
	a, b := f(above), f(below)
	for i := range a {
		a[i] = (a[i] - b[i]) / (up[i] - down[i])
	}
	return a
}

// share returns the share of values that differ by more than bound·(1 + |want|). A difference
// across a knot of a spline, where derivatives of log-densities jump, is wrong by itself.
func shareOff(got, want []float64, bound float64) float64 {
	off := 0.0
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= bound*(1+math.Abs(want[i]))) {
			off++
		}
	}
	return off / float64(len(got))
}

func randomNormal(dim int) normal {
	rng := rand.New(rand.NewPCG(uint64(dim), 3))
	s := normal{name: fmt.Sprintf("normal of %d", dim)}
	for range dim {
		s.mean, s.std = append(s.mean, 20*rng.NormFloat64()), append(s.std, 0.5+rng.Float64())
	}
	return s
}

// mapped returns the plan with maps of its first two columns.
func mapped(p f4f.BasePlan) f4f.BasePlan {
	return p.Column("0", data.Robust, data.Asinh(1)).Column("1", data.Quantile).Standardise()
}

func TestScoreIsTheGradientOfTheLogDensity(t *testing.T) {
	plans := map[string]f4f.BasePlan{
		"under a condition": small(t, turned{}).Precision(f4f.Float64).Standardise(),
		"coupling":          small(t, left).LayerKind(f4f.Coupling).Precision(f4f.Float64),
		"lu":                small(t, left).Mixing(f4f.LULinear).Precision(f4f.Float64),
		"through maps":      mapped(small(t, randomNormal(3))).Precision(f4f.Float64),
		"angle, heavy tail": small(t, left).Column("0", data.Angle(-math.Pi, math.Pi)).BaseDistribution(f4f.StudentT(5), "1").Precision(f4f.Float64),
		"affine":            small(t, left).Transformer(f4f.Affine).Precision(f4f.Float64),
		"embedded, on XLA":  small(t, turned{}).Embedding(3).Precision(f4f.Float64),
	}
	for dim := 1; dim <= 4; dim++ {
		plans[fmt.Sprintf("D = %d", dim)] = small(t, randomNormal(dim)).Precision(f4f.Float64).Standardise()
	}
	for name, plan := range plans {
		d := fitted(t, plan.Epochs(1))
		if strings.HasSuffix(name, "on XLA") {
			d = reloaded(t, d)
		}
		if d.ConditionDim() > 0 {
			d = d.At(data.Point(0.4))
		}
		x := must[data.Points](t)(d.Sample(100, 3))
		score := must[data.Points](t)(d.Score(x))
		for j := range d.Dim() {
			want := slope(t, x, j, func(x data.Points) []float64 { return must[[]float64](t)(d.LogProb(x)) })
			if share := shareOff(featureOf(score, j), want, 1e-4); share > 0.1 {
				t.Errorf("%s: the score of feature %d is off at %g of the points", name, j, share)
			}
		}
	}
}

func TestAFloat32ScoreIsThatOfFloat64(t *testing.T) {
	// Of a normal distribution by an untrained flow that is the identity, the score is −(x − μ)/σ².
	s := normal{"shifted", []float64{5, -3}, []float64{2, 0.5}}
	for _, choice := range []string{"go", "xla"} {
		d := fitted(t, small(t, s).Standardise().IdentityStart().LearningRate(1e-12).Epochs(1))
		if choice == "xla" {
			d = reloaded(t, d)
		}
		x := sample(t, s, 200, 5)
		score := must[data.Points](t)(d.Score(x))
		for i := range x.Len() {
			for j := range 2 {
				want := -(float64(x.Row(i)[j]) - s.mean[j]) / (s.std[j] * s.std[j])
				if math.Abs(float64(score.Row(i)[j])-want) > 0.1*(1+math.Abs(want)) { // mean and deviation are those of 2000 points
					t.Fatalf("%s: the score at %v is %v", choice, x.Row(i), score.Row(i))
				}
			}
		}
	}
}

// reloaded returns a density as LoadDensity loads it, on the default backend.
func reloaded(t testing.TB, d *f4f.Density) *f4f.Density {
	t.Helper()
	path := filepath.Join(t.TempDir(), "density.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	return must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))
}

func featureOf(x data.Points, j int) []float64 {
	values := make([]float64, x.Len())
	for i := range values {
		values[i] = float64(x.Row(i)[j])
	}
	return values
}

func TestJacobiansAgreeWithDifferencesAndLogDets(t *testing.T) {
	base := func(s data.Source) f4f.BasePlan { return small(t, s).Precision(f4f.Float64).Epochs(1) }
	between := func(l, r f4f.BasePlan) f4f.BetweenPlan {
		return f4f.Between(l, r).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Precision(f4f.Float64).Backend("go").Store(store(t))
	}
	three, other := randomNormal(3), normal{"other of 3", []float64{1, 2, 3}, []float64{1, 2, 3}}
	five := base(randomNormal(5)).Layers(1)
	plain := between(base(three).Standardise(), base(other).Standardise())
	at := func(g *f4f.Transport) *f4f.Transport {
		return g.At(must[data.Points](t)(data.Line(data.Point(0.1), data.Point(0.9), 60)), data.Point(0.5))
	}
	for name, g := range map[string]*f4f.Transport{
		"between":        fitted(t, plain),
		"through maps":   fitted(t, between(mapped(base(three)), mapped(base(other)))),
		"transfer":       must[*f4f.Transport](t)(f4f.BaseTransfer(fitted(t, base(three).Standardise()), fitted(t, base(other).Standardise()))),
		"transfer, loop": must[*f4f.Transport](t)(f4f.BaseTransfer(reloaded(t, fitted(t, five.Standardise())), reloaded(t, fitted(t, five.Seed(2).Standardise())))),
		"among":          at(fitted(t, between(base(turned{}), base(turned{})).On(f4f.Difference))),
		"both":           at(fitted(t, between(base(turned{}), base(lifted{})).On(f4f.Both))),
	} {
		x := must[data.Points](t)(g.Left().Sample(60, 1))
		jacobian := must[[]*mat.Dense](t)(g.Jacobian(x))
		_, logDet, err := g.ForwardLogDet(x)
		if err != nil {
			t.Fatal(err)
		}
		for i, j := range jacobian {
			bound := 1e-8
			if name == "through maps" {
				bound = 1e-6 // points are float32 between maps and flow
			}
			if got, sign := mat.LogDet(j); math.Abs(got-logDet[i]) > bound || sign <= 0 {
				t.Errorf("%s: the Jacobian of point %d has a log-det of %g, the map has %g", name, i, got, logDet[i])
			}
		}
		for k := range g.Dim() {
			for l := range g.Dim() {
				got := make([]float64, x.Len())
				for i, j := range jacobian {
					got[i] = j.At(k, l)
				}
				want := slope(t, x, l, func(x data.Points) []float64 { return featureOf(must[data.Points](t)(g.Forward(x)), k) })
				if share := shareOff(got, want, 2e-3); share > 0.1 { // images are float32
					t.Errorf("%s: ∂y_%d/∂x_%d is off at %g of the points", name, k, l, share)
				}
			}
		}
	}
	d := fitted(t, base(turned{})).At(data.Point(0.3))
	x := must[data.Points](t)(d.Sample(50, 1))
	z, logProbs := must[data.Points](t)(d.Encode(x)), must[[]float64](t)(d.LogProb(x))
	for i, j := range must[[]*mat.Dense](t)(d.Jacobian(x)) {
		logDet, _ := mat.LogDet(j)
		want := -math.Log(2 * math.Pi)
		for _, v := range z.Row(i) {
			want -= float64(v) * float64(v) / 2
		}
		if math.Abs(want+logDet-logProbs[i]) > 1e-6 { // z is float32
			t.Errorf("log N(z) + log|det| is %g at point %d, and the log-density %g", want+logDet, i, logProbs[i])
		}
	}
}

func TestDerivativesNameWhatIsWrong(t *testing.T) {
	d := fitted(t, small(t, left))
	for name, x := range map[string]data.Points{
		"none": {}, "width": data.Point(1), "not finite": data.Point(1, float32(math.NaN())),
	} {
		if _, err := d.Score(x); err == nil {
			t.Errorf("%s: there is a score", name)
		}
		if _, err := d.Jacobian(x); err == nil {
			t.Errorf("%s: there is a Jacobian", name)
		}
	}
	whole := must[data.Points](t)(data.NewPoints(2, []float32{1, 0.2, 2, 0.4, 1, 0.1, 3, 0.7, 2, 0.8, 1, 0.5, 2, 0.3, 4, 0.9}))
	noisy := fitted(t, small(t, data.FromPoints("whole", must[data.Points](t)(whole.RepeatEach(1)))).Column("0", data.Whole).Batch(2).Epochs(1))
	if _, err := noisy.Score(whole); err == nil {
		t.Error("a probability of whole numbers has a score")
	}
	if _, err := noisy.Jacobian(whole); err == nil {
		t.Error("a map with noise has a Jacobian")
	}
	g := fitted(t, f4f.Between(small(t, turned{}), small(t, turned{})).On(f4f.Both).Layers(1).Hidden(8).Blocks(1).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store(t)))
	if _, err := g.Jacobian(data.Point(1, 2)); err == nil {
		t.Error("a conditional transport has a Jacobian without conditions")
	}
	if _, err := g.At(data.Point(0.1), data.Point(0.2, 0.3)).Jacobian(data.Point(1, 2)); err == nil {
		t.Error("a condition of two features passes for one of one")
	}
}
