package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/data/internal/filekind"
	"github.com/flowsforflows/flows/data/internal/npy"
)

// ReadNPZ reads points from a NumPy .npz file, as numpy.savez and numpy.savez_compressed write it.
// arrays are the names of the arrays to read; several stand side by side and must have as many
// rows. An array [N] is a feature with the array's name; arrays [N, D] and structured ones are read
// as ReadNPY reads them. "array.field" is a field of a structured array. Without a name the file
// must hold a single array.
//
// It returns an error that lists the arrays if one isn't there or none is chosen, and those of
// ReadNPY, with the array's name. Files that hold other formats become .npz files by a line of
// Python, with uproot, h5py or astropy:
//
//	python3 -c 'import uproot, numpy; numpy.savez("x.npz", **uproot.open("x.root")["events"].arrays(library="np"))'
//	python3 -c 'import h5py, numpy; numpy.savez("x.npz", x=h5py.File("x.h5")["x"][:])'
//	python3 -c 'import numpy; from astropy.io import fits; numpy.savez("x.npz", x=fits.getdata("x.fits"))'
func ReadNPZ(path string, arrays ...string) (Points, error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Points{}, fmt.Errorf("data: %w", err)
	}
	p, err := readNPZ(f, info.Size(), arrays)
	if err != nil {
		return Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return p, nil
}

// readNPZ reads arrays from a zip archive of that size. Its errors don't name the file.
func readNPZ(r io.ReaderAt, size int64, names []string) (Points, error) {
	first := make([]byte, 64)
	n, _ := r.ReadAt(first, 0) // zip returns the error of reading
	if err := filekind.Check(first[:n], filekind.Zip); err != nil {
		return Points{}, err
	}
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return Points{}, fmt.Errorf("it isn't an .npz file, or it is damaged: %w", err)
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		if name, isArray := strings.CutSuffix(f.Name, ".npy"); isArray {
			files[name] = f
		}
	}
	there := slices.Sorted(maps.Keys(files))
	switch {
	case len(there) == 0:
		return Points{}, errors.New("it holds no arrays: an .npz file has a file NAME.npy for each")
	case len(names) == 0 && len(there) > 1:
		return Points{}, fmt.Errorf("it holds %d arrays, so ReadNPZ must be told which to read: %s", len(there), quotedList(there))
	case len(names) == 0:
		names = there
	}
	var all Points
	for k, name := range names {
		file, field := files[name], []string(nil)
		if dot := strings.LastIndexByte(name, '.'); file == nil && dot >= 0 {
			file, field = files[name[:dot]], []string{name[dot+1:]}
		}
		if file == nil {
			return Points{}, fmt.Errorf("there is no array %q; there are %s", name, quotedList(there))
		}
		p, err := readEntry(file, size, field)
		if err != nil {
			return Points{}, fmt.Errorf("array %q: %w", name, err)
		}
		if k == 0 {
			all = p
			continue
		}
		if p.Len() != all.Len() {
			return Points{}, fmt.Errorf("arrays side by side must have as many rows, got %d of %q and %d of %q", all.Len(), names[0], p.Len(), name)
		}
		if all, err = all.HStack(p); err != nil {
			return Points{}, err
		}
	}
	return all, nil
}

// readEntry reads one array of an archive of that size. A single column takes the array's name.
func readEntry(f *zip.File, size int64, fields []string) (Points, error) {
	r, err := f.Open()
	if err != nil {
		return Points{}, err
	}
	defer r.Close()
	compressed := func() int64 { return int64(min(f.CompressedSize64, uint64(size))) } // the former is a claim
	content, err := filekind.Open(filekind.Bounded(r, "zip", compressed), npy.Magic)
	if err != nil {
		return Points{}, err
	}
	result, err := npy.Read(content, fields)
	if err != nil {
		return Points{}, err
	}
	if result.Dim == 1 && result.Names == nil {
		result.Names = []string{strings.TrimSuffix(f.Name, ".npy")}
	}
	p, _, err := fromResult(result)
	return p, err
}

// quotedList lists names for a message, the first 20 of them.
func quotedList(names []string) string {
	const most = 20
	text := fmt.Sprintf("%q", names[:min(len(names), most)])
	if text = strings.Trim(text, "[]"); len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.ReplaceAll(text, `" "`, `", "`)
}

// WriteNPZ writes tables to a NumPy .npz file, each as an array [N, D] of float32 with that name.
// It returns an error if there is no table, or one holds no point. The file appears whole or not at
// all, as that of WriteNPY does.
func WriteNPZ(path string, arrays map[string]Points) error {
	if len(arrays) == 0 {
		return fmt.Errorf("data: %s: there must be an array to write, got none", path)
	}
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		p := arrays[name]
		if p.Len() == 0 {
			return fmt.Errorf("data: %s: array %q: there must be at least one point to write, got none", path, name)
		}
		// Not compressed, as numpy.savez does: random numbers hardly get smaller.
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = entry.Write(npyFile(p))
		}
		if err != nil {
			return fmt.Errorf("data: %s: array %q: %w", path, name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("data: %s: %w", path, err)
	}
	if err := atomicfile.Write(path, file.Bytes()); err != nil {
		return fmt.Errorf("data: %s: %w", path, err)
	}
	return nil
}
