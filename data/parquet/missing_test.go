package parquet

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func TestReadDropsTheValuesThatMeanMissing(t *testing.T) {
	p, err := data.NewPoints(2, []float32{1, 2, -999, 3, 4, 1e20, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.parquet")
	if err := Write(path, p); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path, Options{Missing: data.DropMissing, MissingValues: []string{"-999", "1e20"}})
	if err != nil || !slices.Equal(got.Values(), []float32{1, 2, 5, 6}) || len(got.Notes()) != 1 {
		t.Errorf("it reads %v with the notes %q, %v", got.Values(), got.Notes(), err)
	}
	if _, err := Read(path, Options{MissingValues: []string{"-999"}}); err == nil {
		t.Error("a value that means a missing one is read")
	}
}
