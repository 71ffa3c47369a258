package f4f_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

// helix is an angle and two ordinary features that depend on it, without a jump where the circle is
// cut: φ = π + 0.7 z_0 modulo 2π, x_1 = 2 cos φ + 0.5 z_1, x_2 = sin φ + x_1/2 + 0.3 z_2.
type helix struct{}

func (helix) Name() string { return "helix" }
func (helix) Dim() int     { return 3 }

func (helix) Sample(n int, seed uint64) (data.Points, error) {
	rng := rand.New(rand.NewPCG(seed, 17))
	var values []float32
	for range n {
		φ := math.Remainder(math.Pi+0.7*rng.NormFloat64(), 2*math.Pi)
		x := 2*math.Cos(φ) + 0.5*rng.NormFloat64()
		values = append(values, float32(φ), float32(x), float32(math.Sin(φ)+x/2+0.3*rng.NormFloat64()))
	}
	return data.NewPoints(3, values)
}

func (helix) LogProb(p data.Points) (logs []float64, err error) {
	normal := func(z, std float64) float64 { return -z*z/(2*std*std) - math.Log(std) - math.Log(2*math.Pi)/2 }
	for i := range p.Len() {
		φ, x, y := p.At(i, 0), p.At(i, 1), p.At(i, 2)
		wrapped := 0.0
		for turn := -2.0; turn <= 2; turn++ {
			wrapped += math.Exp(normal(φ-math.Pi+2*math.Pi*turn, 0.7))
		}
		logs = append(logs, math.Log(wrapped)+normal(x-2*math.Cos(φ), 0.5)+normal(y-math.Sin(φ)-x/2, 0.3))
	}
	return logs, nil
}

// Entropy ignores that the wrapped normal overlaps itself, which it does by 1e-5 of its mass.
func (helix) Entropy() float64 {
	return 1.5*(1+math.Log(2*math.Pi)) + math.Log(0.7*0.5*0.3)
}

var radians = data.Angle(-math.Pi, math.Pi)

// onPi returns pairs of rows that differ only in the sign of the angle in a column, ±π.
func onPi(t *testing.T, dim, column int) data.Points {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(dim), 5))
	var values []float32
	for range 20 {
		row := make([]float32, dim)
		for j := range row {
			row[j] = float32(rng.NormFloat64())
		}
		for _, end := range []float32{math.Pi, -math.Pi} {
			row[column] = end
			values = append(values, row...)
		}
	}
	return must[data.Points](t)(data.NewPoints(dim, values))
}

