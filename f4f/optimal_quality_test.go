//go:build unix

package f4f_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/f4f/metric/wasserstein2"
)

var (
	optimalSteps = flag.Int("steps", 0, "steps of the trainings of the long tests of optimal maps and of whole numbers; 0 for the default")
	optimalSeeds = flag.Uint64("seeds", 2, "seeds of these tests, from 0")
)

// TestQualityOfOptimalMaps trains convex potentials between distributions with a known optimal map,
// and reports how far the learned map is from it, the KL to the right, and the processor's seconds.
// The left's density is given. Between normals the right's is too; elsewhere training is by the
// points of the right alone. The pairs of the Wasserstein-2 benchmark are read from the folder
// W2_PAIRS, and left out without it.
//
//	go test ./f4f -run 'QualityOfOptimalMaps/normals' -long -v -steps 4000 -seeds 3
//	W2_PAIRS=folder go test ./f4f -run 'QualityOfOptimalMaps/mix3tomix10-2' -long -v -timeout 2h
func TestQualityOfOptimalMaps(t *testing.T) {
	if !*long {
		t.Skip("takes an hour: run it with -long")
	}
	t.Log("| pair | seed | steps | L2-UVP, % | KL, nats | CPU seconds |")
	for _, d := range []int{2, 8, 16} {
		t.Run(fmt.Sprintf("normals-%d", d), func(t *testing.T) {
			pair := must[*data.OptimalPair](t)(data.NewBuresPair(someNormal(t, d, 1), someNormal(t, d, 2)))
			trainOptimal(t, pair, f4f.Known(pair.Right()), 0.01, 0.01)
		})
	}
	for k, d := range []int{2, 4, 8, 16} {
		most := []float64{0.1, 0.5, 1, 3}[k]
		t.Run(fmt.Sprintf("ridges-%d", d), func(t *testing.T) {
			pair := must[*data.OptimalPair](t)(data.MixturePair(d, 1))
			trainOptimal(t, pair, f4f.PointsOf(pair.Right()), most, 0.01*float64(d))
		})
		t.Run(fmt.Sprintf("mix3tomix10-%d", d), func(t *testing.T) {
			folder := os.Getenv("W2_PAIRS")
			if folder == "" {
				t.Skip("needs the folder W2_PAIRS with the benchmark's pairs")
			}
			pair := must[*data.OptimalPair](t)(wasserstein2.Read(filepath.Join(folder, fmt.Sprintf("mix3tomix10-%d.safetensors", d))))
			trainOptimal(t, pair, f4f.PointsOf(pair.Right()), most, 0.01*float64(d))
		})
	}
}

// trainOptimal trains a potential from each seed, and compares it with limits of the UVP in % and of
// the KL in nats.
func trainOptimal(t *testing.T, pair *data.OptimalPair, right f4f.BasePlan, uvp, kl float64) {
	x, y := sample(t, pair.Left(), 8192, 99), sample(t, pair.Right(), 8192, 98)
	truth, logP := must[data.Points](t)(pair.Map(x)), must[[]float64](t)(pair.Right().LogProb(y))
	for seed := range *optimalSeeds {
		plan := f4f.Between(f4f.Known(pair.Left()), right).LayerKind(f4f.ConvexPotential).Seed(seed).Devices(1).Store(longStore(t))
		if *optimalSteps > 0 {
			plan = plan.Steps(*optimalSteps)
		}
		began := processorSeconds()
		g := fitted(t, plan)
		spent := processorSeconds() - began
		far := must[metric.Estimate](t)(metric.UVP(truth, must[data.Points](t)(g.Forward(x))))
		missed := must[metric.Estimate](t)(metric.KLFromLogProbs(logP, must[[]float64](t)(g.LogProb(y))))
		t.Logf("| %s | %d | %d | %v | %v | %.0f |", t.Name(), seed, len(g.Losses()), far, missed, spent)
		if !(far.Value <= uvp) || !(missed.Value-2*missed.Error <= kl) {
			t.Errorf("seed %d: the L2-UVP is %v %%, want at most %g, and the KL %v nats, want at most %g", seed, far, uvp, missed, kl)
		}
	}
}

