package dataset

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/data"
)

// weighed returns the rows with weights.
func weighed(t testing.TB, p data.Points, weights ...float64) data.Points {
	t.Helper()
	p, err := p.WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNoWeightIsNegativeAfterwardsAndTheSumStays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n, dim := rapid.IntRange(1, 60).Draw(r, "n"), rapid.IntRange(1, 3).Draw(r, "dim")
		p, err := data.NewPoints(dim, rapid.SliceOfN(rapid.Float32Range(-5, 5), n*dim, n*dim).Draw(r, "values"))
		if err != nil {
			r.Fatal(err)
		}
		p, err = p.WithWeights(rapid.SliceOfN(rapid.Float64Range(-1, 2), n, n).Draw(r, "weights"))
		if err != nil {
			return // they stand for no distribution
		}
		before, after := 0.0, 0.0
		for _, w := range p.Weights() {
			before += w
		}
		spread := withoutNegative(p)
		for i, w := range spread.Weights() {
			if !(w >= 0) {
				r.Fatalf("row %d has the weight %v", i, w)
			}
			after += w
		}
		if math.Abs(before-after) > 1e-9 || !slices.Equal(p.Values(), spread.Values()) {
			r.Fatalf("the sum of the weights was %v and is %v", before, after)
		}
	})
}

func TestANegativeWeightIsTakenFromTheNearestRows(t *testing.T) {
	p, err := data.NewPoints(1, []float32{0, 10, 10.5, 11.5, 20})
	if err != nil {
		t.Fatal(err)
	}
	// The cell of 10 takes in 10.5, which has too little, and 11.5: 0.5 is left of |w| = 3.5.
	got := withoutNegative(weighed(t, p, 1, -1.5, 1, 1, 1)).Weights()
	want := []float64{1, 1.5 / 7, 1. / 7, 1. / 7, 1}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("weights are %v, want %v", got, want)
		}
	}
}

// Points of one distribution, with others of a second added and taken away again: the weights of a
// wide region stay what they were, to the number of points in a cell.
func TestRegionsKeepTheirWeight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var values []float32
	var weights []float64
	for i := range 6000 {
		x, w := rng.NormFloat64(), 1.0
		if i%3 > 0 {
			x += 1
		}
		if i%3 == 2 {
			w = -1
		}
		values, weights = append(values, float32(x)), append(weights, w+0.01)
	}
	p, err := data.NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	p = weighed(t, p, weights...)
	spread := withoutNegative(p)
	for _, edge := range []float64{-1, -0.5, 0, 0.5, 1} {
		before, after := 0.0, 0.0
		for i := range p.Len() {
			if p.At(i, 0) < edge {
				before, after = before+p.Weights()[i], after+spread.Weights()[i]
			}
		}
		if math.Abs(before-after) > 30 { // of 2060 in all
			t.Errorf("below %g the weights had a sum of %.1f, and have one of %.1f", edge, before, after)
		}
	}
}

func TestRowsForTheDeviceHaveAMeanWeightOfOne(t *testing.T) {
	p, err := data.NewPoints(2, []float32{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		t.Fatal(err)
	}
	rows := Data{Train: weighed(t, p.Slice(0, 3), 0, 2, 4), Validation: weighed(t, p, 1, 3, 100, 100), Dim: 1, Condition: 1, Weighted: true, Source: "s"}
	train, err := rows.TrainRows()
	// Row 0 has weight 0 and is a copy of another.
	if want := []float32{3, 4, 0, 3, 4, 1, 5, 6, 2}; err != nil || !slices.Equal(train.Values(), want) {
		t.Errorf("training rows are %v, %v, want %v", train.Values(), err, want)
	}
	held, err := rows.HeldOutRows(2)
	if want := []float32{1, 2, 0.5, 3, 4, 1.5}; err != nil || !slices.Equal(held.Values()[:6], want) {
		t.Errorf("rows held out are %v, %v, want them to begin with %v", held.Values(), err, want)
	}
	rows.Validation = weighed(t, p, 1, -1, 2, 2)
	if _, err := rows.HeldOutRows(2); err == nil || !strings.Contains(err.Error(), "Validation") {
		t.Errorf("rows held out of no weight give the error %v", err)
	}
}

func TestWeightsMayHaveAnyScale(t *testing.T) {
	p, err := data.NewPoints(1, []float32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []float64{1, 5e-324, 4e307} {
		rows, err := Draw(data.FromPoints("s", weighed(t, p, scale, 2*scale, scale, 0)), 4, 0, 1, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		train, err := rows.TrainRows()
		if err != nil {
			t.Fatal(err)
		}
		for i := range train.Len() {
			if w := train.At(i, 1); w != 0 && w != 2 && w != 1 || train.At(i, 0) == 2 && w == 1 {
				t.Errorf("weights in units of %g: %v", scale, train.Values())
			}
		}
	}
}

func TestNotesKnowOfWeights(t *testing.T) {
	x := normalRows(t, 1000, 2)
	weights := slices.Repeat([]float64{1}, 1000)
	copies := slices.Clone(x.Train.Values())
	for i := 1; i < 200; i++ {
		copy(copies[2*i:], copies[:2])
	}
	repeated, err := data.NewPoints(2, copies)
	if err != nil {
		t.Fatal(err)
	}
	copiesOf := func(weights []float64) string {
		rows := Data{Train: weighed(t, repeated, weights...), Dim: 2, Weighted: weights != nil, Source: "x"}
		spread, err := data.FitScaler(rows.Train)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(seenAs(t, rows).DegenerateNotes("x", spread, nil, 4), " ")
	}
	if note := copiesOf(nil); !strings.Contains(note, "WithWeights") {
		t.Errorf("without weights: %q", note)
	}
	weights[999] = 2
	if note := copiesOf(weights); !strings.Contains(note, "sum of their weights") {
		t.Errorf("with weights: %q", note)
	}
	for i := 1; i < 200; i++ {
		weights[i] = 0
	}
	if note := copiesOf(weights); note != "" {
		t.Errorf("copies of weight 0 are told: %q", note)
	}
	weights[5] = 50
	x.Train, x.Weighted, x.Source = weighed(t, x.Train, weights...), true, "x"
	x.effective = x.Train.EffectiveSampleSize()
	if note := x.WeightsNote(); !strings.Contains(note, "by heart") {
		t.Errorf("a heavy point isn't told: %q", note)
	}
}
