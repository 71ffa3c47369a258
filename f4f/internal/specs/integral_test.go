package specs

import (
	"math"
	"slices"
	"strings"
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

// step returns the log-density of a step in the first column, at the place and of the width that a
// condition gives.
func step(u, c data.Points) ([]float64, error) {
	logs := make([]float64, u.Len())
	for i := range logs {
		at, width := stepOf(c.Row(min(i, c.Len()-1)))
		logs[i] = -math.Log1p(math.Exp((float64(u.At(i, 0)) - at) / width))
	}
	return logs, nil
}

// stepOf returns the place and the width of the step under a condition.
func stepOf(c []float32) (at, width float64) { return float64(c[0]), float64(c[1]) }

// probabilityOfStep returns the log-probability of the cell above a.
func probabilityOfStep(a, c []float32) float64 {
	at, width := stepOf(c)
	soft := func(u float64) float64 { // ∫ of the logistic function
		z := (u - at) / width
		return width * (math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))))
	}
	return math.Log(1 - soft(float64(a[0])+1) + soft(float64(a[0])))
}

// TestSmoothCellsTakeFewNodesAndStepsMore has rows of both kinds in turn, two of each under a condition of
// their own.
func TestSmoothCellsTakeFewNodesAndStepsMore(t *testing.T) {
	var rows, conditions []float32
	for i := range 80 {
		k := i / 2
		rows = append(rows, float32(k), 0)
		width, at := float32(5), float32(k)+0.5
		if k%3 == 0 {
			width, at = 0.02, float32(k)+0.05+0.9*float32(k)/40 // not far from the lower or the upper edge
		}
		conditions = append(conditions, at, width)
	}
	x, errOfX := data.NewPoints(2, rows)
	c, errOfC := data.NewPoints(2, conditions)
	if errOfX != nil || errOfC != nil {
		t.Fatal(errOfX, errOfC)
	}
	asked := map[float64]int{}
	logs, err := wholePair(t).LogProbs(x, c, func(u, c data.Points) ([]float64, error) {
		for i := range u.Len() {
			asked[c.At(i, 0)]++
		}
		return step(u, c)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	few := 2*2 + 4*4 + 7*7
	for i, l := range logs {
		if want := probabilityOfStep(x.Row(i), c.Row(i)); math.Abs(l-want) > 5e-3 {
			t.Errorf("row %d, %v: the log-probability is %.5f, want %.5f", i, c.Row(i), l, want)
		}
		if n := asked[c.At(i, 0)]; n < few || (n == few) != (i/2%3 != 0) {
			t.Errorf("row %d, a step of width %g: %d nodes, of a smooth density %d", i, c.At(i, 1), n, few)
		}
	}
}

func TestADensityOfZeroAtAFewNodesIsNotZero(t *testing.T) {
	x := data.Point(0, 0)
	for _, edge := range []float64{0.05, 0.5, 0.95} {
		logs, err := wholePair(t).LogProbs(x, data.Points{}, func(u, _ data.Points) ([]float64, error) {
			logs := make([]float64, u.Len())
			for i := range logs {
				if float64(u.At(i, 0)) > edge {
					logs[i] = math.Inf(-1)
				}
			}
			return logs, nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := math.Log(edge); math.Abs(logs[0]-want) > 0.3 {
			t.Errorf("below %g alone: the log-probability is %g, want %g", edge, logs[0], want)
		}
	}
}

// TestManyRowsOfCells has more rows than are computed at a time.
func TestManyRowsOfCells(t *testing.T) {
	const n = mostNodes/mostOther + 1000
	rows := make([]float32, 0, 2*n)
	for k := range n {
		rows = append(rows, float32(k%200), float32(k/200))
	}
	x, err := data.NewPoints(2, rows)
	if err != nil {
		t.Fatal(err)
	}
	log, probability := bell(40)
	c := data.Point(100, 40)
	logs, err := wholePair(t).LogProbs(x, c, log, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range logs {
		if want := probability(x.Row(i), c.Row(0)); math.Abs(l-want) > 2e-3 {
			t.Fatalf("row %d: the log-probability is %.5f, want %.5f", i, l, want)
		}
	}
}

func TestARowThatIsNoWholeNumberIsNamedAsInTheTable(t *testing.T) {
	x, err := data.NewPoints(2, []float32{1, 1, 1, 1, 1, 1, 2, 2, 0.5, 1})
	if err != nil {
		t.Fatal(err)
	}
	log, _ := bell(1)
	if _, err = wholePair(t).LogProbs(x, data.Point(0, 0), log, nil); err == nil || !strings.Contains(err.Error(), "row 4") {
		t.Errorf("the error is %v, which names another row than 4", err)
	}
}

// TestRowsWithFewerNoisesAreComputedOnce: of a row without noise there is one node, and with noise in one
// column a rule.
func TestRowsWithFewerNoisesAreComputedOnce(t *testing.T) {
	var rows []float32
	for k := range 400 {
		rows = append(rows, float32(k%4), float32(k%5)*float32(k))
	}
	x, err := data.NewPoints(2, rows)
	if err != nil {
		t.Fatal(err)
	}
	p, err := data.FitPipeline(x, data.ColumnMaps{Column: "1", Maps: []data.ColumnMap{data.Spike(0)}})
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := p.Nodes(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	if _, err = (Density{Dim: 2, Pipeline: &p}).LogProbs(x, data.Points{}, func(u, _ data.Points) ([]float64, error) {
		asked += u.Len()
		return make([]float64, u.Len()), nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	alone := map[[2]float32]int{}
	want := 0
	for i, count := range nodes.Counts {
		if alone[[2]float32(x.Row(i))]++; alone[[2]float32(x.Row(i))] == 1 {
			want += count
		}
	}
	if asked != want {
		t.Errorf("%d nodes were computed, want %d", asked, want)
	}
}
