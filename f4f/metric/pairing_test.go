package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/data"
)

// leastOf returns the least sum of costs over all permutations, by trying each.
func leastOf(costs [][]float64, row int, taken uint) float64 {
	if row == len(costs) {
		return 0
	}
	least := math.Inf(1)
	for j, c := range costs[row] {
		if taken&(1<<j) == 0 {
			least = math.Min(least, c+leastOf(costs, row+1, taken|1<<j))
		}
	}
	return least
}

// Costs of few values make ties and degenerate prices; negative and large ones are costs too.
func TestAssignmentIsTheBestOfAllPermutations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "n")
		cost := rapid.OneOf(rapid.Float64Range(-1e3, 1e3), rapid.Map(rapid.IntRange(0, 3), func(i int) float64 { return float64(i) }), rapid.Float64Range(0, 1e-9))
		costs := make([][]float64, n)
		for i := range costs {
			costs[i] = rapid.SliceOfN(cost, n, n).Draw(t, "costs")
		}
		got := assignment(costs)
		seen, sum := make([]bool, n), 0.0
		for i, j := range got {
			if j < 0 || j >= n || seen[j] {
				t.Fatalf("%v gives no row a column of its own", got)
			}
			seen[j] = true
			sum += costs[i][j]
		}
		if want := leastOf(costs, 0, 0); math.Abs(sum-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("%v costs %v, the best %v", got, sum, want)
		}
	})
}

// On the line the best pairing takes both sets in order, which SlicedWasserstein does by sorting;
// L1 and Euclidean are one there.
func TestOptimalPairingOnTheLineIsThatOfTheSorted(t *testing.T) {
	x, y := gaussian(t, 900, 1, 1, 0), gaussian(t, 900, 2, 2, 3)
	want, err := SlicedWasserstein(x, y, Sliced{Order: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, l1 := range []bool{false, true} {
		got, err := OptimalPairing(x, y, Pairing{L1: l1})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean distance", got, want, 1e-12)
	}
}

// Points shifted by (3, −4) and shuffled: no pairing has a mean way shorter than that of the means,
// 5, nor in L1 than 7, and the shift is one with just that.
func TestOptimalPairingFindsAShift(t *testing.T) {
	x := gaussian(t, 400, 3, 1, 0, 0)
	var values []float32
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(x.Len()) {
		values = append(values, x.Row(i)[0]+3, x.Row(i)[1]-4)
	}
	y := points(t, 2, values...)
	for l1, want := range map[bool]float64{false: 5, true: 7} {
		got, err := OptimalPairing(x, y, Pairing{L1: l1})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean distance", got, want, 1e-5) // float32 rounds the shift
	}
}

// A map moves no point set onto its image by less than the best pairing does.
func TestOptimalPairingIsBelowAnyMap(t *testing.T) {
	x := gaussian(t, 300, 4, 1, 0, 0, 0)
	values := slices.Clone(x.Values())
	for i := range values {
		values[i] *= -1.5
	}
	y := points(t, 3, values...)
	moved, err := Displacement(x, y)
	if err != nil {
		t.Fatal(err)
	}
	for l1, most := range map[bool]float64{false: moved.Euclidean, true: moved.L1} {
		got, err := OptimalPairing(x, y, Pairing{L1: l1})
		if err != nil {
			t.Fatal(err)
		}
		if got <= 0 || got > 0.6*most { // turned inside out it is moved far more than it needs
			t.Errorf("got %v, want well below the %v of the map", got, most)
		}
	}
}

func TestOptimalPairingUsesAsManyPointsAsAsked(t *testing.T) {
	x, y := gaussian(t, 3000, 5, 1, 0, 0), gaussian(t, 2000, 6, 1, 0, 0)
	few, err := OptimalPairing(x, y, Pairing{MaxPoints: 50})
	if err != nil {
		t.Fatal(err)
	}
	more, err := OptimalPairing(x, y, Pairing{MaxPoints: 800})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := OptimalPairing(x, y, Pairing{MaxPoints: 50}); err != nil || again != few {
		t.Errorf("the same seed gives %v, then %v (%v)", few, again, err)
	}
	// Both would be 0 with all points there are; √(log N/N) falls by 2.6.
	if more > few/1.8 || more <= 0 {
		t.Errorf("of 50 points %v, of 800 %v: want it to fall by about 2.6", few, more)
	}
}

func TestOptimalPairingRefusesWhatCannotBePaired(t *testing.T) {
	x := points(t, 2, 1, 2, 3, 4)
	for _, row := range []struct {
		x, y    data.Points
		options Pairing
		want    string
	}{
		{x, data.Points{}, Pairing{}, "must hold points"},
		{x, points(t, 1, 1, 2), Pairing{}, "one dimension"},
		{points(t, 2, 1, float32(math.NaN())), x, Pairing{}, "first set"},
		{x, x, Pairing{MaxPoints: -1}, "at least 1 point of either set, got -1"},
	} {
		_, err := OptimalPairing(row.x, row.y, row.options)
		wantError(t, err, row.want)
	}
}

func BenchmarkOptimalPairing(b *testing.B) {
	x, y := gaussian(b, 2000, 1, 1, 0, 0), gaussian(b, 2000, 2, 1, 1, 0)
	for b.Loop() {
		if d, err := OptimalPairing(x, y, Pairing{MaxPoints: 2000}); err != nil || d < 0.9 {
			b.Fatal(d, err)
		}
	}
}
