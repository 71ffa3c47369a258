package f4f_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
)

// convex returns a short training of a convex potential on one side.
func convex(s data.Source, store string) f4f.BasePlan {
	return f4f.Base(s).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).Steps(1500).Samples(50_000).Batch(200).Backend("xla:cpu").Devices(1).Store(store)
}

// Between two normals the optimal map is linear: C_l^{−½}(C_l^½ C_r C_l^½)^½ C_l^{−½}, and known.
func TestAConvexPotentialIsTheOptimalMapBetweenNormals(t *testing.T) {
	// Of covariances [1 ρ; ρ 1] and [1 r; r 1], which have the same axes, the map scales the axis
	// (1, 1)/√2 by √((1+r)/(1+ρ)) and the other by √((1−r)/(1−ρ)).
	left, right, store := correlated(0.6), correlated(-0.3), t.TempDir()
	along, across := math.Sqrt((1-0.3)/(1+0.6)), math.Sqrt((1+0.3)/(1-0.6))
	x := sample(t, left, 4000, 5)
	for _, direction := range []f4f.Direction{f4f.ForwardOnly, f4f.InverseOnly, f4f.Alternate, f4f.BothWays} {
		t.Run(direction.String(), func(t *testing.T) {
			plan := f4f.Between(convex(left, store), convex(right, store)).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).
				Steps(1500).Samples(50_000).Batch(200).Direction(direction).Backend("xla:cpu").Devices(1).Store(store)
			transport := fitted(t, plan)
			y := must[data.Points](t)(transport.Forward(x))
			off := 0.0
			for i := range x.Len() {
				a, b := (x.At(i, 0)+x.At(i, 1))/2*along, (x.At(i, 0)-x.At(i, 1))/2*across
				off += math.Pow(y.At(i, 0)-a-b, 2) + math.Pow(y.At(i, 1)-a+b, 2)
			}
			if share := off / float64(x.Len()) / 2; !(share < 1e-3) {
				t.Errorf("the map is off the optimal one by %.2g of the variance", share)
			}
			if notes := strings.Join(transport.Notes(), " "); strings.Contains(notes, "distance") {
				t.Errorf("in the data's units the notes tell of another distance: %q", notes)
			}
			if audit := must[f4f.Audit](t)(transport.Audit(x)); len(audit.Warnings()) > 0 {
				t.Errorf("the transport fails its audit: %v", audit)
			}
			if x, err := transport.Inverse(must[data.Points](t)(data.NewPoints(2, []float32{1e25, 1e30}))); err == nil {
				t.Errorf("the inverse returns %v, where Newton's method can't converge", x.Row(0))
			}
			checkPotential(t, transport, x.Slice(0, 50))
			file := filepath.Join(t.TempDir(), "transport")
			if err := transport.Save(file); err != nil {
				t.Fatal(err)
			}
			again := must[*f4f.Transport](t)(f4f.LoadTransport(context.Background(), file))
			if !slices.Equal(must[data.Points](t)(again.Forward(x)).Values(), y.Values()) {
				t.Error("a loaded transport maps points elsewhere")
			}
		})
	}
}

// Between standardised sides the map is optimal in their units, and so for the distance that weights feature j
// by 1/(s_j t_j), and not for that in the data's units.
func TestAConvexPotentialIsOptimalInStandardisedUnits(t *testing.T) {
	normal := func(ρ, s, t float64) data.Source {
		made, err := data.NewNormal([]float64{3, -1}, mat.NewSymDense(2, []float64{s * s, ρ * s * t, ρ * s * t, t * t}))
		if err != nil {
			panic(err)
		}
		return made
	}
	left, right, store := normal(0.6, 1, 5), normal(-0.3, 4, 0.5), t.TempDir()
	transport := fitted(t, f4f.Between(convex(left, store).Standardise(), convex(right, store).Standardise()).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).
		Steps(1500).Samples(50_000).Batch(200).Backend("xla:cpu").Devices(1).Store(store))
	if notes := strings.Join(transport.Notes(), " "); !strings.Contains(notes, "standard deviations of both sides") || !strings.Contains(notes, "Raw") {
		t.Errorf("the notes don't tell which distance it is: %q", notes)
	}
	x := sample(t, left, 4000, 5)
	y := must[data.Points](t)(transport.Forward(x))
	along, across := math.Sqrt((1-0.3)/(1+0.6)), math.Sqrt((1+0.3)/(1-0.6))
	off := 0.0
	for i := range x.Len() {
		u, v := x.At(i, 0)-3, (x.At(i, 1)+1)/5
		a, b := (u+v)/2*along, (u-v)/2*across
		off += (math.Pow((y.At(i, 0)-3)/4-a-b, 2) + math.Pow((y.At(i, 1)+1)/0.5-a+b, 2)) / 2 / float64(x.Len())
	}
	if !(off < 2e-3) {
		t.Errorf("the map is off the optimal one by %.2g of the variance", off)
	}
}