func TestDensityOfAnAngleIsContinuousOnTheCircle(t *testing.T) {
	for name, plan := range map[string]f4f.BasePlan{
		"two angles":                    small(t, data.VonMisesMixture()).Column("0", radians).Column("1", radians),
		"two angles, coupling":          small(t, data.VonMisesMixture()).Column("0", radians).Column("1", radians).LayerKind(f4f.Coupling),
		"an angle beside two":           small(t, helix{}).Column("0", radians).Standardise().Layers(3),
		"an angle beside two, permuted": small(t, helix{}).Column("0", radians).Mixing(f4f.Permutation).Layers(3),
		"a table":                       small(t, data.FromPoints("table", sample(t, helix{}, 300, 1))).Column("0", radians),
	} {
		t.Run(name, func(t *testing.T) {
			d := fitted(t, plan)
			for column := range strings.Count(plan.String(), "data.Angle") {
				logs := must[[]float64](t)(d.LogProb(onPi(t, d.Dim(), column)))
				for i := 0; i < len(logs); i += 2 {
					if off := math.Abs(logs[i] - logs[i+1]); !(off <= 2e-5*math.Max(1, math.Abs(logs[i]))) {
						t.Errorf("column %d: log p is %v at π and %v at −π", column, logs[i], logs[i+1])
					}
				}
			}
			// Whole turns change nothing, and points come back to the circle.
			x := sample(t, helix{}, 200, 3)
			if d.Dim() == 2 {
				x = sample(t, data.VonMisesMixture(), 200, 3)
			}
			turned := append([]float32(nil), x.Values()...)
			for i := 0; i < len(turned); i += d.Dim() {
				turned[i] += 2 * math.Pi
			}
			logs, after := must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(d.LogProb(must[data.Points](t)(data.NewPoints(d.Dim(), turned))))
			for i := range logs {
				if off := math.Abs(logs[i] - after[i]); !(off <= 1e-3) {
					t.Errorf("log p is %v at %v and %v a turn further", logs[i], x.Row(i), after[i])
				}
			}
			back := must[data.Points](t)(d.Decode(must[data.Points](t)(d.Encode(x))))
			for i := range x.Len() {
				if off := math.Abs(math.Remainder(x.At(i, 0)-back.At(i, 0), 2*math.Pi)); !(off <= 1e-4) {
					t.Errorf("the angle %v comes back as %v", x.At(i, 0), back.At(i, 0))
				}
			}
			drawn := must[data.Points](t)(d.Sample(1000, 7))
			if !slices.Equal(drawn.Periods(), d.Periods()) || !slices.Equal(back.Periods(), d.Periods()) {
				t.Errorf("the angles have the periods %v, samples %v, decoded points %v", d.Periods(), drawn.Periods(), back.Periods())
			}
			other := must[data.Points](t)(x.WithPeriod("0", 0, 360))
			if _, err := d.LogProb(other); err == nil || !strings.Contains(err.Error(), "360") {
				t.Errorf("an angle in degrees instead of radians gave %v", err)
			}
			for i := range drawn.Len() {
				if φ := drawn.At(i, 0); !(φ >= -math.Pi-1e-6 && φ <= math.Pi+1e-6) {
					t.Errorf("a sample has the angle %v", φ)
				}
			}
			if name != "an angle beside two, permuted" { // one of each suffices for what is slow
				return
			}
			if a := must[f4f.Audit](t)(d.Audit(x)); len(a.Warnings()) > 0 {
				t.Errorf("the audit warns: %v", a)
			}
			// The file holds what the plan said of angles.
			file := filepath.Join(t.TempDir(), "flow")
			if err := d.Save(file); err != nil {
				t.Fatal(err)
			}
			again := must[[]float64](t)(must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), file)).LogProb(x))
			for i := range logs {
				if !(math.Abs(again[i]-logs[i]) <= 1e-4) { // on another backend
					t.Fatalf("log p was %v before the file and is %v after it", logs[i], again[i])
				}
			}
		})
	}
}

// The density integrates to one on the circle: an angle alone.
func TestDensityOfAnAngleIntegratesToOne(t *testing.T) {
	one := must[data.Points](t)(sample(t, helix{}, 2000, 1).Columns(0))
	d := fitted(t, small(t, data.FromPoints("angle", one)).Column("0", radians))
	const cells = 4000
	values := make([]float32, cells)
	for i := range values {
		values[i] = float32(2 * math.Pi * ((float64(i)+0.5)/cells - 0.5))
	}
	sum := 0.0
	for _, l := range must[[]float64](t)(d.LogProb(must[data.Points](t)(data.NewPoints(1, values)))) {
		sum += math.Exp(l) * 2 * math.Pi / cells
	}
	if !(math.Abs(sum-1) < 1e-3) {
		t.Errorf("the density integrates to %v", sum)
	}
}

func TestAnglesComeNearTheTruth(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: run it with -long")
	}
	for truth, plan := range map[data.Distribution]f4f.BasePlan{
		data.VonMisesMixture(): f4f.Base(data.VonMisesMixture()).Column("0", radians).Column("1", radians),
		helix{}:                f4f.Base(helix{}).Column("0", radians),
	} {
		for _, layer := range []f4f.LayerKind{f4f.Autoregressive, f4f.Coupling} {
			for seed := range uint64(3) {
				d := fitted(t, plan.LayerKind(layer).Seed(seed).Backend("xla").Store(longStore(t)))
				kl := must[metric.Estimate](t)(metric.KL(truth, d.LogProb, 100_000, 99))
				t.Logf("%s, %s, seed %d: KL %v nats in %.0f s", truth.Name(), layer, seed, kl, d.Seconds())
				if !(kl.Value <= 0.01) {
					t.Errorf("%s, %s, seed %d: the KL is %v nats, want at most 0.01", truth.Name(), layer, seed, kl)
				}
			}
		}
	}
}

