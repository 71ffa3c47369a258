package metric_test

import (
	"errors"
	"math"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// quantized returns a distribution of the plane on 16 levels from −4 to 4.
func quantized(t *testing.T, of data.Distribution) *data.Discrete {
	t.Helper()
	d, err := data.Quantized(of, -4, 4, 16)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMassOfADensityThatIsFlatInCellsIsExact(t *testing.T) {
	truth := quantized(t, data.FourCircles())
	m := metric.Mass{LogProb: truth.Dequantized().LogProb, Grid: truth.Grid()}
	x, err := truth.Sample(500, 1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := truth.LogMass(x)
	if err != nil {
		t.Fatal(err)
	}
	logs, change, err := m.Log(x, 4)
	if err != nil || change > 1e-12 {
		t.Fatalf("the integral changes by %v (%v)", change, err)
	}
	bounds, err := m.LogBound(x, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(logs[i]-want[i]) > 1e-12 || math.Abs(bounds[i]-want[i]) > 1e-12 {
			t.Fatalf("at %v the probability is %v, its bound %v, want %v", x.Row(i), logs[i], bounds[i], want[i])
		}
	}
	if kl, _, err := m.KL(truth, 4); err != nil || math.Abs(kl) > 1e-12 {
		t.Errorf("the KL of the truth from itself is %v (%v)", kl, err)
	}
}

// A normal density has probabilities in closed form. One column lies on no grid and keeps its
// density.
func TestMassIntegratesOverTheColumnsWithAQuantum(t *testing.T) {
	grid := data.Grid{Quantum: []float64{0.5, 0}, Origin: []float64{0.1, 0}}
	x, err := data.NewPoints(2, []float32{0.1, 0.3, -0.9, 1.2, 1.6, -0.4})
	if err != nil {
		t.Fatal(err)
	}
	m := metric.Mass{LogProb: data.Gaussian(2).LogProb, Grid: grid}
	logs, change, err := m.Log(x, 8)
	if err != nil || change > 1e-5 {
		t.Fatalf("the integral changes by %v (%v)", change, err)
	}
	for i := range logs {
		a, y := x.At(i, 0), x.At(i, 1)
		inCell := 0.5 * (math.Erf((a+0.5)/math.Sqrt2) - math.Erf(a/math.Sqrt2))
		if want := math.Log(inCell) - y*y/2 - 0.5*math.Log(2*math.Pi); math.Abs(logs[i]-want) > 1e-6 {
			t.Errorf("at %v: %v, want %v", x.Row(i), logs[i], want)
		}
	}
}

func TestABoundOfAMassLiesBelowItAndNearerWithMoreDraws(t *testing.T) {
	truth := quantized(t, data.Gaussian(2))
	m := metric.Mass{LogProb: data.Gaussian(2).LogProb, Grid: truth.Grid()}
	x, err := truth.Sample(4000, 2)
	if err != nil {
		t.Fatal(err)
	}
	logs, _, err := m.Log(x, 6)
	if err != nil {
		t.Fatal(err)
	}
	last := math.Inf(1)
	for _, draws := range []int{1, 4, 64} {
		bounds, err := m.LogBound(x, draws, 5)
		if err != nil {
			t.Fatal(err)
		}
		gap, err := metric.KLFromLogProbs(logs, bounds) // a mean difference
		if err != nil {
			t.Fatal(err)
		}
		if !(gap.Value > -3*gap.Error && gap.Value < last/2) {
			t.Errorf("with %d draws the bound is %v below, and was %.4f with fewer", draws, gap, last)
		}
		last = gap.Value
	}
	kl, change, err := m.KL(truth, 6)
	if err != nil || math.Abs(kl) > 1e-3 || change > 1e-4 { // the truth leaves out the tails
		t.Errorf("the KL of a normal distribution's cells from its density is %v, the integral changes by %v (%v)", kl, change, err)
	}
}

func TestTheKLOfADiscreteDistribution(t *testing.T) {
	truth, err := data.NewDiscrete("dice", data.Grid{Quantum: []float64{1}, Origin: []float64{0}}, []int{3}, []float64{2, 2, 0})
	if err != nil {
		t.Fatal(err)
	}
	logs := func(q ...float64) func(data.Points) ([]float64, error) {
		return func(data.Points) ([]float64, error) { return q, nil }
	}
	zero := math.Inf(-1)
	for name, c := range map[string]struct {
		logs []float64
		want float64
	}{
		"itself":           {[]float64{-math.Ln2, -math.Ln2, zero}, 0},
		"another":          {[]float64{math.Log(0.25), math.Log(0.5), math.Log(0.25)}, math.Ln2 / 2},
		"a point it lacks": {[]float64{-math.Ln2, zero, 0}, math.Inf(1)},
	} {
		if kl, err := metric.DiscreteKL(truth, logs(c.logs...)); err != nil || math.Abs(kl-c.want) > 1e-12 && kl != c.want {
			t.Errorf("%s: the KL is %v (%v), want %v", name, kl, err, c.want)
		}
	}
	for name, wrong := range map[string]func() (float64, error){
		"no truth": func() (float64, error) { return metric.DiscreteKL(nil, logs(0, 0, 0)) },
		"no q":     func() (float64, error) { return metric.DiscreteKL(truth, nil) },
		"two":      func() (float64, error) { return metric.DiscreteKL(truth, logs(0, 0)) },
		"NaN":      func() (float64, error) { return metric.DiscreteKL(truth, logs(0, 0, math.NaN())) },
	} {
		if kl, err := wrong(); err == nil {
			t.Errorf("%s: the KL is %v and no error", name, kl)
		}
	}
}

func TestWhatHasNoMassIsNamed(t *testing.T) {
	truth := quantized(t, data.FourCircles())
	x, err := truth.Sample(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	off, err := data.NewPoints(2, []float32{0.3, 0})
	if err != nil {
		t.Fatal(err)
	}
	three := data.Grid{Quantum: []float64{1, 1, 1}, Origin: []float64{0, 0, 0}}
	good := metric.Mass{LogProb: truth.Dequantized().LogProb, Grid: truth.Grid()}
	with := func(f func(data.Points) ([]float64, error)) metric.Mass {
		return metric.Mass{LogProb: f, Grid: good.Grid}
	}
	log := func(m metric.Mass, x data.Points, nodes int) error { _, _, err := m.Log(x, nodes); return err }
	bound := func(m metric.Mass, x data.Points, draws int) error { _, err := m.LogBound(x, draws, 1); return err }
	for name, err := range map[string]error{
		"no density":        log(metric.Mass{Grid: good.Grid}, x, 4),
		"no grid":           log(metric.Mass{LogProb: good.LogProb}, x, 4),
		"no quantum":        log(metric.Mass{LogProb: good.LogProb, Grid: data.Grid{Quantum: []float64{0, 0}, Origin: []float64{0, 0}}}, x, 4),
		"no point":          log(good, data.Points{}, 4),
		"off the grid":      bound(good, off, 1),
		"three columns":     log(metric.Mass{LogProb: good.LogProb, Grid: three}, mustZeros(t, 3), 4),
		"one node":          log(good, x, 1),
		"no draw":           bound(good, x, 0),
		"NaN":               log(with(func(x data.Points) ([]float64, error) { return []float64{math.NaN()}, nil }), x, 4),
		"too few log-probs": bound(with(func(x data.Points) ([]float64, error) { return []float64{0}, nil }), x, 4),
		"infinite": bound(with(func(x data.Points) ([]float64, error) {
			logs := make([]float64, x.Len())
			logs[3] = math.Inf(1)
			return logs, nil
		}), x, 4),
		"no truth": func() error { _, _, err := good.KL(nil, 4); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	broken := errors.New("broken")
	if err := log(with(func(data.Points) ([]float64, error) { return nil, broken }), x, 4); !errors.Is(err, broken) {
		t.Errorf("the error is %v, want that of the density", err)
	}
}

// mustZeros returns a point at 0 of the dimension.
func mustZeros(t *testing.T, dim int) data.Points {
	t.Helper()
	x, err := data.NewPoints(dim, make([]float32, dim))
	if err != nil {
		t.Fatal(err)
	}
	return x
}
