package specs

import (
	"math"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// wholePair returns a density of two columns of whole numbers.
func wholePair(t *testing.T) Density {
	t.Helper()
	return Density{Dim: 2, Pipeline: fixed(t, Density{Dim: 2, Noise: []int{0, 1}}, [][]data.ColumnMap{nil, nil})}
}

// bell returns the log-density of two independent normal distributions about conditions c, and the
// probability of the cell above a.
func bell(sigma float64) (Evaluation, func(a, c []float32) float64) {
	log := func(u, c data.Points) ([]float64, error) {
		logs := make([]float64, u.Len())
		for i := range logs {
			for j, v := range u.Row(i) {
				z := (float64(v) - float64(c.At(min(i, c.Len()-1), j))) / sigma
				logs[i] -= z*z/2 + math.Log(sigma*math.Sqrt(2*math.Pi))
			}
		}
		return logs, nil
	}
	probability := func(a, c []float32) (logP float64) {
		for j := range a {
			low := float64(a[j] - c[j])
			below := func(v float64) float64 { return math.Erfc(-v/sigma/math.Sqrt2) / 2 }
			if low > 0 { // by the upper tail, where the other is next to 1
				logP += math.Log(below(-low) - below(-low-1))
			} else {
				logP += math.Log(below(low+1) - below(low))
			}
		}
		return logP
	}
	return log, probability
}

func TestProbabilitiesOfCellsAreExactWhereTheDensityIsSteepInThem(t *testing.T) {
	var rows []float32
	for k := range 25 {
		rows = append(rows, float32(k%5-2), float32(k/5-2))
	}
	x, err := data.NewPoints(2, rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, sigma := range []float64{3, 0.5, 0.2} {
		c := data.Point(0.93, -0.4)
		log, probability := bell(sigma)
		logs, err := wholePair(t).LogProbs(x, c, log, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range logs {
			if want := probability(x.Row(i), c.Row(0)); math.Abs(l-want) > 2e-3 {
				t.Errorf("σ = %g: the log-probability of %v is %.5f, want %.5f", sigma, x.Row(i), l, want)
			}
		}
	}
}

// TestEqualRowsAreComputedOnce counts the points that a density is asked for.
func TestEqualRowsAreComputedOnce(t *testing.T) {
	log, probability := bell(1.5)
	asked := 0
	counted := func(u, c data.Points) ([]float64, error) { asked += u.Len(); return log(u, c) }
	var rows, conditions []float32
	for k := range 300 {
		rows = append(rows, float32(k%3), float32(k%2))
		conditions = append(conditions, float32(k%5)/5, 0)
	}
	for name, c := range map[string][]float32{"one condition": {0.2, 0}, "a condition of each row": conditions} {
		x, err := data.NewPoints(2, rows)
		given, errOfC := data.NewPoints(2, c)
		if err != nil || errOfC != nil {
			t.Fatal(err, errOfC)
		}
		asked = 0
		logs, err := wholePair(t).LogProbs(x, given, counted, nil)
		if err != nil {
			t.Fatal(err)
		}
		once := asked
		for i, l := range logs {
			if want := probability(x.Row(i), given.Row(min(i, given.Len()-1))); math.Abs(l-want) > 2e-3 {
				t.Fatalf("%s: the log-probability of row %d is %.5f, want %.5f", name, i, l, want)
			}
		}
		// The first 30 rows hold all that there are.
		few, fewConditions := x.Slice(0, 30), given
		if given.Len() > 1 {
			fewConditions = given.Slice(0, 30)
		}
		asked = 0
		fewer, err := wholePair(t).LogProbs(few, fewConditions, counted, nil)
		if err != nil {
			t.Fatal(err)
		}
		if asked != once || !slices.Equal(fewer, logs[:30]) {
			t.Errorf("%s: %d points were computed for 300 rows, and %d for the 30 that differ", name, once, asked)
		}
	}
}