func TestTransportOfAngles(t *testing.T) {
	left, right := data.FromPoints("left", sample(t, helix{}, 400, 1)), data.FromPoints("right", sample(t, helix{}, 400, 2))
	plan := f4f.Between(small(t, left).Column("0", radians), small(t, right).Column("0", radians)).Layers(2).Hidden(12).Blocks(1).Bins(4).Batch(50).Epochs(2).
		Penalty(f4f.L1(1)).Backend("go").Store(store(t))
	g := fitted(t, plan)
	x := onPi(t, 3, 0)
	y := must[data.Points](t)(g.Forward(x))
	back := must[data.Points](t)(g.Inverse(y))
	if want := g.Right().Periods(); want == nil || !slices.Equal(y.Periods(), want) || !slices.Equal(back.Periods(), want) {
		t.Errorf("images have the periods %v and %v, want %v", y.Periods(), back.Periods(), want)
	}
	for i := range x.Len() {
		for j := range 3 {
			off := y.At(i, j) - y.At(i-i%2, j)
			returned := x.At(i, j) - back.At(i, j)
			if j == 0 {
				off, returned = math.Remainder(off, 2*math.Pi), math.Remainder(returned, 2*math.Pi)
			}
			if !(math.Abs(off) <= 1e-4) {
				t.Errorf("π and −π go to %v and %v", y.Row(i-1), y.Row(i))
			}
			if !(math.Abs(returned) <= 1e-3) {
				t.Errorf("%v comes back as %v", x.Row(i), back.Row(i))
			}
		}
	}
	if a := must[f4f.Audit](t)(g.Audit(sample(t, helix{}, 100, 4))); len(a.Warnings()) > 0 {
		t.Errorf("the audit warns: %v", a)
	}
	moved := must[metric.Distance](t)(g.Displacement(sample(t, helix{}, 500, 5)))
	if again := must[metric.Distance](t)(metric.Displacement(sample(t, helix{}, 500, 5), must[data.Points](t)(g.Forward(sample(t, helix{}, 500, 5))))); again != moved {
		t.Errorf("points move by %v, and by %v to their images", moved, again)
	}
	if !(moved.L1 < 2) {
		t.Errorf("points move by %v, as if angles went around the circle", moved)
	}
	if err := g.ExportNFlows(filepath.Join(t.TempDir(), "exported")); err == nil {
		t.Error("nflows has no angles, and the export went through")
	}
	transfer := must[*f4f.Transport](t)(f4f.BaseTransfer(g.Left(), g.Right()))
	if z := must[data.Points](t)(transfer.Forward(x)); z.CheckFinite() != nil {
		t.Error("a base transfer of angles isn't finite")
	}
}

func TestBaseDistributions(t *testing.T) {
	square := data.FromPoints("square", sample(t, data.UniformSquare(), 500, 1))
	x := sample(t, data.UniformSquare(), 200, 2)
	for name, plan := range map[string]f4f.BasePlan{
		"box":                   small(t, square).BaseDistribution(f4f.Uniform),
		"box in a column":       small(t, square).BaseDistribution(f4f.Uniform, "1"),
		"t":                     small(t, square).BaseDistribution(f4f.StudentT(2)),
		"t, coupling and LU":    small(t, square).BaseDistribution(f4f.StudentT(0.7)).LayerKind(f4f.Coupling).Mixing(f4f.LULinear),
		"t beside a normal":     small(t, square).BaseDistribution(f4f.StudentT(2)).BaseDistribution(f4f.Normal, "0").Raw(),
		"a box beside an angle": small(t, square).Column("0", radians).BaseDistribution(f4f.Uniform, "1"),
	} {
		t.Run(name, func(t *testing.T) {
			d := fitted(t, plan)
			logs := must[[]float64](t)(d.LogProb(x))
			z := must[data.Points](t)(d.Sample(300, 1))
			for i, l := range must[[]float64](t)(d.LogProb(z)) {
				if math.IsInf(l, 0) || math.IsNaN(l) {
					t.Errorf("log p is %v at the sample %v", l, z.Row(i))
				}
			}
			if !strings.Contains(name, "angle") {
				inside := 0
				for _, l := range logs {
					if !math.IsInf(l, 0) {
						inside++
					}
				}
				if inside < len(logs)*95/100 {
					t.Errorf("only %d of %d points of the box have a density", inside, len(logs))
				}
			}
			if err := d.ExportNFlows(filepath.Join(t.TempDir(), "exported")); err == nil {
				t.Error("nflows has no such base, and the export went through")
			}
		})
	}
}