// someNormal returns a normal distribution with axes of random directions, whose variances lie
// between 0.2 and 2.
func someNormal(t *testing.T, d int, seed uint64) *data.Normal {
	rng := rand.New(rand.NewPCG(seed, 3))
	values, mean := make([]float64, d*d), make([]float64, d)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	var qr mat.QR
	var axes mat.Dense
	qr.Factorize(mat.NewDense(d, d, values))
	qr.QTo(&axes)
	covariance := mat.NewSymDense(d, nil)
	for j := range d {
		mean[j] = rng.NormFloat64()
		covariance.SymRankOne(covariance, 0.2*math.Pow(10, rng.Float64()), axes.ColView(j))
	}
	return must[*data.Normal](t)(data.NewNormal(mean, covariance))
}

// TestQualityOfTheIdentity trains convex potentials between two bases of one distribution, which
// differ in their seed, and compares how far points move with 0.01, and the KL with that of the
// right base plus 0.01.
//
//	go test ./f4f -run 'QualityOfTheIdentity/ring' -long -v -timeout 2h
func TestQualityOfTheIdentity(t *testing.T) {
	if !*long {
		t.Skip("takes an hour: run it with -long")
	}
	t.Log("| set | seed | steps | moved | KL, nats | of the right base | CPU seconds |")
	for _, truth := range []data.Distribution{
		data.Ring(), data.ConcentricRings(), data.FourCircles(), data.Checkerboard(), data.TwoSpirals(), data.Star(), data.EightStar(),
	} {
		t.Run(truth.Name(), func(t *testing.T) {
			for seed := range *optimalSeeds {
				base := f4f.Base(truth).Seed(seed).Devices(1).Store(longStore(t))
				left, right := base, base.Seed(seed+*optimalSeeds)
				if *optimalSteps > 0 {
					left, right = left.Steps(*optimalSteps), right.Steps(*optimalSteps)
				}
				fitted(t, left) // so that the seconds are of the transport alone
				fitted(t, right)
				plan := f4f.Between(left, right).LayerKind(f4f.ConvexPotential).Seed(seed).Devices(1).Store(longStore(t))
				if *optimalSteps > 0 {
					plan = plan.Steps(*optimalSteps)
				}
				began := processorSeconds()
				g := fitted(t, plan)
				spent := processorSeconds() - began
				kl := must[metric.Estimate](t)(metric.KL(truth, g.LogProb, 100_000, 1))
				base0 := must[metric.Estimate](t)(metric.KL(truth, g.Right().LogProb, 100_000, 1))
				moved := must[metric.Distance](t)(g.Displacement(sample(t, truth, 100_000, 2)))
				t.Logf("| %s | %d | %d | %.4f | %v | %v | %.0f |", truth.Name(), seed, len(g.Losses()), moved.Euclidean, kl, base0, spent)
				if !(moved.Euclidean <= 0.01) || !(kl.Value <= base0.Value+0.01) {
					t.Errorf("seed %d: points move by %.4f, want at most 0.01, and the KL is %v nats, that of the base %v", seed, moved.Euclidean, kl, base0)
				}
			}
		})
	}
}

