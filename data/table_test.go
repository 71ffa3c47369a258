package data

import (
	"slices"
	"testing"
)

// ladder returns n points (i, −i).
func ladder(t *testing.T, n int) Points {
	t.Helper()
	values := make([]float32, 0, 2*n)
	for i := range n {
		values = append(values, float32(i), -float32(i))
	}
	p, err := NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTableSampleDrawsEachRowAtMostOnce(t *testing.T) {
	table := FromPoints("ladder", ladder(t, 100))
	for _, n := range []int{0, 1, 40, 100} {
		p, err := table.Sample(n, 3)
		if err != nil {
			t.Fatal(err)
		}
		if p.Len() != n || p.Dim() != 2 {
			t.Fatalf("got %d points of dimension %d, want %d of 2", p.Len(), p.Dim(), n)
		}
		seen := map[float32]bool{}
		for i := range n {
			row := p.Row(i)
			if row[0] != -row[1] || seen[row[0]] {
				t.Fatalf("row %d, %v, is no row of the table or was drawn before", i, row)
			}
			seen[row[0]] = true
		}
	}
}

func TestTableSampleIsUniformOverRows(t *testing.T) {
	// Each of 5 rows is among 2 drawn with probability 2/5: over 5000 seeds 2000 times, with a
	// deviation of √(5000·0.4·0.6) = 35.
	table := FromPoints("ladder", ladder(t, 5))
	var counts [5]int
	for seed := range uint64(5000) {
		p, err := table.Sample(2, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Len() {
			counts[int(p.Row(i)[0])]++
		}
	}
	for i, c := range counts {
		if c < 2000-5*35 || c > 2000+5*35 {
			t.Errorf("row %d was drawn %d times, want about 2000", i, c)
		}
	}
}

func TestTableSampleIsMadeBySeedAlone(t *testing.T) {
	table := FromPoints("ladder", ladder(t, 8))
	a, _ := table.Sample(8, 1)
	b, _ := table.Sample(8, 1)
	c, _ := table.Sample(8, 2)
	if !slices.Equal(a.Values(), b.Values()) {
		t.Error("one seed gave two samples")
	}
	if slices.Equal(a.Values(), c.Values()) {
		t.Error("two seeds gave one sample")
	}
	if slices.Equal(a.Values(), table.Points().Values()) {
		t.Error("a sample of all points isn't shuffled")
	}
	// These rows were drawn once and must be the same on every machine.
	got := make([]float32, 8)
	for i := range got {
		got[i] = a.Row(i)[0]
	}
	if want := []float32{3, 0, 7, 6, 4, 5, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("seed 1 gave rows %v, want %v", got, want)
	}
}

func TestTableSampleRefusesMoreThanThereIs(t *testing.T) {
	table := FromPoints("ladder", ladder(t, 3))
	_, err := table.Sample(4, 0)
	wantError(t, err, `"ladder" must have between 0 and its 3 points, got 4`)
	_, err = table.Sample(-1, 0)
	wantError(t, err, "got -1")
	_, err = FromPoints("none", Points{}).Sample(1, 0)
	wantError(t, err, "0 points, got 1")
}

func TestTableFingerprintTellsContentsApart(t *testing.T) {
	points := func(dim int, values ...float32) Points {
		p, err := NewPoints(dim, values)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	base := FromPoints("a", points(2, 1, 2, 3, 4)).Fingerprint()
	if again := FromPoints("b", points(2, 1, 2, 3, 4)).Fingerprint(); again != base {
		t.Errorf("equal contents have fingerprints %s and %s", base, again)
	}
	for name, p := range map[string]Points{
		"another dimension": points(1, 1, 2, 3, 4),
		"another order":     points(2, 3, 4, 1, 2),
		"a point less":      points(2, 1, 2),
		"the last bit":      points(2, 1, 2, 3, 4.0000005),
		"none":              {},
	} {
		if FromPoints("a", p).Fingerprint() == base {
			t.Errorf("%s: the fingerprint is the same", name)
		}
	}
	// There are more values than fit one block of the hash, and the last one must count too.
	long := ladder(t, 10000)
	before := FromPoints("long", long).Fingerprint()
	long.Values()[len(long.Values())-1]++
	if FromPoints("long", long).Fingerprint() == before {
		t.Error("the last of many values isn't counted")
	}
}