// A heavy tail of the base is a heavy tail of the flow: far out, log p falls by (ν+1) log 10 when the
// distance grows tenfold.
func TestTailsOfStudentT(t *testing.T) {
	one := must[data.Points](t)(sample(t, left, 300, 1).Columns(0))
	d := fitted(t, small(t, data.FromPoints("one", one)).BaseDistribution(f4f.StudentT(2)))
	logs := must[[]float64](t)(d.LogProb(must[data.Points](t)(data.NewPoints(1, []float32{1e4, 1e5}))))
	if fall := logs[0] - logs[1]; math.Abs(fall-3*math.Log(10)) > 0.01 {
		t.Errorf("log p falls by %v, want %v", fall, 3*math.Log(10))
	}
}

func TestAnglesAndBasesThatCannotBe(t *testing.T) {
	table := func(names ...string) data.Source {
		x := must[data.Points](t)(sample(t, helix{}, 100, 1).WithColumnNames(names...))
		return data.FromPoints("jets", x)
	}
	named := table("phi", "pt", "mass")
	for name, test := range map[string]struct {
		plan interface{ Fingerprint() (string, error) }
		says []string
	}{
		"no such column":         {small(t, named).Column("eta", radians), []string{`"eta"`, `"phi"`}},
		"LU":                     {small(t, named).Column("phi", radians).Mixing(f4f.LULinear), []string{"Reversal"}},
		"affine":                 {small(t, named).Column("phi", radians).Transformer(f4f.Affine), []string{"Spline"}},
		"another base":           {small(t, named).Column("phi", radians).BaseDistribution(f4f.Uniform, "phi"), []string{`"phi"`}},
		"no such base":           {small(t, named).BaseDistribution("cauchy"), []string{"StudentT", "cauchy"}},
		"no degrees of freedom":  {small(t, named).BaseDistribution(f4f.StudentT(0)), []string{"StudentT", "0"}},
		"NaN degrees of freedom": {small(t, named).BaseDistribution(f4f.StudentT(math.NaN())), []string{"StudentT"}},
		"box and LU":             {small(t, named).BaseDistribution(f4f.Uniform).Mixing(f4f.LULinear), []string{"Reversal"}},
		"an angle on one side":   {f4f.Between(small(t, named).Column("phi", radians), small(t, named)).Store(store(t)), []string{`"phi"`, "left", "right"}},
		"a box on one side":      {f4f.Between(small(t, named), small(t, named).BaseDistribution(f4f.Uniform, "pt")).Store(store(t)), []string{`"pt"`, "left", "right"}},
		"another bound":          {f4f.Between(small(t, named).Column("phi", radians), small(t, named).Column("phi", radians)).TailBound(5).Store(store(t)), []string{"TailBound", "4", "5"}},
	} {
		_, err := test.plan.Fingerprint()
		if err == nil {
			t.Errorf("%s: there is no error", name)
			continue
		}
		for _, word := range test.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error says nothing of %s: %v", name, word, err)
			}
		}
	}
	a, b := fitted(t, small(t, named)), fitted(t, small(t, named).Column("phi", radians))
	if _, err := f4f.BaseTransfer(a, b); err == nil || !strings.Contains(err.Error(), "base distribution") {
		t.Errorf("a base transfer between different base distributions gave %v", err)
	}
	if fmt.Sprint(small(t, named).BaseDistribution(f4f.StudentT(3), "pt")) == fmt.Sprint(small(t, named)) {
		t.Error("String leaves out the base distribution")
	}
}