// TestQualityOfOptimalTransports trains convex potentials between the sets of the paper's figure 4,
// and compares what the maps cost with the least that a map can cost, which exact assignments of
// samples estimate. A map that hasn't arrived may cost less, so the limit is for those with a KL of
// at most 0.1 nats.
//
//	go test ./f4f -run 'QualityOfOptimalTransports/star' -long -v -steps 8000 -seeds 1 -timeout 2h
func TestQualityOfOptimalTransports(t *testing.T) {
	if !*long {
		t.Skip("takes an hour: run it with -long")
	}
	t.Log("| pair | seed | steps | KL, nats | mean squared distance | share that the best pairing saves | least | CPU seconds |")
	for _, from := range []data.Distribution{data.ConcentricRings(), data.Checkerboard(), data.Star()} {
		for _, to := range []data.Distribution{data.Ring(), data.Checkerboard(), data.TwoSpirals(), data.EightStar()} {
			if from.Name() == to.Name() {
				continue
			}
			t.Run(from.Name()+" onto "+to.Name(), func(t *testing.T) {
				x, least := sample(t, from, 100_000, 2), leastCost(t, from, to)
				at := longStore(t)
				left, right := f4f.Base(from).Devices(1).Store(at), f4f.Base(to).Devices(1).Store(at)
				fitted(t, left) // so that the seconds are of the transport alone
				fitted(t, right)
				for seed := range *optimalSeeds {
					plan := f4f.Between(left, right).LayerKind(f4f.ConvexPotential).Seed(seed).Devices(1).Store(at)
					if *optimalSteps > 0 {
						plan = plan.Steps(*optimalSteps)
					}
					began := processorSeconds()
					g := fitted(t, plan)
					spent := processorSeconds() - began
					kl := must[metric.Estimate](t)(metric.KL(to, g.LogProb, 100_000, 1))
					y := must[data.Points](t)(g.Forward(x))
					cost, moved := must[metric.Cost](t)(metric.MapCost(x, y, metric.Pairing{})), meanSquare(x, y)
					t.Logf("| %s | %d | %d | %v | %v | %.2g | %v | %.0f |", t.Name(), seed, len(g.Losses()), kl, moved, cost.Excess(), least, spent)
					if !(cost.Excess() <= 1e-4) {
						t.Errorf("seed %d: another pairing with the same images saves %.2g of the cost, want nothing", seed, cost.Excess())
					}
					if kl.Value <= 0.1 && math.Abs(moved.Value-least.Value) > 0.03*least.Value+2*math.Hypot(least.Error, moved.Error) {
						t.Errorf("seed %d: points move by %v, want %v within 3 %%", seed, moved, least)
					}
				}
			})
		}
	}
}

// TestQualityOfPotentialBases trains bases whose one layer is the gradient of a convex potential, as
// CP-Flow does, and reports their KL. A potential can't tear what its base distribution joins, so
// the limit is for the sets in one piece.
//
//	go test ./f4f -run 'QualityOfPotentialBases/ring' -long -v -seeds 1 -timeout 2h
func TestQualityOfPotentialBases(t *testing.T) {
	if !*long {
		t.Skip("takes an hour: run it with -long")
	}
	t.Log("| set | seed | steps | KL, nats | CPU seconds |")
	for _, truth := range []data.Distribution{
		data.Ring(), data.ConcentricRings(), data.FourCircles(), data.Checkerboard(), data.TwoSpirals(), data.Star(), data.EightStar(),
	} {
		t.Run(truth.Name(), func(t *testing.T) {
			for seed := range *optimalSeeds {
				plan := f4f.Base(truth).LayerKind(f4f.ConvexPotential).Seed(seed).Devices(1).Store(longStore(t))
				if *optimalSteps > 0 {
					plan = plan.Steps(*optimalSteps)
				}
				began := processorSeconds()
				d := fitted(t, plan)
				spent := processorSeconds() - began
				kl := must[metric.Estimate](t)(metric.KL(truth, d.LogProb, 100_000, 1))
				t.Logf("| %s | %d | %d | %v | %.0f |", truth.Name(), seed, len(d.Losses()), kl, spent)
				inOnePiece := map[string]bool{"ring": true, "star": true, "eight star": true}
				if inOnePiece[truth.Name()] && !(kl.Value <= 0.1) {
					t.Errorf("seed %d: the KL is %v nats, want at most 0.1", seed, kl)
				}
			}
		})
	}
}

