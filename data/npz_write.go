package data

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/data/internal/npy"
)

// WriteNPZ writes tables to a NumPy .npz file, each as an array [N, D] of float32 with its name in
// arrays. The weights of a table, if it has any, are an array [N] of float64 named NAME_weight. It
// returns an error if there is no table, if one holds no point, or if two arrays have one name. The
// file appears whole or not at all, as that of WriteNPY does.
func WriteNPZ(path string, arrays map[string]Points) error {
	if len(arrays) == 0 {
		return fmt.Errorf("data: %s: there must be an array to write, got none", path)
	}
	content, err := npzFile(arrays)
	if err == nil {
		err = atomicfile.Write(path, content)
	}
	if err != nil {
		return fmt.Errorf("data: %s: %w", path, err)
	}
	return nil
}

// npzFile returns the content of an .npz file.
func npzFile(arrays map[string]Points) ([]byte, error) {
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	write := func(name string, content []byte) error {
		// Not compressed, as numpy.savez does: random numbers hardly get smaller.
		entry, err := w.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = entry.Write(content)
		}
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		p, ofWeights := arrays[name], name+"_weight"
		if p.Len() == 0 {
			return nil, fmt.Errorf("array %q: there must be at least one point to write, got none", name)
		}
		if err := write(name, npyFile(p)); err != nil {
			return nil, err
		}
		if p.weights == nil {
			continue
		}
		if _, taken := arrays[ofWeights]; taken {
			return nil, fmt.Errorf("array %q holds the weights of %q, so no table may have its name", ofWeights, name)
		}
		if err := write(ofWeights, npy.File64(p.weights)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return file.Bytes(), err
}
