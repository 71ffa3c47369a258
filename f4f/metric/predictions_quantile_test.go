package metric

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// The distribution function at a quantile is its share.
func TestQuantileInvertsPIT(t *testing.T) {
	grid, logs := make([]float64, 200), make([]float64, 400)
	for k := range grid {
		grid[k] = -4 + 0.05*float64(k)
		logs[k] = -grid[k] * grid[k] / 2                                       // normal
		logs[200+k] = math.Log(math.Max(0, 1-math.Abs(math.Abs(grid[k])-2)*2)) // two triangles and a gap
	}
	p, err := PredictionsOnGrid(grid, logs)
	if err != nil {
		t.Fatal(err)
	}
	for _, share := range []float64{1e-6, 0.16, 0.3, 0.5001, 0.84, 1 - 1e-6} {
		q, err := p.Quantile(share)
		if err != nil {
			t.Fatal(err)
		}
		y, _ := data.NewPoints(1, []float32{float32(q[0]), float32(q[1])})
		pit, err := p.PIT(y)
		if err != nil {
			t.Fatal(err)
		}
		for i, u := range pit.Values {
			if math.Abs(u-share) > 1e-5 {
				t.Errorf("row %d: the PIT at the quantile of %v is %v", i, share, u)
			}
		}
	}
	if q, _ := p.Quantile(0.5); math.Abs(q[0]) > 1e-4 {
		t.Errorf("the median of a normal distribution is %v", q[0])
	}
	for _, share := range []float64{0, 1, math.NaN()} {
		if _, err := p.Quantile(share); err == nil {
			t.Errorf("a share of %v must be an error", share)
		}
	}
	if _, err := (Predictions{}).Quantile(0.5); err == nil {
		t.Error("no predictions must be an error")
	}
}

func TestQuantilesOfSamplesAreThoseOfTheirDistribution(t *testing.T) {
	r, draws := rand.New(rand.NewPCG(1, 2)), make([]float32, 2*10_001)
	for i := range draws {
		draws[i] = float32(r.Float64() + float64(i/10_001)) // uniform from 0, and from 1
	}
	samples, _ := data.NewPoints(1, draws)
	p, err := PredictionsOfSamples(samples, 10_001, 1)
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Quantile(0.25)
	if err != nil || math.Abs(q[0]-0.25) > 0.02 || math.Abs(q[1]-1.25) > 0.02 {
		t.Errorf("quartiles %v, %v; want 0.25 and 1.25", q, err)
	}
}
