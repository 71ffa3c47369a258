package dataset

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// normalRows is n training points of dim normal features.
func normalRows(t testing.TB, n, dim int) Data {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, n*dim)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	p, err := data.NewPoints(dim, values)
	if err != nil {
		t.Fatal(err)
	}
	return Data{Train: p, Dim: dim}
}

// seenAs returns rows as a flow without maps of columns sees them.
func seenAs(t testing.TB, rows Data) Seen {
	t.Helper()
	seen, err := rows.Through(nil, nil, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// A million real numbers in float32 have equal ones among them by chance, which must not be told as
// copies.
func TestRealNumbersGiveNoNotesHoweverMany(t *testing.T) {
	for _, dim := range []int{1, 2} {
		rows := normalRows(t, 1_000_000, dim)
		spread, err := data.FitScaler(rows.Train)
		if err != nil {
			t.Fatal(err)
		}
		if notes := seenAs(t, rows).DegenerateNotes("normal", spread, nil, 4); notes != nil {
			t.Errorf("%d features: %q", dim, notes)
		}
	}
}

// Numbers of a CSV file repeat by chance too, since they are printed with six digits. Copies of
// points are told all the same.
func TestNumbersPrintedWithSixDigitsGiveNoNotes(t *testing.T) {
	for _, dim := range []int{1, 2} {
		for _, n := range []int{10_000, 300_000} {
			drawn := normalRows(t, n, dim)
			values := drawn.Train.Values()
			for i, v := range values {
				printed, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', 6, 32), 32)
				if err != nil {
					t.Fatal(err)
				}
				values[i] = float32(printed)
			}
			p, err := data.NewPoints(dim, values)
			if err != nil {
				t.Fatal(err)
			}
			spread, err := data.FitScaler(p)
			if err != nil {
				t.Fatal(err)
			}
			if notes := seenAs(t, Data{Train: p, Dim: dim}).DegenerateNotes("normal", spread, nil, 4); notes != nil {
				t.Errorf("%d rows of %d features: %q", n, dim, notes)
			}
			copies, err := data.NewPoints(dim, slices.Concat(normalRows(t, n, dim).Train.Values(), normalRows(t, n, dim).Train.Values()))
			if err != nil {
				t.Fatal(err)
			}
			if notes := seenAs(t, Data{Train: copies, Dim: dim}).DegenerateNotes("normal", spread, nil, 4); len(notes) != 1 {
				t.Errorf("copies of %d rows of %d features: %q", n, dim, notes)
			}
		}
	}
}

func TestEqualPointsHaveEqualHashesAndOthersOther(t *testing.T) {
	p, err := data.NewPoints(2, []float32{1, 2, 2, 1, 1, 2, 0, 1, float32(math.Copysign(0, -1)), 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	hashes := Data{Train: p, Dim: 2}.rowHashes()
	if hashes[0] != hashes[2] || hashes[3] != hashes[4] {
		t.Errorf("equal points have the hashes %x", hashes)
	}
	if rows := firstOfEach(hashes); !slices.Equal(rows, []int{0, 1, 3, 5}) {
		t.Errorf("rows %v have no equal before, want 0, 1, 3 and 5", rows)
	}
	// Conditions don't count: copies of a point under several conditions are copies.
	if hashes := (Data{Train: p, Dim: 1, Condition: 1}).rowHashes(); hashes[0] != hashes[2] || hashes[0] != hashes[5] || hashes[0] == hashes[1] {
		t.Errorf("points without their conditions have the hashes %x", hashes)
	}
}

// What a fit's look at its data costs: a million points of D features.
func BenchmarkDegenerateNotes(b *testing.B) {
	for name, dim := range map[string]int{"dim=2": 2, "dim=10": 10} {
		b.Run(name, func(b *testing.B) {
			rows := normalRows(b, 1_000_000, dim)
			for b.Loop() {
				spread, err := data.FitScaler(rows.Train)
				if err != nil || seenAs(b, rows).DegenerateNotes("normal", spread, nil, 4) != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
