package f4f_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

// mixed returns n points, each from a with this probability and from b otherwise.
func mixed(t testing.TB, n int, a, b data.Source, share float64, seed uint64) data.Points {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	xa, xb := sample(t, a, n, seed), sample(t, b, n, seed+1000)
	values := make([]float32, 0, n*xa.Dim())
	for i := range n {
		from := xb
		if rng.Float64() < share {
			from = xa
		}
		values = append(values, from.Row(i)...)
	}
	return must[data.Points](t)(data.NewPoints(xa.Dim(), values))
}

// broad is a normal distribution of the plane with this standard deviation.
type broad float64

func (s broad) Name() string { return fmt.Sprintf("normal of width %g", float64(s)) }
func (s broad) Dim() int     { return 2 }

func (s broad) Sample(n int, seed uint64) (data.Points, error) {
	z, err := data.Gaussian(2).Sample(n, seed)
	for i := range z.Values() {
		z.Values()[i] *= float32(s)
	}
	return z, err
}

func (s broad) logProb(x []float32) float64 {
	square := 0.0
	for _, v := range x {
		square += float64(v) * float64(v)
	}
	return -square/float64(s*s)/2 - math.Log(2*math.Pi*float64(s*s))
}

// reweighted is n points of ½q + ½b with weights that make them stand for q: the ratio of the
// densities.
func reweighted(t testing.TB, q data.Distribution, b broad, n int, seed uint64) data.Points {
	x := mixed(t, n, q, b, 0.5, seed)
	logQ := must[[]float64](t)(q.LogProb(x))
	weights := make([]float64, n)
	for i := range weights {
		of := math.Exp(logQ[i])
		weights[i] = of / (of/2 + math.Exp(b.logProb(x.Row(i)))/2)
	}
	return must[data.Points](t)(x.WithWeights(weights))
}

// oneSided is a distribution with nine tenths of its points at positive x₀, by leaving points out.
type oneSided struct{ data.Distribution }

func (s oneSided) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.Distribution.Sample(10*n, seed)
	if err != nil {
		return x, err
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	var rows []int
	for i := 0; len(rows) < n && i < x.Len(); i++ {
		if rng.Float64() < 0.1 || x.At(i, 0) > 0 && rng.Float64() < 0.9 {
			rows = append(rows, i)
		}
	}
	return x.Pick(rows...)
}

// subtracted is points that stand for q with half of the weights negative: n/2 points of q with half
// as many of b added, and n/2 of b that take these away again.
func subtracted(t testing.TB, q data.Distribution, b data.Source, n int, seed uint64) data.Points {
	more, less := mixed(t, n/2, q, b, 2./3, seed), sample(t, b, n/2, seed+2000)
	weights := make([]float64, n)
	for i := range weights {
		if weights[i] = 1.5; i >= n/2 {
			weights[i] = -0.5
		}
	}
	x := must[data.Points](t)(data.NewPoints(2, append(more.Values(), less.Values()...)))
	return must[data.Points](t)(x.WithWeights(weights))
}

// TestQualityOfWeights trains flows on weighted points from three seeds, and compares their KL to
// the truth with that of flows of as many points of equal weight as the weights are worth.
//
// What is taken away from where there is nothing else costs more: there the score of a flow is
// large, and what chance leaves has no place to go. The effective number of points doesn't know it.
func TestQualityOfWeights(t *testing.T) {
	if !*long {
		t.Skip("takes an hour: run it with -long")
	}
	const n, seeds = 40_000, 3
	at, wide := longStore(t), broad(1.5)
	for _, truth := range []data.Distribution{data.EightGaussians(), data.TwoMoons()} {
		for _, test := range []struct {
			name  string
			drawn func(seed uint64) data.Points
			limit float64
		}{
			{"a known ratio", func(seed uint64) data.Points { return reweighted(t, truth, wide, n, seed) }, 0.005},
			{"half of the weights negative", func(seed uint64) data.Points { return subtracted(t, truth, oneSided{truth}, n, seed) }, 0.005},
			{"half of the weights negative, where there is nothing else", func(seed uint64) data.Points { return subtracted(t, truth, wide, n, seed) }, 0.025},
		} {
			t.Run(truth.Name()+"/"+test.name, func(t *testing.T) {
				var excess float64
				for seed := range uint64(seeds) {
					x := test.drawn(seed)
					fit := func(name string, p data.Points) float64 {
						d := fitted(t, f4f.Base(data.FromPoints(name, p)).Seed(seed).Backend("xla").Store(at))
						return must[metric.Estimate](t)(metric.KL(truth, d.LogProb, 200_000, 1)).Value
					}
					worth := int(math.Round(x.EffectiveSampleSize()))
					with, without := fit("weighted", x), fit("plain", sample(t, truth, worth, seed+3000))
					t.Logf("seed %d: %v: KL %.4f nats, of %d points of equal weight %.4f", seed, x, with, worth, without)
					excess += (with - without) / seeds
				}
				if t.Logf("%.4f nats above the fits without weights", excess); excess > test.limit {
					t.Errorf("the KL is %.4f nats above that of as many points as the weights are worth, want at most %g", excess, test.limit)
				}
			})
		}
	}
}
