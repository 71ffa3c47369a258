package f4f_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// hard is a distribution of two features that a flow can't learn as they are.
type hard struct {
	draw    func(*rand.Rand) (x, y float64)
	logProb func(x, y float64) float64
	holds   func(x, y float64) bool // the support
}

func (h hard) points(t testing.TB, n int, seed uint64) data.Points {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2))
	values := make([]float32, 0, 2*n)
	for range n {
		x, y := h.draw(rng)
		values = append(values, float32(x), float32(y))
	}
	return must[data.Points](t)(data.NewPoints(2, values))
}

// logNormal is the log-density of a normal distribution.
func logNormal(x, mean, std float64) float64 {
	u := (x - mean) / std
	return -u*u/2 - math.Log(std) - math.Log(2*math.Pi)/2
}

// spikeShare is the share of the points of the last of these whose first feature is 0.
const spikeShare = 0.3

func hardOnes() map[string]hard {
	everywhere := func(float64, float64) bool { return true }
	cauchy := func(rng *rand.Rand) float64 { return math.Tan(math.Pi * (rng.Float64() - 0.5)) }
	wide := func(rng *rand.Rand) float64 { return math.Exp(2 * rng.NormFloat64()) }
	return map[string]hard{
		"Cauchy": {
			func(rng *rand.Rand) (float64, float64) { return cauchy(rng), cauchy(rng) },
			func(x, y float64) float64 { return -math.Log(math.Pi*(1+x*x)) - math.Log(math.Pi*(1+y*y)) }, everywhere,
		},
		"log-normal of width 2": {
			func(rng *rand.Rand) (float64, float64) { return wide(rng), wide(rng) },
			func(x, y float64) float64 {
				return logNormal(math.Log(x), 0, 2) - math.Log(x) + logNormal(math.Log(y), 0, 2) - math.Log(y)
			},
			func(x, y float64) bool { return x > 0 && y > 0 },
		},
		"uniform and Beta(1/3, 1)": {
			func(rng *rand.Rand) (float64, float64) { return rng.Float64(), math.Pow(rng.Float64(), 3) },
			func(_, y float64) float64 { return -math.Log(3) - 2*math.Log(y)/3 },
			func(x, y float64) bool { return x > 0 && x < 1 && y > 0 && y < 1 },
		},
		"spike": {
			func(rng *rand.Rand) (float64, float64) {
				if rng.Float64() < spikeShare {
					return 0, 1 + rng.NormFloat64()
				}
				z := rng.NormFloat64()
				return math.Exp(1.5 * z), 0.5*z - 0.5 + 0.7*rng.NormFloat64()
			},
			func(x, y float64) float64 {
				if x == 0 {
					return math.Log(spikeShare) + logNormal(y, 1, 1)
				}
				z := math.Log(x) / 1.5
				return math.Log(1-spikeShare) + logNormal(z, 0, 1) - math.Log(1.5*x) + logNormal(y, 0.5*z-0.5, 0.7)
			},
			func(x, _ float64) bool { return x >= 0 },
		},
	}
}

// TestQualityOfWhatPrepareProposes trains on tables of 10,000 rows by what data.Prepare proposes, by
// default and with nothing else said, from three seeds.
func TestQualityOfWhatPrepareProposes(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: run it with -long")
	}
	for name, h := range hardOnes() {
		t.Run(name, func(t *testing.T) {
			const seeds = 3
			var off, rest float64
			for seed := range uint64(seeds) {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					share, conditional := qualityOfWhatPrepareProposes(t, name, h, seed)
					off, rest = off+share/seeds, rest+conditional/seeds
				})
			}
			if name != "spike" {
				return
			}
			if t.Logf("the share is off by %.4f, KL of the rest %.4f", off, rest); !(off <= 0.01 && rest <= 0.02) {
				t.Error("want at most 0.01 and 0.02, as means over seeds")
			}
		})
	}
}

// qualityOfWhatPrepareProposes runs TestQualityOfWhatPrepareProposes on a table. It returns how
// far the share of a spike is from that of the table, and the KL of what isn't on the spike.
func qualityOfWhatPrepareProposes(t *testing.T, name string, h hard, seed uint64) (off, conditional float64) {
	table := h.points(t, 10_000, 1+10*seed)
	prepared := must[data.Preparation](t)(data.Prepare(table))
	t.Logf("%s", prepared)
	d := fitted(t, f4f.Base(data.FromPoints(name, table)).Prepared(prepared).Seed(seed).Backend("xla").Store(longStore(t)))
	test := h.points(t, 100_000, 7+10*seed)
	kl, squares, ofRest, rest := 0.0, 0.0, 0.0, 0.0
	for i, l := range must[[]float64](t)(d.LogProb(test)) {
		off := h.logProb(test.At(i, 0), test.At(i, 1)) - l
		kl, squares = kl+off, squares+off*off
		if name == "spike" && test.At(i, 0) != 0 {
			ofRest, rest = ofRest+off, rest+1
		}
	}
	n := float64(test.Len())
	kl /= n
	drawn := must[data.Points](t)(d.Sample(100_000, 3+seed))
	outside, zeros := 0, 0.0
	for i := range drawn.Len() {
		if !h.holds(drawn.At(i, 0), drawn.At(i, 1)) {
			outside++
		}
		if drawn.At(i, 0) == 0 {
			zeros++
		}
	}
	t.Logf("KL %.4f ± %.4f nats, %d of %d samples outside the support", kl, math.Sqrt((squares/n-kl*kl)/n), outside, drawn.Len())
	if !(kl <= 0.03) || outside > 0 {
		t.Error("want at most 0.03, and none")
	}
	if name != "spike" {
		return 0, 0
	}
	seen := 0.0
	for i := range table.Len() {
		if table.At(i, 0) == 0 {
			seen += 1 / float64(table.Len())
		}
	}
	share := zeros / float64(drawn.Len())
	conditional = ofRest/rest - math.Log((1-spikeShare)/(1-share))
	t.Logf("a share of %.4f is 0, where it is %.4f in the table and %g in truth; KL of the rest %.4f", share, seen, spikeShare, conditional)
	return math.Abs(share - seen), conditional
}