// Sides may lie far apart, and be large or small, without being standardised.
func TestAConvexPotentialReachesWhatIsFar(t *testing.T) {
	for _, size := range []float64{1, 300} {
		normal := func(ρ, x, y float64) *data.Normal {
			return must[*data.Normal](t)(data.NewNormal([]float64{x * size, y * size}, mat.NewSymDense(2, []float64{size * size, ρ * size * size, ρ * size * size, size * size})))
		}
		pair := must[*data.OptimalPair](t)(data.NewBuresPair(normal(0.6, -20, 5), normal(-0.3, 50, 100)))
		dir := t.TempDir()
		plan := f4f.Between(f4f.Known(pair.Left()), f4f.Known(pair.Right())).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).
			Steps(1000).Samples(50_000).Batch(200).Backend("xla:cpu").Devices(1).Store(dir)
		g := fitted(t, plan)
		x := sample(t, pair.Left(), 4000, 5)
		y := must[data.Points](t)(g.Forward(x))
		if far := must[metric.Estimate](t)(metric.UVP(must[data.Points](t)(pair.Map(x)), y)); !(far.Value < 0.5) {
			t.Errorf("size %v: the map is %v %% of the variance off the optimal one", size, far)
		}
		if kl := must[metric.Estimate](t)(metric.KL(pair.Right(), g.LogProb, 4000, 1)); !(kl.Value < 0.02+3*kl.Error) {
			t.Errorf("size %v: the KL is %v nats", size, kl)
		}
		if audit := must[f4f.Audit](t)(g.Audit(x)); len(audit.Warnings()) > 0 {
			t.Errorf("size %v: the transport fails its audit: %v", size, audit)
		}
		if size == 1 {
			checkPotential(t, g, x.Slice(0, 50))
		}
		file := filepath.Join(dir, "transport")
		if err := g.Save(file); err != nil {
			t.Fatal(err)
		}
		again := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), file))
		if !slices.Equal(must[data.Points](t)(again.Forward(x)).Values(), y.Values()) {
			t.Errorf("size %v: a loaded transport maps points elsewhere", size)
		}
		// The image has the density that the transport gives it, and can be a side.
		image := must[*f4f.Density](t)(g.Image())
		of, want := must[[]float64](t)(image.LogProb(y)), must[[]float64](t)(g.LogProb(y))
		for i := range of {
			if math.Abs(of[i]-want[i]) > 1e-3*(1+math.Abs(want[i])) {
				t.Fatalf("size %v: the image has the log-density %v at point %d, and the transport %v", size, of[i], i, want[i])
			}
		}
		home := fitted(t, f4f.Between(f4f.Known(image), f4f.Known(pair.Left())).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).
			Steps(1000).Samples(50_000).Batch(200).Backend("xla:cpu").Devices(1).Store(dir))
		back := must[*data.OptimalPair](t)(data.NewBuresPair(pair.Right().(*data.Normal), pair.Left().(*data.Normal)))
		if far := must[metric.Estimate](t)(metric.UVP(must[data.Points](t)(back.Map(y)), must[data.Points](t)(home.Forward(y)))); !(far.Value < 1) {
			t.Errorf("size %v: the map back from the image is %v %% of the variance off the optimal one", size, far)
		}
	}
}

// Onto modes that lie apart, the likelihood has minima at maps that send a part of one mode to
// another. The training passes these by, whatever its seed.
func TestAConvexPotentialSendsModesWhereTheyBelong(t *testing.T) {
	line := func(weights []float64, means ...float64) *data.Mixture {
		var modes []*data.Normal
		for _, m := range means {
			modes = append(modes, normalOf(t, []float64{m}, 0.1))
		}
		return must[*data.Mixture](t)(data.NewMixture(weights, modes...))
	}
	pair := must[*data.OptimalPair](t)(data.NewQuantilePair(line(nil, -1.2, 0, 1.2), line([]float64{1, 2, 1}, -1.2, 0, 1.2)))
	x := sample(t, pair.Left(), 4000, 5)
	truth := must[data.Points](t)(pair.Map(x))
	for seed := range uint64(2) {
		plan := f4f.Between(f4f.Known(pair.Left()), f4f.Known(pair.Right())).LayerKind(f4f.ConvexPotential).Hidden(16).Blocks(1).
			Steps(2000).Batch(200).Samples(100_000).Direction(f4f.InverseOnly).Seed(seed).Backend("xla:cpu").Devices(1).Store(t.TempDir())
		far := must[metric.Estimate](t)(metric.UVP(truth, must[data.Points](t)(fitted(t, plan).Forward(x))))
		if !(far.Value < 1) {
			t.Errorf("seed %d: the map is %v %% of the variance off the optimal one", seed, far)
		}
	}
}

