package data

import (
	"slices"
	"strings"
	"testing"
)

// numbered returns a table of n points (i, −i) under the conditions (i/2, 7), rounded down.
func numbered(t *testing.T, n int) *ConditionalTable {
	var x, c []float32
	for i := range n {
		x, c = append(x, float32(i), -float32(i)), append(c, float32(i/2), 7+float32(i%2)*1e-3)
	}
	px, err := NewPoints(2, x)
	if err != nil {
		t.Fatal(err)
	}
	pc, err := NewPoints(2, c)
	if err != nil {
		t.Fatal(err)
	}
	table, err := FromPointsWithConditions("numbered", px, pc)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestRowsOfATableKeepTheirConditions(t *testing.T) {
	table := numbered(t, 100)
	x, c, err := table.SampleWithConditions(60, 5)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := table.Sample(60, 5)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(plain.Values(), x.Values()) {
		t.Error("the same seed draws other points without their conditions")
	}
	seen := map[float32]bool{}
	for i := range x.Len() {
		if int(c.Row(i)[0]) != int(x.Row(i)[0])/2 {
			t.Fatalf("the point %v came with the condition %v", x.Row(i), c.Row(i))
		}
		seen[x.Row(i)[0]] = true
	}
	if len(seen) != 60 {
		t.Errorf("60 rows drawn, %d of them different", len(seen))
	}
}

func TestTableAtAConditionAndNearIt(t *testing.T) {
	table := numbered(t, 20)
	at, err := table.Given([]float32{3, 7})
	if err != nil {
		t.Fatal(err)
	}
	if x := at.(Finite).Points(); !slices.Equal(x.Values(), []float32{6, -6}) {
		t.Errorf("at (3, 7) there are %v", x.Values())
	}
	if _, err := table.Given([]float32{3.5, 7}); err == nil || !strings.Contains(err.Error(), "Near") {
		t.Errorf("a condition that isn't there: %v", err)
	}
	near, err := table.Near([]float32{3, 7}, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Feature 1 of the conditions spreads little, so a step of it counts as much as many of feature 0.
	if x := near.Points(); x.Row(0)[0] != 6 || x.Row(1)[0] != 4 {
		t.Errorf("nearest are %v", x.Values())
	}
	for name, got := range map[string]error{
		"must have 2 features, got 1":  func() error { _, err := table.Given([]float32{3}); return err }(),
		"must have 2 features, got 3":  func() error { _, err := table.Near([]float32{3, 4, 5}, 1); return err }(),
		"between 1 and the table's 20": func() error { _, err := table.Near([]float32{3, 4}, 21); return err }(),
	} {
		if got == nil || !strings.Contains(got.Error(), name) {
			t.Errorf("got %v, want an error with %q", got, name)
		}
	}
}

func TestTablesWithOtherConditionsAreOther(t *testing.T) {
	a, b := numbered(t, 20), numbered(t, 20)
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("equal tables have different fingerprints")
	}
	b.Conditions().Row(3)[1] = 8
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("a changed condition leaves the fingerprint")
	}
	if _, err := FromPointsWithConditions("short", Point(1), Points{}); err == nil || !strings.Contains(err.Error(), "1 points and 0 conditions") {
		t.Errorf("without conditions: %v", err)
	}
}
