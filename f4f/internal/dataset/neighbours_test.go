package dataset

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// exactly returns the k rows nearest to a row, of all rows.
func exactly(t *neighbours, row, k int) []near {
	all := &search{t: t, row: row, seed: t.at[t.place[row]*t.width:][:t.width], found: make([]near, 0, k)}
	for i := range t.rows {
		all.look(i)
	}
	return all.found
}

func TestNeighboursInFewFeaturesAreTheNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{1, 2, 3} {
		values := make([]float32, 20_000*d)
		for i := range values {
			values[i] = float32(rng.NormFloat64())
			if rng.Float64() < 0.2 {
				values[i] = 0 // many equal values, as of a spike
			}
		}
		p, err := data.NewPoints(d, values)
		if err != nil {
			t.Fatal(err)
		}
		tree := newNeighbours(p)
		for row := range 200 {
			if got, want := tree.of(row, 12), exactly(tree, row, 12); !slices.Equal(got, want) && got[11].square != want[11].square {
				t.Fatalf("%d features, row %d: the nearest are %v, want %v", d, row, got, want)
			}
		}
	}
}

// In many features the search ends early: what it finds must still be near.
func TestNeighboursInManyFeaturesAreNear(t *testing.T) {
	const d = 20
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 0, 30_000*d)
	for range 30_000 {
		common := rng.NormFloat64()
		for range d {
			values = append(values, float32(common+0.7*rng.NormFloat64()))
		}
	}
	p, err := data.NewPoints(d, values)
	if err != nil {
		t.Fatal(err)
	}
	tree := newNeighbours(p)
	far, nearest := 0.0, 0.0
	for row := range 100 {
		got := tree.of(row, 8)
		if len(got) != 8 || !slices.IsSortedFunc(got, near.compare) || slices.ContainsFunc(got, func(n near) bool { return n.row == row }) {
			t.Fatalf("row %d: 8 others in order of their distance are wanted, got %v", row, got)
		}
		far, nearest = far+got[7].square, nearest+exactly(tree, row, 8)[7].square
	}
	if far > 1.5*nearest {
		t.Errorf("the eighth nearest row is at %.3g where %.3g is possible (squares)", far/100, nearest/100)
	}
}

func BenchmarkNegativeWeights(b *testing.B) {
	const d, n = 22, 100_000
	rng := rand.New(rand.NewPCG(1, 2))
	values, weights := make([]float32, n*d), make([]float64, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	for i := range weights {
		weights[i] = 1
		if i%12 == 0 {
			weights[i] = -1
		}
	}
	p, err := data.NewPoints(d, values)
	if err == nil {
		p, err = p.WithWeights(weights)
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		withoutNegative(p)
	}
}
