package dataset

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/data"
)

// TestNoFlowSeesARowOfItsFold is the promise of cross-fitting, by value: what Of sends to a fold is
// nowhere in the rows without that fold.
func TestNoFlowSeesARowOfItsFold(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(r, "k")
		dim := rapid.IntRange(1, 3).Draw(r, "dim")
		n := rapid.IntRange(2*k, 60).Draw(r, "n")
		few := rapid.Float32Range(-2, 2)
		if rapid.Bool().Draw(r, "whole") { // with copies, and zeros of both signs
			few = rapid.Map(rapid.IntRange(-4, 4), func(v int) float32 { return float32(math.Copysign(float64(v), float64(v)-0.5)) })
		}
		x, err := data.NewPoints(dim, rapid.SliceOfN(few, n*dim, n*dim).Draw(r, "values"))
		if err != nil {
			r.Fatal(err)
		}
		folds, err := FoldsOf(data.FromPoints("t", x), k, rapid.Uint64().Draw(r, "seed"))
		if err != nil {
			r.Skip(err)
		}
		if err := folds.Validate(k); err != nil {
			r.Fatal(err)
		}
		left := 0
		for i := range k {
			source, err := folds.Without(data.FromPoints("t", x), i)
			if err != nil {
				r.Skip(err)
			}
			learnt := source.(data.Finite).Points()
			for row := range x.Len() {
				if of := folds.Of(x.Row(row)); of < 0 || of >= k {
					r.Fatalf("row %d is in fold %d of %d", row, of, k)
				} else if of != i {
					continue
				}
				for l := range learnt.Len() {
					if slices.Equal(learnt.Row(l), x.Row(row)) {
						r.Fatalf("flow %d has learnt row %d, which it is to be used for", i, row)
					}
				}
			}
			left += x.Len() - learnt.Len()
		}
		if left != n {
			r.Fatalf("the folds have %d rows of %d", left, n)
		}
	})
}

func TestFoldsAreOfOneSize(t *testing.T) {
	x, err := data.Ring().Sample(1003, 1)
	if err != nil {
		t.Fatal(err)
	}
	folds, err := FoldsOf(data.FromPoints("ring", x), 4, 7)
	if err != nil {
		t.Fatal(err)
	}
	sizes := make([]int, 4)
	for i := range x.Len() {
		sizes[folds.Of(x.Row(i))]++
	}
	if slices.Min(sizes) < 250 || slices.Max(sizes) > 251 {
		t.Errorf("folds have %v rows", sizes)
	}
	// Of points of no table, folds are as large as chance makes them.
	even := EvenFolds(4, 7)
	clear(sizes)
	for i := range x.Len() {
		sizes[even.Of(x.Row(i))]++
	}
	if slices.Min(sizes) < 200 || slices.Max(sizes) > 300 {
		t.Errorf("even folds have %v points", sizes)
	}
}

func TestReplicatesHaveTheRowsOfTheTable(t *testing.T) {
	const n, held = 900, 100
	values := make([]float32, n+held)
	for i := range values {
		values[i] = float32(i)
	}
	x, err := data.NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	table := data.FromPoints("numbers", x)
	counts := func(seed uint64, replicate int) (train, validation []int) {
		t.Helper()
		d, err := Draw(table, n, held, 10, seed, replicate)
		if err != nil {
			t.Fatal(err)
		}
		count := func(p data.Points) []int {
			times := make([]int, n+held)
			for i := range p.Len() {
				times[int(p.Row(i)[0])]++
			}
			return times
		}
		if d.Train.Len() != n || d.Validation.Len() != held || replicate > 0 && d.Drawn.Len() != n {
			t.Fatalf("there are %d rows to train on, %d held out and %d drawn from", d.Train.Len(), d.Validation.Len(), d.Drawn.Len())
		}
		return count(d.Train), count(d.Validation)
	}
	train, validation := counts(1, 1)
	twice, missing := 0, 0
	for i := range train {
		if train[i] > 0 && validation[i] > 0 || validation[i] > 1 {
			t.Fatalf("row %d is learnt %d times and held out %d times", i, train[i], validation[i])
		}
		if train[i] > 1 {
			twice++
		}
		if train[i]+validation[i] == 0 {
			missing++
		}
	}
	// A share of 1/e of the rows is left out, and 1 − 2/e is there more than once.
	if math.Abs(float64(missing)/n-1/math.E) > 0.05 || math.Abs(float64(twice)/n-(1-2/math.E)) > 0.05 {
		t.Errorf("%d of %d rows are missing, and %d there more than once", missing, n, twice)
	}
	// Under another seed other rows are held out, and nearly all others are there as often.
	other, heldOut := counts(2, 1)
	same, of := 0, 0
	for i := range train {
		if validation[i]+heldOut[i] == 0 {
			of++
			if train[i] == other[i] {
				same++
			}
		}
	}
	if float64(same) < 0.85*float64(of) {
		t.Errorf("only %d of %d rows are as often in the replicate under another seed", same, of)
	}
	if second, _ := counts(1, 2); slices.Equal(train, second) {
		t.Error("two replicates are the same")
	}
	if again, _ := counts(1, 1); !slices.Equal(train, again) {
		t.Error("a replicate isn't the same again")
	}
}
