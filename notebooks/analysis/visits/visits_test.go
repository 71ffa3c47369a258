package visits

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// A column of the file is read by its name, and only rows of the wanted part.
func TestRowsArePartedByTheirFlag(t *testing.T) {
	const rows = 10
	columns := map[string]data.Points{}
	for k, name := range append([]string{"mdvis", poisson, negativeBinomial, "held"}, features...) {
		values := make([]float32, rows)
		for i := range values {
			if values[i] = float32(100*k + i); name == "held" {
				values[i] = float32(i % 2)
			}
		}
		x, err := data.NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		columns[name] = x
	}
	file := filepath.Join(t.TempDir(), "visits.npz")
	if err := data.WriteNPZ(file, columns); err != nil {
		t.Fatal(err)
	}
	held, err := read(file, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(held.Visits.Values(), []float32{1, 3, 5, 7, 9}) || !slices.Equal(held.Poisson, []float64{101, 103, 105, 107, 109}) || held.NegativeBinomial[4] != 209 {
		t.Errorf("the rows held out have %v visits, %v and %v", held.Visits.Values(), held.Poisson, held.NegativeBinomial)
	}
	if first := held.Features.Row(0); len(first) != len(features) || first[0] != 401 || first[8] != 1201 {
		t.Errorf("the features of the first row are %v", first)
	}
	if _, err := read(filepath.Join(t.TempDir(), "none.npz"), 1); err == nil {
		t.Error("a file that isn't there was read")
	}
}
