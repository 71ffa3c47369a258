package galaxies

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// galaxiesOf returns n galaxies with the columns of the catalogue: magnitudes about i, and redshifts
// that the colour u−g tells.
func galaxiesOf(t *testing.T, n int, i float64) data.Points {
	t.Helper()
	r, values := rand.New(rand.NewPCG(1, 2)), make([]float32, 0, 7*n)
	for range n {
		z := r.Float64()
		values = append(values, float32(z), float32(i+r.Float64()), float32(1+z), float32(r.Float64()), 0.5, 0.3, 0.1)
	}
	p, err := data.NewPoints(7, values)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.WithColumnNames(columns...); err != nil {
		t.Fatal(err)
	}
	return p
}

// Bright galaxies keep their magnitudes up to the noise of half a percent that nothing reduces.
func TestBrightGalaxiesAreSeenAsTheyAre(t *testing.T) {
	p := galaxiesOf(t, 1000, 15)
	z, seen, err := Observe(p, 10, 1)
	if err != nil || z.Len() != p.Len() {
		t.Fatalf("%v, %v", z, err)
	}
	var off []float64
	for i := range p.Len() {
		if z.At(i, 0) != p.At(i, 0) {
			t.Fatalf("galaxy %d has redshift %v, want %v", i, z.At(i, 0), p.At(i, 0))
		}
		off = append(off, seen.At(i, 0)-p.At(i, 1))
	}
	e, err := metric.Mean(off, nil)
	if σ := e.Error * math.Sqrt(1000); err != nil || math.Abs(e.Value) > 5*e.Error || σ < 0.0045 || σ > 0.0065 {
		t.Errorf("the magnitude is off by %v with a standard deviation of %v, want 0 and 0.0054", e, σ)
	}
}

// At the depth of a band the noise is a fifth of the flux, which is how the depth is defined, and
// 1/y of the years have √y times the noise.
func TestNoiseIsAFifthAtTheDepth(t *testing.T) {
	for _, row := range []struct{ years, want float64 }{{10, 0.2}, {2.5, 0.4}} {
		var fluxes []float64
		m := [6]float64{26.1, 27.4, 27.5, 26.8, 26.1, 24.9}
		values := []float32{1, float32(m[3]), float32(m[0] - m[1]), float32(m[1] - m[2]), float32(m[2] - m[3]), float32(m[3] - m[4]), float32(m[4] - m[5])}
		one, _ := data.NewPoints(7, values)
		many, err := one.Repeat(20_000)
		if err != nil {
			t.Fatal(err)
		}
		_, seen, err := observe(many, func(int) float64 { return row.years }, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		b := math.Sqrt(10*bands[3].γ) * flux(m[3])
		for i := range seen.Len() {
			fluxes = append(fluxes, 2*b*math.Sinh(-math.Ln10/2.5*seen.At(i, 0)-math.Log(b))/flux(m[3]))
		}
		e, err := metric.Mean(fluxes, nil)
		σ := e.Error * math.Sqrt(20_000)
		if err != nil || math.Abs(e.Value-1) > 5*e.Error || math.Abs(σ/row.want-1) > 0.03 {
			t.Errorf("%v years: flux %v of the true one with noise %v, want 1 and %v", row.years, e, σ, row.want)
		}
	}
}

func TestEveryDrawHasNoiseOfItsOwn(t *testing.T) {
	p := galaxiesOf(t, 50, 20)
	source, err := Observed(p)
	if err != nil {
		t.Fatal(err)
	}
	z, seen, err := source.SampleWithConditions(500, 3)
	if err != nil || z.Len() != 500 || seen.Dim() != source.ConditionDim() {
		t.Fatalf("%v, %v, %v", z, seen, err)
	}
	again, _, err := source.SampleWithConditions(500, 3)
	if err != nil || !slices.Equal(z.Values(), again.Values()) {
		t.Error("the same seed must give the same galaxies")
	}
	first := map[float32]bool{}
	for i := range 500 {
		first[seen.Row(i)[0]] = true
		if y := seen.At(i, 6); y < 1 || y > 10 {
			t.Errorf("years must be from 1 to 10, got %v", y)
		}
	}
	if len(first) < 490 {
		t.Errorf("of 500 draws of 50 galaxies only %d differ", len(first))
	}
}

func TestFaintGalaxiesAreLeftOut(t *testing.T) {
	if _, _, err := Observe(galaxiesOf(t, 10, 26), 10, 1); err == nil {
		t.Error("no galaxy is bright enough, which must be an error")
	}
	if _, _, err := Observe(galaxiesOf(t, 10, 20), 0, 1); err == nil {
		t.Error("no years must be an error")
	}
	if _, err := Observed(data.Point(1, 2)); err == nil || !strings.Contains(err.Error(), "redshift") {
		t.Errorf("points that aren't galaxies must be an error that names the columns, got %v", err)
	}
}

func TestQualityOfKnownErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var z []float32
	var estimates []float64
	for i := range 20_000 {
		truth := 2 * r.Float64()
		e := 0.003 + 0.01*r.NormFloat64()
		if i%20 == 0 {
			e = 0.5
		}
		z, estimates = append(z, float32(truth)), append(estimates, truth+(1+truth)*e)
	}
	redshift, _ := data.NewPoints(1, z)
	q, err := Judge(estimates, redshift)
	if err != nil || math.Abs(q.Bias-0.003) > 0.002 || math.Abs(q.SigmaIQR-0.01) > 0.001 || math.Abs(q.SigmaMAD-0.01) > 0.001 || math.Abs(q.Outliers-0.05) > 1e-9 {
		t.Errorf("%v, %v; want bias 0.003, σ 0.01 and 5%% outliers", q, err)
	}
	if _, err := Judge(estimates[1:], redshift); err == nil {
		t.Error("an estimate that lacks must be an error")
	}
}

// The neighbours are those of a sort by distance.
func TestNeighboursAreTheNearest(t *testing.T) {
	p := galaxiesOf(t, 300, 20)
	z, known, err := Photometry(p)
	if err != nil {
		t.Fatal(err)
	}
	known, err = known.Columns(0, 1, 2) // those that differ
	if err != nil {
		t.Fatal(err)
	}
	got, err := Neighbours(z, known, known.Slice(0, 5), 4)
	if err != nil || got.Len() != 20 {
		t.Fatalf("%v, %v", got, err)
	}
	scaler, _ := data.FitScaler(known)
	scaled, _ := scaler.Transform(known)
	for i := range 5 {
		rows := make([]int, scaled.Len())
		for k := range rows {
			rows[k] = k
		}
		away := func(k int) (sum float64) {
			for j := range 3 {
				sum += math.Pow(scaled.At(k, j)-scaled.At(i, j), 2)
			}
			return sum
		}
		slices.SortFunc(rows, func(a, b int) int { return int(math.Copysign(1, away(a)-away(b))) })
		for j, row := range rows[:4] {
			if got.At(4*i+j, 0) != z.At(row, 0) {
				t.Errorf("neighbour %d of galaxy %d has redshift %v, want %v", j, i, got.At(4*i+j, 0), z.At(row, 0))
			}
		}
	}
	if _, err := Neighbours(z, known, known, 301); err == nil {
		t.Error("more neighbours than galaxies must be an error")
	}
}
