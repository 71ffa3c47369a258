package data

import (
	"slices"
	"testing"
)

func TestVStackPutsPointsBelowOthers(t *testing.T) {
	p, err := NewPoints(2, []float32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	q, err := Point(5, 6).WithColumnNames("a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if q, err = q.WithWeights([]float64{3}); err != nil {
		t.Fatal(err)
	}
	both, err := p.VStack(q.WithNotes("read"))
	if err != nil || !slices.Equal(both.Values(), []float32{1, 2, 3, 4, 5, 6}) || !slices.Equal(both.Weights(), []float64{1, 1, 3}) ||
		!slices.Equal(both.ColumnNames(), []string{"a", "b"}) || !slices.Equal(both.Notes(), []string{"read"}) {
		t.Errorf("together they are %v with the weights %v and the names %v, %v", both.Values(), both.Weights(), both.ColumnNames(), err)
	}
	if plain, err := p.VStack(p); err != nil || plain.Weights() != nil || plain.ColumnNames() != nil || plain.Len() != 4 {
		t.Errorf("without weights and names they are %v, %v", plain, err)
	}
	other, err := Point(5, 6).WithColumnNames("b", "a")
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]Points{"other features": {p, Point(1)}, "none": {p, {}}, "other names": {q, other}} {
		if got, err := pair[0].VStack(pair[1]); err == nil {
			t.Errorf("%s: they are %v", name, got)
		}
	}
}
