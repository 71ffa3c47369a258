package metric

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// correlated returns points of two normal features with correlation r, and a third without.
func correlated(t *testing.T, n int, seed uint64, r float64) data.Points {
	t.Helper()
	z := gaussian(t, n, seed, 1, 0, 0, 0)
	values := make([]float32, 0, 3*n)
	for i := range n {
		a, b := z.At(i, 0), z.At(i, 1)
		values = append(values, float32(a), float32(100+5*(r*a+math.Sqrt(1-r*r)*b)), float32(z.At(i, 2)))
	}
	return points(t, 3, values...)
}

func TestCorrelationsAreThoseOfGonum(t *testing.T) {
	x := correlated(t, 500, 1, 0.6)
	weights := make([]float64, x.Len())
	a, b := make([]float64, x.Len()), make([]float64, x.Len())
	for i := range weights {
		weights[i], a[i], b[i] = 1+math.Abs(x.At(i, 2)), x.At(i, 0), x.At(i, 1)
	}
	weighted, err := x.WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Correlations(weighted)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "correlation", m.Cells[0][1].Value, stat.Correlation(a, b, weights), 1e-12)
	if m.Cells[1][0] != m.Cells[0][1] || m.Cells[2][2].Value != 1 {
		t.Errorf("the matrix isn't symmetric with 1 on its diagonal: %v", m.Cells)
	}
}

// Of normal features the standard error is (1 − r²)/√N.
func TestErrorsOfCorrelationsAreThoseOfNormalFeatures(t *testing.T) {
	const n = 20_000
	m, err := Correlations(correlated(t, n, 1, 0.6))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "error at r = 0.6", m.Cells[0][1].Error*math.Sqrt(n), 1-0.36, 0.02)
	near(t, "error at r = 0", m.Cells[0][2].Error*math.Sqrt(n), 1, 0.03)
}

// The difference in units of its error has a mean of 0 and a standard deviation of 1, for weights
// of both signs too.
func TestDifferencesOfCorrelationsAreCalibrated(t *testing.T) {
	var pulls, signed []float64
	for seed := range uint64(200) {
		truth, x := correlated(t, 800, 2*seed, 0.5), correlated(t, 1200, 2*seed+1, 0.5)
		d, err := CorrelationDifferences(truth, x)
		if err != nil {
			t.Fatal(err)
		}
		s, err := CorrelationDifferences(truth, withSigns(t, x))
		if err != nil {
			t.Fatal(err)
		}
		pulls, signed = append(pulls, d.Cells[0][1].Value/d.Cells[0][1].Error), append(signed, s.Cells[0][1].Value/s.Cells[0][1].Error)
	}
	for name, p := range map[string][]float64{"points": pulls, "signed weights": signed} {
		e := meanOf(p)
		near(t, name+": mean", e.Value, 0, 0.25)
		near(t, name+": deviation", e.Error*math.Sqrt(200), 1, 0.16)
	}
}

func TestTheLargestDifferenceIsFound(t *testing.T) {
	d, err := CorrelationDifferences(correlated(t, 3000, 1, 0.2), correlated(t, 3000, 2, 0.7))
	if err != nil {
		t.Fatal(err)
	}
	if a, b, cell := d.Largest(); a != "0" || b != "1" || math.Abs(cell.Value-0.5) > 0.1 || !d.Difference {
		t.Errorf("the largest is %v between %s and %s", cell, a, b)
	}
	if a, _, _ := (CorrelationMatrix{}).Largest(); a != "" {
		t.Errorf("nothing has a largest %s", a)
	}
	_, err = Correlations(points(t, 2, 1, 2))
	wantError(t, err, "at least 2 points")
	constant, err := Correlations(points(t, 2, 1, 2, 1, 3))
	if err != nil || !math.IsNaN(constant.Cells[0][1].Value) {
		t.Errorf("a constant has correlation %v, %v", constant.Cells, err)
	}
}
