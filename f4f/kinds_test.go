package f4f_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/parquet"
	"github.com/flowsforflows/flows/f4f"
)

// A file given to the reader of another kind is named by its first bytes, with what reads it.
func TestEveryReaderNamesAFileOfAnotherKind(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	p := must[data.Points](t)(data.NewPoints(2, []float32{1.5, 2.5, 3.5, 4.5}))
	d := fitted(t, small(t, data.FromPoints("table", rows(t, 200, around(0, 1), around(0, 1)))).Epochs(1))
	e := must[*f4f.DensityEnsemble](t)(f4f.Ensemble(small(t, data.FromPoints("table", rows(t, 200, around(0, 1), around(0, 1)))).Epochs(1), 2).Fit(t.Context()))
	for _, err := range []error{
		data.WriteCSV(at("csv"), p), data.WriteNPY(at("npy"), p), data.WriteNPZ(at("npz"), map[string]data.Points{"x": p}),
		parquet.Write(at("parquet"), p), d.Save(at("flow")), e.Save(at("ensemble")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	readers := map[string]func(path string) error{
		"csv":     func(path string) error { _, err := data.ReadCSV(path, data.CSV{}); return err },
		"npy":     func(path string) error { _, err := data.ReadNPY(path); return err },
		"npz":     func(path string) error { _, err := data.ReadNPZ(path); return err },
		"parquet": func(path string) error { _, err := parquet.Read(path, parquet.Options{}); return err },
		"flow":    func(path string) error { _, err := f4f.LoadDensity(t.Context(), path); return err },
		"ensemble": func(path string) error {
			_, err := f4f.LoadEnsemble[*f4f.DensityEnsemble](t.Context(), path)
			return err
		},
	}
	names := map[string]string{
		"csv": "data.ReadCSV", "npy": "data.ReadNPY", "npz": "data.ReadNPZ", "parquet": "parquet.Read",
		"flow": "LoadDensity", "ensemble": "LoadEnsemble",
	}
	for reader, read := range readers {
		for kind, name := range names {
			err := read(at(kind))
			switch {
			case kind == reader && err != nil:
				t.Errorf("the reader of a %s doesn't read it: %v", reader, err)
			case kind == reader, reader == "npz" && kind == "ensemble", reader == "ensemble" && kind == "npz": // both are zip archives
			case err == nil || !strings.Contains(err.Error(), name):
				t.Errorf("the reader of a %s given a %s says %v, not %s", reader, kind, err, name)
			}
		}
	}
	if err := d.Save(filepath.Join(folder, "none", "flow.safetensors")); err == nil || !strings.Contains(err.Error(), filepath.Join("none", "flow.safetensors")) || strings.Contains(err.Error(), ".flow.") {
		t.Errorf("a folder that is missing gives %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "none")); err == nil {
		t.Error("the folder was made")
	}
}
