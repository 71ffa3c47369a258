package data

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/data/internal/npy"
)

// NPZ says which arrays of a NumPy .npz file ReadNPZWithConditions reads. An array [N] becomes a
// column with the array's name. Arrays [N, D] and structured arrays are read as by ReadNPY. The
// columns of several arrays are put side by side; all must have the same number of rows.
// "array.field" names a field of a structured array.
type NPZ struct {
	// Arrays are the arrays of the features, in this order. Empty means the only array that isn't
	// named in another field; if there are several, reading returns an error.
	Arrays []string
	// Conditions are the arrays of the conditions, for ReadNPZWithConditions.
	Conditions []string
	// Weight is the array [N] of the weights of the points; see Points.WithWeights. Empty means no
	// weights.
	Weight string
}

// ReadNPZ reads points from a NumPy .npz file, as numpy.savez and numpy.savez_compressed write it.
// arrays are the names of those to read, as in NPZ.Arrays. Without any, the file must hold a single
// array. For weights use ReadNPZWithConditions, which needs no conditions. If a number such as -999
// means a missing value, leave its rows out with Points.DropMissing.
//
// It returns an error that lists the arrays if one doesn't exist, or if none is named and the file
// holds several. It also returns the errors of ReadNPY, with the array's name. A line of Python
// converts ROOT, HDF5 or FITS to .npz, with uproot, h5py or astropy:
//
//	python3 -c 'import uproot, numpy; numpy.savez("x.npz", **uproot.open("x.root")["events"].arrays(library="np"))'
//	python3 -c 'import h5py, numpy; numpy.savez("x.npz", x=h5py.File("x.h5")["x"][:])'
//	python3 -c 'import numpy; from astropy.io import fits; numpy.savez("x.npz", x=fits.getdata("x.fits"))'
func ReadNPZ(path string, arrays ...string) (Points, error) {
	x, _, err := readNPZFile(path, NPZ{Arrays: arrays})
	return x, err
}

// ReadNPZWithConditions reads points x [N, D] and the condition of each, c [N, C], from the arrays
// of one file. Both have the weights, if options.Weight is set. If options.Conditions is empty, c
// is empty. It returns the same errors as ReadNPZ.
func ReadNPZWithConditions(path string, options NPZ) (x, c Points, err error) {
	return readNPZFile(path, options)
}

func readNPZFile(path string, options NPZ) (x, c Points, err error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		x, c, err = readNPZ(f, info.Size(), options)
	}
	if err != nil {
		return Points{}, Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return x, c, nil
}

// archive is an .npz file while it is read.
type archive struct {
	size  int64
	files map[string]*zip.File // by the names of the arrays
}

// readNPZ reads arrays from a zip archive of that size. Its errors don't name the file.
func readNPZ(r io.ReaderAt, size int64, options NPZ) (x, c Points, err error) {
	first := make([]byte, 64)
	n, _ := r.ReadAt(first, 0) // zip returns the error of reading
	if err := filekind.Check(first[:n], filekind.Zip); err != nil {
		return x, c, err
	}
	entries, err := zip.NewReader(r, size)
	if err != nil {
		return x, c, fmt.Errorf("it isn't an .npz file, or it is damaged: %w", err)
	}
	a := archive{size: size, files: map[string]*zip.File{}}
	for _, f := range entries.File {
		if name, isArray := strings.CutSuffix(f.Name, ".npy"); isArray {
			a.files[name] = f
		}
	}
	if len(a.files) == 0 {
		return x, c, errors.New("it holds no arrays: an .npz file has a file NAME.npy for each")
	}
	if len(options.Arrays) == 0 {
		left := slices.DeleteFunc(a.names(), func(name string) bool { return name == options.Weight || slices.Contains(options.Conditions, name) })
		if len(left) != 1 {
			return x, c, fmt.Errorf("it holds %d arrays for the points, so their names must be given: there are %s", len(left), quotedList(a.names()))
		}
		options.Arrays = left
	}
	if x, err = a.read(options.Arrays); err != nil {
		return Points{}, Points{}, err
	}
	if len(options.Conditions) > 0 {
		if c, err = a.read(options.Conditions); err != nil {
			return Points{}, Points{}, err
		}
		if c.Len() != x.Len() {
			return Points{}, Points{}, fmt.Errorf("there must be a condition for each of %d points, got %d", x.Len(), c.Len())
		}
	}
	if options.Weight != "" {
		x, c, err = a.weighted(options.Weight, x, c)
	}
	return x, c, err
}

// names returns the names of the arrays, sorted.
func (a archive) names() []string { return slices.Sorted(maps.Keys(a.files)) }

// find returns the file of an array and the field of it that name names, if any.
func (a archive) find(name string) (file *zip.File, fields []string, err error) {
	file = a.files[name]
	if dot := strings.LastIndexByte(name, '.'); file == nil && dot >= 0 {
		file, fields = a.files[name[:dot]], []string{name[dot+1:]}
	}
	if file == nil {
		return nil, nil, fmt.Errorf("there is no array %q; there are %s", name, quotedList(a.names()))
	}
	return file, fields, nil
}

// read reads arrays side by side.
func (a archive) read(names []string) (all Points, err error) {
	for k, name := range names {
		file, fields, err := a.find(name)
		if err != nil {
			return Points{}, err
		}
		p, err := a.points(file, fields)
		if err != nil {
			return Points{}, fmt.Errorf("array %q: %w", name, err)
		}
		switch {
		case k == 0:
			all = p
		case p.Len() != all.Len():
			return Points{}, fmt.Errorf("arrays side by side must have as many rows, got %d of %q and %d of %q", all.Len(), names[0], p.Len(), name)
		default:
			if all, err = all.HStack(p); err != nil {
				return Points{}, err
			}
		}
	}
	return all, nil
}

// points reads one array. A single column takes the array's name.
func (a archive) points(f *zip.File, fields []string) (p Points, err error) {
	err = a.open(f, func(r *bufio.Reader) error {
		result, err := npy.Read(r, fields)
		if err != nil {
			return err
		}
		if result.Dim == 1 && result.Names == nil {
			result.Names = []string{strings.TrimSuffix(f.Name, ".npy")}
		}
		p, _, err = fromResult(result)
		return err
	})
	return p, err
}

// weighted returns the points and their conditions with the weights of an array.
func (a archive) weighted(name string, x, c Points) (Points, Points, error) {
	f := a.files[name]
	if f == nil {
		return Points{}, Points{}, fmt.Errorf("there is no array %q of weights; there are %s", name, quotedList(a.names()))
	}
	err := a.open(f, func(r *bufio.Reader) error {
		weights, err := npy.Exact(r)
		if err == nil {
			x, err = x.WithWeights(weights)
		}
		return err
	})
	if err != nil {
		return Points{}, Points{}, fmt.Errorf("array %q: %w", name, err)
	}
	if c.Len() > 0 {
		c.weights = x.weights
	}
	return x, c, nil
}

// open calls read with the content of an array's file.
func (a archive) open(f *zip.File, read func(r *bufio.Reader) error) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	compressed := func() int64 { return int64(min(f.CompressedSize64, uint64(a.size))) } // the former is a claim
	content, err := filekind.Open(filekind.Bounded(r, "zip", compressed), npy.Magic)
	if err != nil {
		return err
	}
	return read(content)
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
