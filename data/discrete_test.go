package data

import (
	"math"
	"slices"
	"testing"
)

// dice returns the distribution of two dice, of which the second is loaded: it never shows a 2.
func dice(t testing.TB) *Discrete {
	t.Helper()
	var masses []float64
	for range 6 {
		masses = append(masses, 3, 0, 1, 1, 1, 4)
	}
	d, err := NewDiscrete("two dice", Grid{Quantum: []float64{1, 1}, Origin: []float64{1, 1}}, []int{6, 6}, masses)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestQuantizedIntegratesTheDensityOverCells(t *testing.T) {
	of := aNormal(t, []float64{0.3, -0.2}, 1, 0, 0, 0.25)
	d, err := Quantized(of, -6, 6, 48)
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.All()
	if err != nil {
		t.Fatal(err)
	}
	below := func(x, mean, width float64) float64 { return 0.5 * math.Erfc((mean-x)/width/math.Sqrt2) }
	worst := 0.0
	for i, p := range all.Weights() {
		x, y := all.At(i, 0), all.At(i, 1)
		want := (below(x+0.25, 0.3, 1) - below(x, 0.3, 1)) * (below(y+0.25, -0.2, 0.5) - below(y, -0.2, 0.5))
		worst = max(worst, math.Abs(p-want))
	}
	if worst > 1e-8 {
		t.Errorf("a probability is %.2g off", worst)
	}
}

func TestDiscretePointsComeAsOftenAsTheyAreProbable(t *testing.T) {
	const n = 200_000
	d := dice(t)
	x, err := d.Sample(n, 7)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[[2]float64]float64{}
	for i := range n {
		counts[[2]float64{x.At(i, 0), x.At(i, 1)}]++
	}
	all, err := d.All()
	if err != nil {
		t.Fatal(err)
	}
	chi2 := 0.0
	for i, p := range all.Weights() {
		at := [2]float64{all.At(i, 0), all.At(i, 1)}
		if p == 0 {
			if counts[at] != 0 {
				t.Errorf("%v has probability 0 and came %v times", at, counts[at])
			}
			continue
		}
		chi2 += math.Pow(counts[at]-n*p, 2) / (n * p)
	}
	if chi2 > 29+5*math.Sqrt(2*29) { // of 30 points
		t.Errorf("χ² is %.1f with 29 degrees of freedom", chi2)
	}
	again, err := d.Sample(n, 7)
	if err != nil || !slices.Equal(x.Values(), again.Values()) {
		t.Errorf("the same seed gives other points (%v)", err)
	}
}

// The number drawn for a point can be as close to 1 as there are numbers.
func TestNoDiscretePointOfProbability0IsPicked(t *testing.T) {
	d, err := NewDiscrete("two of four", Grid{Quantum: []float64{1}, Origin: []float64{0}}, []int{4}, []float64{0, 1, 2, 0})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []float64{0, 1e-300, 1. / 3, 0.5, math.Nextafter(1, 0)} {
		if k := d.pick(u); d.masses[k] == 0 {
			t.Errorf("%v picks point %d", u, k)
		}
	}
}

func TestDequantizedFillsCellsAndNothingElse(t *testing.T) {
	d := dice(t)
	noisy := d.Dequantized()
	x, err := noisy.Sample(100_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := noisy.LogProb(x)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := d.Grid().Quantize(x)
	if err != nil {
		t.Fatal(err)
	}
	masses, err := d.LogMass(whole)
	if err != nil {
		t.Fatal(err)
	}
	sum, fraction := 0.0, 0.0
	for i, l := range logs {
		if l != masses[i] { // the volume of a cell is 1
			t.Fatalf("the density at %v is %v, and the mass of its cell %v", x.Row(i), l, masses[i])
		}
		sum += l
		fraction += x.At(i, 0) - whole.At(i, 0)
	}
	if got := -sum / float64(len(logs)); math.Abs(got-noisy.Entropy()) > 0.01 || math.Abs(d.Entropy()-noisy.Entropy()) > 1e-12 {
		t.Errorf("the entropy is %.4f by draws, %.4f with noise and %.4f without", got, noisy.Entropy(), d.Entropy())
	}
	if mean := fraction / float64(len(logs)); math.Abs(mean-0.5) > 0.005 {
		t.Errorf("the mean of the noise is %.4f, want 0.5", mean)
	}
	nan, err := NewPoints(2, []float32{3, float32(math.NaN())})
	if err != nil {
		t.Fatal(err)
	}
	if logs, err := noisy.LogProb(nan); err != nil || !math.IsNaN(logs[0]) {
		t.Errorf("the log-density at NaN is %v (%v)", logs, err)
	}
	outside, err := NewPoints(2, []float32{0.5, 3.5, 7, 3, 3, 2.5})
	if err != nil {
		t.Fatal(err)
	}
	if logs, err := noisy.LogProb(outside); err != nil || !slices.Equal(logs, []float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}) {
		t.Errorf("the log-densities outside are %v (%v)", logs, err)
	}
}

func TestWhatIsNoDiscreteDistributionIsNamed(t *testing.T) {
	one := Grid{Quantum: []float64{1}, Origin: []float64{0}}
	for name, try := range map[string]func() error{
		"no column":     func() error { return second(NewDiscrete("", Grid{}, nil, []float64{1})) },
		"grid too wide": func() error { return second(NewDiscrete("", one, []int{1, 2}, []float64{1, 1})) },
		"no quantum": func() error {
			return second(NewDiscrete("", Grid{Quantum: []float64{0}, Origin: []float64{0}}, []int{2}, []float64{1, 1}))
		},
		"no level":        func() error { return second(NewDiscrete("", one, []int{0}, nil)) },
		"too many levels": func() error { return second(NewDiscrete("", one, []int{1 << 30}, nil)) },
		"masses missing":  func() error { return second(NewDiscrete("", one, []int{3}, []float64{1, 1})) },
		"negative mass":   func() error { return second(NewDiscrete("", one, []int{2}, []float64{1, -1})) },
		"NaN":             func() error { return second(NewDiscrete("", one, []int{2}, []float64{1, math.NaN()})) },
		"no mass":         func() error { return second(NewDiscrete("", one, []int{2}, []float64{0, 0})) },
		"no room for noise": func() error {
			return second(NewDiscrete("", Grid{Quantum: []float64{1}, Origin: []float64{1 << 24}}, []int{2}, []float64{1, 1}))
		},
		"nothing to quantise": func() error { return second(Quantized(nil, 0, 1, 2)) },
		"three dimensions":    func() error { return second(Quantized(Gaussian(3), 0, 1, 2)) },
		"no width":            func() error { return second(Quantized(Gaussian(1), 1, 1, 2)) },
		"no levels":           func() error { return second(Quantized(Gaussian(1), 0, 1, 0)) },
		"nothing there":       func() error { return second(Quantized(Checkerboard(), 100, 101, 4)) },
		"zero value":          func() error { return second(new(Discrete).Sample(1, 0)) },
		"nil":                 func() error { return second((*Discrete)(nil).All()) },
		"nil with noise":      func() error { return second((*Discrete)(nil).Dequantized().Sample(1, 0)) },
		"negative number":     func() error { return second(dice(t).Sample(-1, 0)) },
		"off the grid": func() error {
			x, err := NewPoints(2, []float32{1, 1.5})
			if err != nil {
				t.Fatal(err)
			}
			return second(dice(t).LogMass(x))
		},
		"other columns": func() error {
			x, err := NewPoints(1, []float32{1})
			if err != nil {
				t.Fatal(err)
			}
			return second(dice(t).LogMass(x))
		},
	} {
		if try() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLevelsHaveTheProbabilitiesOfTheirPoints(t *testing.T) {
	q, err := Quantized(FourCircles(), -4, 4, 16)
	if err != nil {
		t.Fatal(err)
	}
	levels := q.InLevels()
	all, err := levels.All()
	if err != nil {
		t.Fatal(err)
	}
	points, err := q.All()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all.Len() {
		for j := range 2 {
			if want := all.At(i, j)/2 - 4; points.At(i, j) != want {
				t.Fatalf("column %d of level %v is %v, want %v", j, all.At(i, j), points.At(i, j), want)
			}
		}
	}
	if !slices.Equal(all.Weights(), points.Weights()) || levels.Entropy() != q.Entropy() {
		t.Error("levels have other probabilities than their points")
	}
	if (*Discrete)(nil).InLevels() != nil {
		t.Error("nil has levels")
	}
}
