package safetensors

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

func TestTextsAreReadWithoutTensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.safetensors")
	weights := map[string]*tensors.Tensor{"/a": tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4, 5, 6}, 2, 3), "/b": tensors.FromFlatDataAndDimensions([]float64{7}, 1)}
	if err := Write(path, weights, map[string]string{"plan": "x → y"}); err != nil {
		t.Fatal(err)
	}
	_, want, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadTexts(path)
	if err != nil || !maps.Equal(got, want) || got["plan"] != "x → y" {
		t.Errorf("texts are %v (%v), want %v", got, err, want)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTexts(path); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("a file torn after %d of %d bytes gives %v", n, len(whole), err)
		}
	}
	if _, err := ReadTexts(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}
