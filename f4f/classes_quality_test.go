//go:build unix

package f4f_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// TestQualityOfClasses learns one feature of K classes, the k-th of which is k times as rare as the first: as
// the largest of K numbers, and by binary digits, in their cells and as signs. KL is in nats, at most this,
// by bounds of 3000 draws; the sum is that of exp LogProb over the classes.
//
//	go test ./f4f -run QualityOfClasses -long -v -seeds 3 -steps 4000 -timeout 5h
func TestQualityOfClasses(t *testing.T) {
	if !*long {
		t.Skip("takes half an hour: run it with -long")
	}
	t.Log("| classes | way | seed | KL, nats | bound, K = 1 | sum | steps | CPU seconds |")
	for _, k := range []int{5, 20} {
		var names, drawn []string
		all := 0.0
		for i := range k {
			names, all = append(names, fmt.Sprint("class ", i)), all+1/float64(i+1)
		}
		share := func(i int) float64 { return 1 / float64(i+1) / all }
		rng := rand.New(rand.NewPCG(1, 2))
		for range 1_000_000 {
			u, i := rng.Float64(), 0
			for ; i < k-1 && u >= share(i); i++ {
				u -= share(i)
			}
			drawn = append(drawn, names[i])
		}
		largest, digits := must[data.OneHotCode](t)(data.NewOneHotCode("class", names...)), must[data.BinaryCode](t)(data.NewBinaryCode("class", names...))
		for _, c := range []struct {
			way  string
			code code
			maps []data.ColumnMaps
		}{
			{"the largest of K numbers", largest, largest.ColumnMaps()},
			{"digits", digits, digits.ColumnMaps()},
			{"signs of digits", digits, digits.ArgmaxMaps()},
		} {
			x, each := must[data.Points](t)(c.code.Encode(drawn)), must[data.Points](t)(c.code.Encode(names))
			for seed := range *optimalSeeds {
				plan := f4f.Base(data.FromPoints("classes", x)).VariationalNoise().Seed(seed).Devices(1).Backend("xla:cpu").Store(longStore(t))
				for _, m := range c.maps {
					plan = plan.Column(m.Column, m.Maps...)
				}
				if *optimalSteps > 0 {
					plan = plan.Steps(*optimalSteps)
				}
				began := processorSeconds()
				d := fitted(t, plan)
				spent := processorSeconds() - began
				kl := func(draws int, seed uint64) (kl float64) {
					for i, bound := range must[[]float64](t)(d.LogProbBound(each, draws, seed)) {
						kl += share(i) * (math.Log(share(i)) - bound)
					}
					return kl
				}
				one, sum := 0.0, 0.0
				for s := range uint64(100) {
					one += kl(1, s) / 100
				}
				for _, l := range must[[]float64](t)(d.LogProb(each)) {
					sum += math.Exp(l)
				}
				t.Logf("| %d | %s | %d | %.4f | %.4f | %.4f | %d | %.0f |", k, c.way, seed, kl(3000, 1), one, sum, len(d.Losses()), spent)
				if math.Abs(sum-1) > 0.05 {
					t.Errorf("%d classes by %s: the probabilities add up to %.4f", k, c.way, sum)
				}
			}
		}
	}
}
