package data

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func aNormal(t testing.TB, mean []float64, covariance ...float64) *Normal {
	t.Helper()
	n, err := NewNormal(mean, mat.NewSymDense(len(mean), covariance))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func aMixture(t testing.TB, weights []float64, of ...*Normal) *Mixture {
	t.Helper()
	m, err := NewMixture(weights, of...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func aBox(t testing.TB, low, high []float64) *Box {
	t.Helper()
	b, err := NewBox(low, high)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pairs are optimal pairs of each kind.
func pairs(t testing.TB) (all []*OptimalPair) {
	t.Helper()
	add := func(p *OptimalPair, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	add(NewBuresPair(aNormal(t, []float64{1, -2}, 2, 0.9, 0.9, 0.7), aNormal(t, []float64{-1, 0}, 0.5, -0.2, -0.2, 1)))
	add(NewBuresPair(aNormal(t, []float64{1, -2, 0}, 2, 0.9, 0, 0.9, 0.7, 0.1, 0, 0.1, 1), aNormal(t, []float64{0, 0, 0}, 1, 0, 0.5, 0, 1, 0, 0.5, 0, 1)))
	wide, narrow := aNormal(t, []float64{2}, 4), aNormal(t, []float64{-1}, 0.25)
	add(NewQuantilePair(aMixture(t, []float64{1, 2}, wide, narrow), aMixture(t, nil, narrow, aNormal(t, []float64{1}, 0.5))))
	add(NewQuantilePair(wide, aBox(t, []float64{-1}, []float64{3})))
	for _, dim := range []int{1, 2, 5} {
		add(MixturePair(dim, 7))
	}
	return all
}

// The map of a pair is a gradient of a convex function that sends the left onto the right: its
// Jacobian is symmetric and positive definite, and log p_left(x) = log p_right(T(x)) + log|det|.
func TestPairsHaveOptimalMaps(t *testing.T) {
	for _, p := range pairs(t) {
		t.Run(p.Name(), func(t *testing.T) {
			x, err := p.Left().Sample(200, 3)
			if err != nil {
				t.Fatal(err)
			}
			y, err := p.Map(x)
			if err != nil {
				t.Fatal(err)
			}
			onLeft, err := p.Left().LogProb(x)
			if err != nil {
				t.Fatal(err)
			}
			onRight, err := p.Right().LogProb(y)
			if err != nil {
				t.Fatal(err)
			}
			const step = 1e-5
			d := x.Dim()
			for i := range x.Len() {
				jacobian := mat.NewDense(d, d, nil)
				up, down, from := make([]float64, d), make([]float64, d), make([]float64, d)
				for k := range d {
					widen(from, x.Row(i))
					from[k] += step
					if err := p.move(up, from); err != nil {
						t.Fatal(err)
					}
					from[k] -= 2 * step
					if err := p.move(down, from); err != nil {
						t.Fatal(err)
					}
					for j := range d {
						jacobian.Set(j, k, (up[j]-down[j])/(2*step))
					}
				}
				symmetric := mat.NewSymDense(d, nil)
				for j := range d {
					for k := range j + 1 {
						if gap := math.Abs(jacobian.At(j, k) - jacobian.At(k, j)); gap > 1e-6*(1+math.Abs(jacobian.At(j, k))) {
							t.Fatalf("the Jacobian at point %d isn't symmetric: %v", i, mat.Formatted(jacobian))
						}
						symmetric.SetSym(j, k, (jacobian.At(j, k)+jacobian.At(k, j))/2)
					}
				}
				logDet, err := logDetOf(symmetric)
				if err != nil {
					t.Fatalf("the Jacobian at point %d: %v", i, err)
				}
				if gap := onRight[i] + logDet - onLeft[i]; math.Abs(gap) > 1e-3 {
					t.Errorf("point %d: log p of the image and log det are off by %g", i, gap)
				}
			}
			// The image's density is that of fresh points of the right, too: −E log p is the entropy.
			z, err := p.Right().Sample(1<<14, 4)
			if err != nil {
				t.Fatal(err)
			}
			logs, err := p.Right().LogProb(z)
			if err != nil {
				t.Fatal(err)
			}
			mean, std := stat.MeanStdDev(logs, nil)
			if gap := mean + p.Right().Entropy(); math.Abs(gap) > 5*std/128+1e-3 {
				t.Errorf("−E log p is %g, the entropy %g", -mean, p.Right().Entropy())
			}
		})
	}
}

func TestTheBuresMapOfCommutingCovariancesScales(t *testing.T) {
	p, err := NewBuresPair(aNormal(t, []float64{1, 2}, 4, 0, 0, 9), aNormal(t, []float64{0, 0}, 1, 0, 0, 36))
	if err != nil {
		t.Fatal(err)
	}
	y, err := p.Map(Point(3, 3))
	if err != nil || math.Abs(y.At(0, 0)-1) > 1e-6 || math.Abs(y.At(0, 1)-2) > 1e-6 {
		t.Errorf("(3, 3) goes to %v (%v), want (1, 2)", y.Row(0), err)
	}
}

func TestQuantilesAreExactInBothTails(t *testing.T) {
	p, err := NewQuantilePair(aNormal(t, []float64{0}, 1), aNormal(t, []float64{3}, 4))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []float32{-12, -3, 0, 0.5, 8, 12} {
		y, err := p.Map(Point(x))
		if want := 3 + 2*float64(x); err != nil || math.Abs(y.At(0, 0)-want) > 1e-5 {
			t.Errorf("%v goes to %v (%v), want %v", x, y.At(0, 0), err, want)
		}
	}
}

func TestDensitiesOfNormalsMixturesAndBoxesAreNormalised(t *testing.T) {
	one := aNormal(t, []float64{1, -2}, 2, 0.9, 0.9, 0.7)
	for _, s := range []Distribution{one, aMixture(t, []float64{1, 3}, one, aNormal(t, []float64{-2, 1}, 0.5, 0, 0, 0.3)), aBox(t, []float64{-3, 0}, []float64{1, 0.5})} {
		// On a grid whose cells end at the edges of the box.
		const from, to, step = -12.0, 12.0, 0.0625
		var values []float32
		for a := from + step/2; a < to; a += step {
			for b := from + step/2; b < to; b += step {
				values = append(values, float32(a), float32(b))
			}
		}
		x, _ := NewPoints(2, values)
		logs, err := s.LogProb(x)
		if err != nil {
			t.Fatal(err)
		}
		mass, entropy := 0.0, 0.0
		for _, l := range logs {
			if p := math.Exp(l) * step * step; p > 0 {
				mass, entropy = mass+p, entropy-p*l
			}
		}
		if math.Abs(mass-1) > 1e-6 || math.Abs(entropy-s.Entropy()) > 2e-3 {
			t.Errorf("%s has the mass %v and the entropy %v, and says %v", s.Name(), mass, entropy, s.Entropy())
		}
		// Draws have the moments of the density.
		y, err := s.Sample(1<<16, 5)
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		own, _ := s.LogProb(y)
		for _, l := range own {
			mean -= l / float64(len(own))
		}
		if math.Abs(mean-s.Entropy()) > 0.02 {
			t.Errorf("%s: −E log p over its own points is %v, the entropy %v", s.Name(), mean, s.Entropy())
		}
	}
}

func TestWhatIsNoDistributionIsNamed(t *testing.T) {
	good, line := aNormal(t, []float64{0, 0}, 1, 0, 0, 1), aNormal(t, []float64{0}, 1)
	ridges := func(scale float64, heights []float64, directions [][]float64, shifts []float64) error {
		_, err := NewRidges(scale, heights, directions, shifts)
		return err
	}
	for name, test := range map[string]struct {
		err  error
		word string
	}{
		"no mean":              {second(NewNormal(nil, nil)), "mean"},
		"an infinite mean":     {second(NewNormal([]float64{math.Inf(1)}, nil)), "+Inf"},
		"a NaN covariance":     {second(NewNormal([]float64{0}, mat.NewSymDense(1, []float64{math.NaN()}))), "NaN"},
		"another dimension":    {second(NewNormal([]float64{0}, mat.NewSymDense(2, nil))), "[2, 2]"},
		"negative eigenvalue":  {second(NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 1}))), "eigenvalue is -1"},
		"a singular one":       {second(NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 1, 1, 1}))), "diagonal"},
		"no components":        {second(NewMixture(nil)), "component"},
		"a nil component":      {second(NewMixture(nil, good, nil)), "component 1"},
		"weights missing":      {second(NewMixture([]float64{1}, good, good)), "got 1"},
		"a weight of 0":        {second(NewMixture([]float64{1, 0}, good, good)), "component 1"},
		"mixed dimensions":     {second(NewMixture(nil, good, line)), "2 as component 0 and 1"},
		"no corners":           {second(NewBox(nil, nil)), "corners"},
		"a flat box":           {second(NewBox([]float64{0, 1}, []float64{1, 1})), "feature 1"},
		"an endless box":       {second(NewBox([]float64{0}, []float64{math.Inf(1)})), "+Inf"},
		"Bures of two sizes":   {second(NewBuresPair(good, line)), "2 and 1"},
		"Bures of nothing":     {second(NewBuresPair(nil, line)), "NewNormal"},
		"quantiles of a plane": {second(NewQuantilePair(good, line)), "2 features"},
		"unknown quantiles":    {second(NewQuantilePair(lineOf{Gaussian(1)}, line)), "*Mixture"},
		"a pair of no size":    {second(MixturePair(0, 1)), "got 0"},
		"pushed by nothing":    {second(NewPushedPair("x", good, nil)), "convex"},
		"pushed elsewhere":     {second(NewPushedPair("x", line, mustRidges(t))), "1 and 2"},
		"a flat scale":         {ridges(0, []float64{1}, [][]float64{{1}}, []float64{0}), "scale"},
		"a valley":             {ridges(1, []float64{-1}, [][]float64{{1}}, []float64{0}), "convex"},
		"directions":           {ridges(1, []float64{1, 1}, [][]float64{{1}, {1, 2}}, []float64{0, 0}), "direction 1"},
		"no directions":        {ridges(1, nil, nil, nil), "direction"},
		"a NaN shift":          {ridges(1, []float64{1}, [][]float64{{1}}, []float64{math.NaN()}), "NaN"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.word) {
			t.Errorf("%s: %q isn't in the error: %v", name, test.word, test.err)
		}
	}
	if _, err := pairs(t)[0].Map(Point(1, 2, 3)); err == nil || !strings.Contains(err.Error(), "got 3") {
		t.Errorf("points of another dimension give %v", err)
	}
	// A function that isn't convex is told by the density of its image.
	p, err := NewPushedPair("saddle", good, saddle{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Right().LogProb(Point(1, 2)); err == nil || !strings.Contains(err.Error(), "positive definite") {
		t.Errorf("the density of a saddle's image gives %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func mustRidges(t testing.TB) *Ridges {
	t.Helper()
	r, err := NewRidges(1, []float64{1}, [][]float64{{1, 2}}, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lineOf is a distribution of one feature of a type of its own.
type lineOf struct{ Distribution }

// saddle is (x² − y²)/2.
type saddle struct{}

func (saddle) Dim() int                { return 2 }
func (saddle) Gradient(g, x []float64) { g[0], g[1] = x[0], -x[1] }
func (saddle) Hessian(h *mat.SymDense, _ []float64) {
	h.Zero()
	h.SetSym(0, 0, 1)
	h.SetSym(1, 1, -1)
}

// The same points come from a mixture that was made again from its own numbers.
func TestAMixtureOfItsOwnNumbersIsTheSame(t *testing.T) {
	m := aMixture(t, []float64{1, 2, 4}, aNormal(t, []float64{0}, 1), aNormal(t, []float64{1}, 2), aNormal(t, []float64{2}, 3))
	again := aMixture(t, m.Weights(), m.Components()...)
	if m.Fingerprint() != again.Fingerprint() {
		t.Error("the fingerprints differ")
	}
	mean, all := m.Mean(), m.Covariance()
	x, err := m.Sample(1<<16, 1)
	if err != nil {
		t.Fatal(err)
	}
	column := mat.Col(nil, 0, x)
	if got, variance := stat.MeanVariance(column, nil); math.Abs(got-mean[0]) > 0.05 || math.Abs(variance-all.At(0, 0)) > 0.1 {
		t.Errorf("the moments are %v and %v, want %v and %v", got, variance, mean[0], all.At(0, 0))
	}
}