// A plan with a convex potential has a size of its own, and reads as the code that makes it.
func TestAConvexPotentialHasASizeOfItsOwn(t *testing.T) {
	plan := f4f.Base(correlated(0.5)).LayerKind(f4f.ConvexPotential)
	back := plan.LayerKind(f4f.Autoregressive)
	if got, want := back.String(), f4f.Base(correlated(0.5)).String(); got != want {
		t.Errorf("the plan reads %s, want %s", got, want)
	}
	for want, plan := range map[string]f4f.BasePlan{
		`.LayerKind("convex potential")`:                       plan,
		`.LayerKind("convex potential").Layers(4).Hidden(128)`: plan.Layers(4).Hidden(128),
	} {
		if got := plan.String(); !strings.HasSuffix(got, want) {
			t.Errorf("the plan reads %s, want it to end in %s", got, want)
		}
	}
	if f4f.Base(correlated(0.5)).Layers(2).LayerKind(f4f.Coupling).String() != f4f.Base(correlated(0.5)).LayerKind(f4f.Coupling).Layers(2).String() {
		t.Error("LayerKind changes the layers of a plan whose kinds have one size")
	}
}

// Under Shared there is an optimal map for each condition: here from a normal distribution to one that is
// shifted by the condition and the wider the larger it is.
func TestAConvexPotentialLearnsTheMapOfEachCondition(t *testing.T) {
	table := func(right bool, seed uint64) data.Source {
		rng := rand.New(rand.NewPCG(seed, 2))
		var points, conditions []float32
		for range 50_000 {
			c, x, y := rng.Float64(), rng.NormFloat64(), rng.NormFloat64()
			if right {
				x, y = (1+c)*x+3*c, y-c
			}
			points, conditions = append(points, float32(x), float32(y)), append(conditions, float32(c))
		}
		return must[*data.ConditionalTable](t)(data.FromPointsWithConditions("normal", must[data.Points](t)(data.NewPoints(2, points)), must[data.Points](t)(data.NewPoints(1, conditions))))
	}
	store := t.TempDir()
	left, right := convex(table(false, 1), store).Raw().Hidden(16), convex(table(true, 2), store).Raw().Hidden(16)
	g := fitted(t, f4f.Between(left, right).On(f4f.Shared).LayerKind(f4f.ConvexPotential).Hidden(16).Blocks(0).
		Steps(1500).Batch(200).Backend("xla:cpu").Devices(1).Store(store))
	x := sample(t, data.Gaussian(2), 4000, 5)
	for _, c := range []float32{0.2, 0.8} {
		truth := make([]float32, 0, 2*x.Len())
		for i := range x.Len() {
			truth = append(truth, (1+c)*x.Row(i)[0]+3*c, x.Row(i)[1]-c)
		}
		y := must[data.Points](t)(g.At(data.Point(c), data.Point(c)).Forward(x))
		if far := must[metric.Estimate](t)(metric.UVP(must[data.Points](t)(data.NewPoints(2, truth)), y)); !(far.Value < 2) {
			t.Errorf("under %v the map is %v %% of the variance off the optimal one", c, far)
		}
	}
}

// Under a condition the potential is convex in the point alone.
func TestAConvexPotentialOfAConditionIsConvexInThePoint(t *testing.T) {
	source, store := data.Rotated(data.Checkerboard(), 45), t.TempDir()
	base := convex(source, store).Steps(200).Samples(4000)
	transport := fitted(t, f4f.Between(base, base).On(f4f.Difference).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).
		Steps(200).Samples(4000).Batch(200).Backend("xla:cpu").Devices(1).Store(store))
	x := sample(t, data.Checkerboard(), 300, 5)
	if audit := must[f4f.Audit](t)(transport.At(data.Point(0.25), data.Point(0.75)).Audit(x)); len(audit.Warnings()) > 0 {
		t.Errorf("the transport fails its audit: %v", audit)
	}
	for _, to := range []float32{0.75, 0.5, 0.25} { // the flow forward, nowhere and back
		checkPotential(t, transport.At(data.Point(0.5), data.Point(to)), x.Slice(0, 50))
	}
	there, back := transport.At(data.Point(0.25), data.Point(0.75)), transport.At(data.Point(0.75), data.Point(0.25))
	x = x.Slice(0, 50)
	y := must[data.Points](t)(there.Forward(x))
	f, conjugate := must[[]float64](t)(there.Potential(x)), must[[]float64](t)(back.Potential(y))
	for i := range f {
		if dot := x.At(i, 0)*y.At(i, 0) + x.At(i, 1)*y.At(i, 1); math.Abs(f[i]+conjugate[i]-dot) > 1e-4*math.Max(1, math.Abs(dot)) {
			t.Fatalf("F(x) + F*(∇F(x)) is %v at point %d, and x·∇F(x) %v", f[i]+conjugate[i], i, dot)
		}
	}
}

