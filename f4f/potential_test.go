package f4f_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
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
			plan := f4f.Between(convex(left, store), convex(right, store)).LayerKind(f4f.ConvexPotential).Hidden(8).Blocks(1).
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
			if audit := must[f4f.Audit](t)(transport.Audit(x)); len(audit.Warnings()) > 0 {
				t.Errorf("the transport fails its audit: %v", audit)
			}
			if x, err := transport.Inverse(must[data.Points](t)(data.NewPoints(2, []float32{1e25, 1e30}))); err == nil {
				t.Errorf("the inverse returns %v, where Newton's method can't converge", x.Row(0))
			}
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

// Onto modes that lie apart, the likelihood has minima at maps that send a part of one mode to
// another. The training passes these by, whatever its seed.
func TestAConvexPotentialSendsModesWhereTheyBelong(t *testing.T) {
	line := func(weights []float64, means ...float64) *data.Mixture {
		var modes []*data.Normal
		for _, m := range means {
			modes = append(modes, normalOf(t, []float64{m}, 0.04))
		}
		return must[*data.Mixture](t)(data.NewMixture(weights, modes...))
	}
	pair := must[*data.OptimalPair](t)(data.NewQuantilePair(line(nil, -1.5, 0, 1.5), line([]float64{1, 4, 2}, -1.5, 0, 1.5)))
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

// Under a condition the potential is convex in the point alone.
func TestAConvexPotentialLearnsAConditional(t *testing.T) {
	source, store := data.Rotated(data.Checkerboard(), 45), t.TempDir()
	base := convex(source, store).Steps(200).Samples(4000)
	transport := fitted(t, f4f.Between(base, base).On(f4f.Difference).LayerKind(f4f.ConvexPotential).Hidden(8).Blocks(1).
		Steps(200).Samples(4000).Batch(200).Backend("xla:cpu").Devices(1).Store(store))
	x := sample(t, data.Checkerboard(), 300, 5)
	if audit := must[f4f.Audit](t)(transport.At(data.Point(0.25), data.Point(0.75)).Audit(x)); len(audit.Warnings()) > 0 {
		t.Errorf("the transport fails its audit: %v", audit)
	}
}

// Flows of convex potentials train one by one where others train as one program.
func TestConvexPotentialsFitTogether(t *testing.T) {
	plan := convex(correlated(0.3), t.TempDir()).Steps(50).Samples(2000)
	flows := must[[]*f4f.Density](t)(f4f.FitBatched(context.Background(), plan, plan.Seed(1)))
	x := sample(t, correlated(0.3), 50, 5)
	for seed, d := range flows {
		alone := fitted(t, plan.Seed(uint64(seed)).Store(t.TempDir()))
		if !slices.Equal(must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(alone.LogProb(x))) {
			t.Errorf("the flow of seed %d has other log-probs than one trained alone", seed)
		}
	}
}