// TestQualityOfConditionalPotentials turns four circles from 0° to 15°, 30° and 45° by convex
// potentials and by splines among the conditions of one base. It reports the KL at each angle, the mean
// squared distance, the least, and what lands where there should be nothing: below the 0.1 % quantile of
// the true log-density, so that 0.1 % is perfect. From 45° on other circles are the nearest, so the
// optimal map tears each circle there, and one half goes either way.
//
//	go test ./f4f -run QualityOfConditionalPotentials -long -v -seeds 1 -timeout 2h
func TestQualityOfConditionalPotentials(t *testing.T) {
	if !*long {
		t.Skip("takes half an hour: run it with -long")
	}
	t.Log("| | seed | steps | to | KL, nats | mean squared distance | least | outside, % | CPU seconds |")
	start := data.Point(0)
	x := sample(t, under(t, rotatedCircles, 0), 100_000, 2)
	for seed := range *optimalSeeds {
		squares := map[string]float64{}
		for _, kind := range []f4f.LayerKind{f4f.ConvexPotential, f4f.Autoregressive} {
			base := f4f.Base(rotatedCircles).Seed(seed).Devices(1).Store(longStore(t))
			plan := f4f.Between(base, base).On(f4f.Difference).LayerKind(kind).Seed(seed).Devices(1).Store(longStore(t))
			if *optimalSteps > 0 {
				base, plan = base.Steps(*optimalSteps), plan.Steps(*optimalSteps)
			}
			fitted(t, base) // so that the seconds are of the transport alone
			began := processorSeconds()
			g := fitted(t, plan)
			spent := processorSeconds() - began
			for _, angle := range []float32{15, 30, 45} {
				at, from, to := g.At(start, data.Point(angle/45)), under(t, rotatedCircles, 0), under(t, rotatedCircles, angle/45)
				y := must[data.Points](t)(at.Forward(x))
				kl, moved := must[metric.Estimate](t)(metric.KL(to, pushed(at, from), 50_000, 7)), meanSquare(x, y)
				outside := must[metric.Estimate](t)(metric.OutsideShare(to, y, metric.OutOfDistribution{}))
				t.Logf("| %v | %d | %d | %g° | %v | %v | %v | %.2f | %.0f |", kind, seed, len(g.Losses()), angle, kl, moved, leastCost(t, from, to), 100*outside.Value, spent)
				squares[fmt.Sprint(kind, angle)] = moved.Value
				if !(kl.Value <= 0.1) {
					t.Errorf("seed %d, %v, %g°: the KL is %v nats, want at most 0.1", seed, kind, angle, kl)
				}
			}
		}
		for _, angle := range []float32{15, 30, 45} {
			if p, s := squares[fmt.Sprint(f4f.ConvexPotential, angle)], squares[fmt.Sprint(f4f.Autoregressive, angle)]; p > 1.01*s {
				t.Errorf("seed %d, %g°: potentials move points by %.4f in the mean square, and splines, which nothing holds back, by %.4f", seed, angle, p, s)
			}
		}
	}
}

// leastCost estimates the least that a map from one set to another can cost, to a percent or better.
func leastCost(t *testing.T, from, to data.Distribution) metric.Estimate {
	const draws = 16
	values := make([]float64, draws)
	for k := range values {
		x, y := sample(t, from, 8000, uint64(1000+k)), sample(t, to, 8000, uint64(2000+k))
		values[k] = must[metric.Estimate](t)(metric.LeastCost(x, y, metric.Pairing{})).Value
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return metric.Estimate{Value: mean, Error: stat.StdErr(deviation, draws)}
}

// meanSquare returns the mean squared distance between points x [N, D] and y [N, D].
func meanSquare(x, y data.Points) metric.Estimate {
	squares := make([]float64, x.Len())
	for i := range squares {
		for j := range x.Dim() {
			squares[i] += math.Pow(y.At(i, j)-x.At(i, j), 2)
		}
	}
	mean, deviation := stat.MeanStdDev(squares, nil)
	return metric.Estimate{Value: mean, Error: stat.StdErr(deviation, float64(len(squares)))}
}

// processorSeconds returns how long processors have worked for this process.
func processorSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return math.NaN() // it fails only for a bad argument
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
