package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// A code such as -999 means a missing value where the user says so, however the file writes it.
func TestReadCSVDropsTheValuesThatMeanMissing(t *testing.T) {
	codes := CSV{Missing: DropMissing, MissingValues: []string{"-999", "1e20", "?"}}
	for name, text := range map[string]string{
		"plain rows":  "a,b\n1,2\n-999,3\n4,-999.0\n1e20,5\n6,7\n",
		"quoted rows": "a,b\n1,2\n\"-999\",3\n4,?\n100000000000000000000,5\n6,7\n",
	} {
		p, err := ReadCSVFrom(strings.NewReader(text), codes)
		if err != nil || !slices.Equal(p.Values(), []float32{1, 2, 6, 7}) {
			t.Errorf("%s: it reads %v, %v", name, p.Values(), err)
			continue
		}
		if notes := strings.Join(p.Notes(), " "); !strings.Contains(notes, "3 of 5 rows") || !strings.Contains(notes, `"b"`) {
			t.Errorf("%s: the notes are %q", name, notes)
		}
		refused := codes
		refused.Missing = RefuseMissing
		if _, err := ReadCSVFrom(strings.NewReader(text), refused); err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	x, c, err := readCSV(strings.NewReader("a,kind\n1,ee\n2,-999\n3,mm\n"), 0, CSV{Conditions: []string{"kind"}, Missing: DropMissing, MissingValues: []string{"-999"}})
	if err != nil || x.Len() != 2 || c.Dim() != 2 {
		t.Errorf("of a column of text it reads %v and %v, %v", x.Values(), c.Values(), err)
	}
	listed := CSV{Classes: map[string][]string{"kind": {"-999", "1"}}, Missing: DropMissing, MissingValues: []string{"-999"}}
	if p, err := ReadCSVFrom(strings.NewReader("a,kind\n1,1\n2,-999\n"), listed); err != nil || p.Len() != 2 {
		t.Errorf("a class that is listed is missing: %v, %v", p.Values(), err)
	}
}

func TestDropMissingKeepsTheOtherRowsAndSaysSo(t *testing.T) {
	p, err := NewPoints(2, []float32{1, 2, -999, 3, 4, float32(math.NaN()), 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.WithWeights([]float64{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	kept, err := p.DropMissing(-999)
	if err != nil || !slices.Equal(kept.Values(), []float32{1, 2, 5, 6}) || !slices.Equal(kept.Weights(), []float64{1, 4}) {
		t.Fatalf("it keeps %v with the weights %v, %v", kept.Values(), kept.Weights(), err)
	}
	if notes := kept.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "2 of 4") {
		t.Errorf("the notes are %q", notes)
	}
	if same, err := kept.DropMissing(); err != nil || same.Len() != 2 || len(same.Notes()) != 1 {
		t.Errorf("of points that miss nothing it keeps %v, %v", same, err)
	}
	if none, err := Point(-999).DropMissing(-999); err == nil {
		t.Errorf("no rows are %v", none)
	}
}
