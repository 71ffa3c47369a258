package data

import (
	"math"
	"slices"
	"testing"
)

// grids are the midpoint grids on [−half, half]² that each distribution is integrated on. They
// reach so far that less than 1e-6 of the mass is outside. The step is at most 0.8 of the smallest
// standard deviation, where the midpoint rule is off by 2 exp(−2π²/0.64) ≈ 1e-13 per Gaussian.
var grids = map[string]struct{ half, step float64 }{
	"ring":              {4.2, 0.1},
	"annulus":           {3.8, 0.05},
	"concentric rings":  {4.2, 0.03},
	"four circles":      {3.6, 0.05},
	"checkerboard":      {4.4, 0.1},
	"two spirals":       {4.0, 0.05},
	"star":              {3.2, 0.05},
	"eight star":        {3.2, 0.05},
	"gaussian":          {5.5, 0.1},
	"eight gaussians":   {4.8, 0.1},
	"two moons":         {4.4, 0.1},
	"crescent":          {12.8, 0.1}, // x reaches ½·5² − 1 + 5/e
	"pinwheel":          {5.4, 0.05},
	"swiss roll":        {4.0, 0.08},
	"diamond":           {3.9, 0.03},
	"uniform square":    {4.4, 0.1},
	"von Mises mixture": {math.Pi, math.Pi / 100}, // to the ends of the torus
}

// onGrid returns the grid of a distribution, the log-density at each of its points, and the area
// that each point stands for.
func onGrid(t *testing.T, set Distribution) (cells Points, logs []float64, area float64) {
	t.Helper()
	grid, ok := grids[set.Name()]
	if !ok {
		t.Fatalf("%s has no grid to integrate it on", set.Name())
	}
	side := int(math.Round(2 * grid.half / grid.step))
	middle := func(i int) float32 { return float32((float64(i)+0.5)*grid.step - grid.half) }
	values := make([]float32, 0, 2*side*side)
	for i := range side {
		for j := range side {
			values = append(values, middle(i), middle(j))
		}
	}
	cells, err := NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	logs, err = set.LogProb(cells)
	if err != nil {
		t.Fatal(err)
	}
	return cells, logs, grid.step * grid.step
}

func TestDensityIntegratesToOneAndEntropyIsItsIntegral(t *testing.T) {
	for _, set := range Named() {
		t.Run(set.Name(), func(t *testing.T) {
			_, logs, area := onGrid(t, set)
			var mass, entropy float64
			for _, l := range logs {
				if p := math.Exp(l) * area; p > 0 {
					mass += p
					entropy -= p * l
				}
			}
			t.Logf("mass %.7f, entropy %.6f", mass, entropy)
			if math.Abs(mass-1) > 1e-4 {
				t.Errorf("the density integrates to %.6f, want 1", mass)
			}
			if math.Abs(entropy-set.Entropy()) > 2e-4 {
				t.Errorf("Entropy() is %.6f, the integral of −p log p is %.6f", set.Entropy(), entropy)
			}
		})
	}
}

// The expected values are those that the paper's figures are compared with. Another program
// computed them by integration.
func TestEntropiesOfThePaperSets(t *testing.T) {
	for _, c := range []struct {
		set  Distribution
		want float64
	}{
		{Ring(), 2.9758},
		{ConcentricRings(), 2.7864},
		{Checkerboard(), 3.4657},
		{TwoSpirals(), 2.6454},
		{Star(), 1.2861},
		{EightStar(), 1.9765},
		{FourCircles(), 2.8708},
	} {
		if got := c.set.Entropy(); math.Abs(got-c.want) > 2e-3 {
			t.Errorf("%s: entropy %.4f, want %.4f", c.set.Name(), got, c.want)
		}
	}
}