// seasons are points whose mean goes once around the origin as their condition, an angle in degrees,
// goes around the circle.
type seasons struct{}

func (seasons) Name() string      { return "seasons" }
func (seasons) Dim() int          { return 2 }
func (seasons) ConditionDim() int { return 2 }

func (s seasons) Sample(n int, seed uint64) (data.Points, error) {
	x, _, err := s.SampleWithConditions(n, seed)
	return x, err
}

func (seasons) SampleWithConditions(n int, seed uint64) (x, c data.Points, err error) {
	rng := rand.New(rand.NewPCG(seed, 23))
	var points, conditions []float32
	for range n {
		day, scale := 360*rng.Float64(), 0.5+rng.Float64()
		sin, cos := math.Sincos(day * math.Pi / 180)
		points = append(points, float32(2*cos+scale*rng.NormFloat64()), float32(2*sin+scale*rng.NormFloat64()))
		conditions = append(conditions, float32(day), float32(scale))
	}
	if x, err = data.NewPoints(2, points); err == nil {
		c, err = data.NewPoints(2, conditions)
	}
	return x, c, err
}

func (seasons) Given([]float32) (data.Source, error) { return nil, fmt.Errorf("not known") }

func TestConditionsThatAreAngles(t *testing.T) {
	plan := small(t, seasons{}).ConditionColumn("0", data.Angle(0, 360))
	for name, plan := range map[string]f4f.BasePlan{"plain": plan, "embedded": plan.Embedding(3)} {
		d := fitted(t, plan)
		x := sample(t, seasons{}, 20, 3)
		for _, ends := range [][2]float32{{0, 360}, {10, -350}, {10, 370}} {
			one := must[[]float64](t)(d.Strict().At(data.Point(ends[0], 1)).LogProb(x))
			other := must[[]float64](t)(d.Strict().At(data.Point(ends[1], 1)).LogProb(x))
			for i := range one {
				if off := math.Abs(one[i] - other[i]); !(off <= 1e-3) {
					t.Errorf("%s: log p is %v under %v and %v under %v", name, one[i], ends[0], other[i], ends[1])
				}
			}
		}
		if _, err := d.Strict().At(data.Point(0, 100)).LogProb(x); err == nil {
			t.Errorf("%s: a condition outside the range beside an angle gave no error", name)
		}
	}
	g := fitted(t, f4f.Between(plan, plan).On(f4f.Difference).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Store(store(t)))
	x := sample(t, seasons{}, 20, 4)
	there := must[data.Points](t)(g.At(data.Point(350, 1), data.Point(10, 1)).Forward(x))
	again := must[data.Points](t)(g.At(data.Point(10, 1), data.Point(350, 1)).Forward(there))
	if off := furthest(x, again); off > 1e-3 {
		t.Errorf("points come back from the other side of the cut %g off", off)
	}
}

// Several plans with angles train as one program as they train alone.
func TestAnglesTrainTogether(t *testing.T) {
	plan := func(seed uint64) f4f.BasePlan {
		return f4f.Base(helix{}).Column("0", radians).Layers(2).Hidden(8).Blocks(1).Bins(4).Samples(500).Batch(50).Epochs(1).Seed(seed).Backend("go")
	}
	together := must[[]*f4f.Density](t)(f4f.FitBatched(t.Context(), plan(1).Store(t.TempDir()), plan(2).Store(t.TempDir())))
	x := sample(t, helix{}, 50, 9)
	for i, d := range together {
		alone := fitted(t, plan(uint64(i)+1).Store(t.TempDir()))
		one, other := must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(alone.LogProb(x))
		for k := range one {
			if off := math.Abs(one[k] - other[k]); !(off <= 1e-2) {
				t.Errorf("seed %d: log p is %v together and %v alone", i+1, one[k], other[k])
			}
		}
	}
}