// checkPotential checks that a transport of the plane is the gradient of its potential at points x,
// by central differences.
func checkPotential(t *testing.T, transport *f4f.Transport, x data.Points) {
	t.Helper()
	y := must[data.Points](t)(transport.Forward(x))
	const step = 0.05 // of a float32 function
	for j := range 2 {
		moved := func(by float32) []float64 {
			values := slices.Clone(x.Values())
			for i := range x.Len() {
				values[2*i+j] += by
			}
			return must[[]float64](t)(transport.Potential(must[data.Points](t)(data.NewPoints(2, values))))
		}
		more, less := moved(step), moved(-step)
		off := 0.0
		for i := range more {
			off += math.Abs((more[i]-less[i])/(2*step)-y.At(i, j)) / float64(x.Len())
		}
		if off > 2e-2 {
			t.Errorf("feature %d of ∇F is off that of Forward by %.2g on average", j, off)
		}
	}
}

func TestOnlyAGradientHasAPotential(t *testing.T) {
	spline := fitted(t, smallBetween(t))
	transfer := must[*f4f.Transport](t)(f4f.BaseTransfer(spline.Left(), spline.Right()))
	for _, transport := range []*f4f.Transport{spline, transfer, nil} {
		if f, err := transport.Potential(sample(t, left, 3, 1)); err == nil || f != nil {
			t.Errorf("%v has the potential %v", transport, f)
		} else if transport != nil && !strings.Contains(err.Error(), "ConvexPotential") {
			t.Errorf("the error doesn't name the layer that has one: %v", err)
		}
	}
}

// Flows of convex potentials train one by one where others train as one program.
func TestConvexPotentialsFitTogether(t *testing.T) {
	plan := convex(correlated(0.3), t.TempDir()).Steps(50).Samples(2000)
	var notes []string
	ctx := f4f.WithEvents(t.Context(), func(e fit.Event) { notes = append(notes, e.Notes...) })
	flows := must[[]*f4f.Density](t)(f4f.FitBatched(ctx, plan, plan.Seed(1)))
	if told := strings.Count(strings.Join(notes, "\n"), "ConvexPotential"); told != 2 {
		t.Errorf("%d of 2 plans are told to have a program of their own, in the notes %q", told, notes)
	}
	x := sample(t, correlated(0.3), 50, 5)
	for seed, d := range flows {
		alone := fitted(t, plan.Seed(uint64(seed)).Store(t.TempDir()))
		if !slices.Equal(must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(alone.LogProb(x))) {
			t.Errorf("the flow of seed %d has other log-probs than one trained alone", seed)
		}
	}
}

// The inverse is an iteration, which no model has. The error names the functions that don't need it.
func TestAConvexPotentialIsExportedAsFarAsItCanBe(t *testing.T) {
	base := small(t, left)
	transport := fitted(t, f4f.Between(base, small(t, right)).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).Steps(20).Samples(1000).Batch(50).Backend("go").Store(store(t)))
	density := fitted(t, convex(left, t.TempDir()).Steps(20).Samples(1000).Batch(50).Backend("go"))
	for name, test := range map[string]struct {
		export   func(path string, functions ...string) error
		can, not []string
	}{
		"transport": {transport.ExportONNX, []string{"forward", "log_prob_left"}, []string{"inverse", "log_prob"}},
		"density":   {density.ExportONNX, []string{"log_prob", "encode"}, []string{"decode"}},
	} {
		path := filepath.Join(t.TempDir(), name)
		err := test.export(path)
		for _, f := range test.can {
			if err == nil || !strings.Contains(err.Error(), strconv.Quote(f)) {
				t.Errorf("%s: the error doesn't name %s: %v", name, f, err)
			}
		}
		for _, f := range test.not {
			if err == nil || strings.Contains(err.Error(), strconv.Quote(f)) {
				t.Errorf("%s: the error names %s: %v", name, f, err)
			}
			if test.export(path, f) == nil {
				t.Errorf("%s: %s is exported", name, f)
			}
		}
		if err := test.export(path, test.can...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