// Sampler and density are independent code. A KL to the truth is meaningful only if they agree.
func TestOwnSamplesScoreTheEntropy(t *testing.T) {
	const n = 40_000
	for _, set := range Named() {
		t.Run(set.Name(), func(t *testing.T) {
			points, err := set.Sample(n, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := points.CheckFinite(); err != nil {
				t.Fatal(err)
			}
			logs, err := set.LogProb(points)
			if err != nil {
				t.Fatal(err)
			}
			var sum, squares float64
			for _, l := range logs {
				sum += l
				squares += l * l
			}
			mean := sum / n
			standardError := math.Sqrt(max(squares/n-mean*mean, 0) / n)
			// 1e-5 is for the sets of constant density, whose standard error is nothing but
			// rounding.
			if off := math.Abs(-mean - set.Entropy()); !(off <= 4*standardError+1e-5) {
				t.Errorf("−mean log p of %d samples is %.5f ± %.5f, the entropy %.5f", n, -mean, standardError, set.Entropy())
			}
		})
	}
}

// The entropy doesn't depend on the position or the orientation of a distribution, so this test
// compares the shares of the quadrants.
func TestSamplesLieWhereTheDensityIs(t *testing.T) {
	const n = 40_000
	// About a point off every axis of symmetry.
	quadrant := func(x, y float64) int {
		q := 0
		if x > 0.3 {
			q++
		}
		if y > 0.2 {
			q += 2
		}
		return q
	}
	for _, set := range Named() {
		t.Run(set.Name(), func(t *testing.T) {
			drawn, err := set.Sample(n, 2)
			if err != nil {
				t.Fatal(err)
			}
			cells, logs, area := onGrid(t, set)
			var shares, want [4]float64
			for i := range n {
				shares[quadrant(drawn.XY(i))] += 1.0 / n
			}
			for i, l := range logs {
				want[quadrant(cells.XY(i))] += math.Exp(l) * area
			}
			for q := range shares {
				// Four standard errors of a share are 0.01; a cut through the cells of the grid
				// makes as much again.
				if math.Abs(shares[q]-want[q]) > 0.02 {
					t.Errorf("quadrant %d holds %.3f of the samples and %.3f of the density", q, shares[q], want[q])
				}
			}
		})
	}
}

func TestSameSeedSamePoints(t *testing.T) {
	for _, set := range append(Named(), Gaussian(5)) {
		t.Run(set.Name(), func(t *testing.T) {
			draw := func(n int, seed uint64) []float32 {
				points, err := set.Sample(n, seed)
				if err != nil {
					t.Fatal(err)
				}
				if points.Len() != n || points.Dim() != set.Dim() {
					t.Fatalf("drew %d points of dimension %d, want %d of %d", points.Len(), points.Dim(), n, set.Dim())
				}
				return points.Values()
			}
			first := draw(101, 7)
			if !slices.Equal(first, draw(101, 7)) {
				t.Error("one seed gave two samples")
			}
			if slices.Equal(first, draw(101, 8)) {
				t.Error("two seeds gave one sample")
			}
			if len(draw(0, 7)) != 0 {
				t.Error("no points are not empty")
			}
		})
	}
}

func TestTwoSetsWithOneSeedAreIndependent(t *testing.T) {
	a, err := Star().Sample(2000, 3)
	if err != nil {
		t.Fatal(err)
	}
	b, err := EightStar().Sample(2000, 3)
	if err != nil {
		t.Fatal(err)
	}
	// Both draw radii in the same way, so a shared random stream would make them fully correlated.
	var ab, aa, bb, meanA, meanB float64
	for i := range a.Len() {
		meanA += math.Hypot(a.XY(i)) / float64(a.Len())
		meanB += math.Hypot(b.XY(i)) / float64(b.Len())
	}
	for i := range a.Len() {
		da, db := math.Hypot(a.XY(i))-meanA, math.Hypot(b.XY(i))-meanB
		ab, aa, bb = ab+da*db, aa+da*da, bb+db*db
	}
	if r := ab / math.Sqrt(aa*bb); math.Abs(r) > 0.1 {
		t.Errorf("the correlation of the radii is %.3f, want 0 within 0.1", r)
	}
}

func TestDensityIsZeroOnlyWhereNothingIsDrawn(t *testing.T) {
	far, err := NewPoints(2, []float32{0, 0, 30, -20, 1e-30, 5, -1000, 1000, 3e38, 3e38, 17.5, 0, 0, -16.5})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range Named() {
		logs, err := set.LogProb(far)
		if err != nil {
			t.Fatal(err)
		}
		bounded := set == Distribution(Checkerboard()) || set == Distribution(UniformSquare()) || set == Distribution(VonMisesMixture())
		for i, l := range logs {
			if math.IsNaN(l) || math.IsInf(l, 1) || (math.IsInf(l, -1) && !bounded) {
				t.Errorf("%s: log-density %v at %v", set.Name(), l, far.Row(i))
			}
		}
	}
}

func TestLogProbOfPointsThatAreNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	odd, err := NewPoints(2, []float32{0, nan, -inf, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range Named() {
		logs, err := set.LogProb(odd)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(logs[0]) || !math.IsInf(logs[1], -1) {
			t.Errorf("%s: log-densities %v at NaN and at infinity, want NaN and −Inf", set.Name(), logs)
		}
	}
}

func TestSetsRefuseWhatTheyCannotDo(t *testing.T) {
	three, err := NewPoints(3, make([]float32, 6))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range Named() {
		if _, err := set.LogProb(three); err == nil {
			t.Errorf("%s: LogProb took points of dimension 3", set.Name())
		}
		if _, err := set.Sample(-1, 1); err == nil {
			t.Errorf("%s: Sample drew −1 points", set.Name())
		}
	}
	if _, err := Gaussian(0).Sample(1, 1); err == nil {
		t.Error("a Gaussian of dimension 0 was drawn from")
	}
	if _, err := Gaussian(0).LogProb(three); err == nil {
		t.Error("a Gaussian of dimension 0 has a density")
	}
}

func BenchmarkSample(b *testing.B) {
	const n = 1_000_000
	for _, set := range Named() {
		b.Run("set="+set.Name(), func(b *testing.B) {
			for b.Loop() {
				if _, err := set.Sample(n, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLogDensity(b *testing.B) {
	const n = 100_000
	for _, set := range Named() {
		b.Run("set="+set.Name(), func(b *testing.B) {
			points, err := set.Sample(n, 1)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := set.LogProb(points); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
