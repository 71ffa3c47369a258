// Package filekind recognises files by their first bytes: it decompresses what a reader is given,
// decodes UTF-16, and names a file of another kind together with what to do about it.
package filekind

import (
	"bytes"
	"errors"
	"fmt"
)

// Each kind is recognised by its first bytes.
const (
	Gzip    = "\x1f\x8b"
	Zstd    = "\x28\xb5\x2f\xfd"
	Bzip2   = "BZh"
	Zip     = "PK\x03\x04"
	NPY     = "\x93NUMPY"
	Parquet = "PAR1"
)

// others are kinds of files that hold data but are not read here. Binary formats that Python reads
// have a line of it that makes an .npz file.
var others = []struct{ start, name, remedy string }{
	{Parquet, "a Parquet file", "read it with the package data/parquet"},
	{Zip, "a zip archive", "read an .npz file with ReadNPZ, and unzip any other first"},
	{"PK\x05\x06", "an empty zip archive", "there is nothing to read"},
	{NPY, "a NumPy .npy file", "read it with ReadNPY"},
	{"\x89HDF\r\n\x1a\n", "an HDF5 file", `make an .npz file of it: python3 -c 'import h5py, numpy; numpy.savez("x.npz", x=h5py.File("x.h5")["NAME"][:])'`},
	{"root\x00", "a ROOT file", `make an .npz file of it: python3 -c 'import uproot, numpy; numpy.savez("x.npz", **uproot.open("x.root")["TREE"].arrays(library="np"))'`},
	{"SIMPLE  =", "a FITS file", `make an .npz file of it: python3 -c 'import numpy; from astropy.io import fits; numpy.savez("x.npz", x=fits.getdata("x.fits"))'`},
	{"\xfd7zXZ\x00", "compressed by xz", "decompress it first (unxz), or use gzip or zstd"},
	{"%PDF-", "a PDF document", "a table in it must be taken out first"},
	{"ARROW1", "an Arrow or Feather file", `make a Parquet file of it: python3 -c 'import pandas; pandas.read_feather("x.feather").to_parquet("x.parquet")'`},
	{"SQLite format 3\x00", "an SQLite database", `make a CSV file of it: sqlite3 -csv -header x.db "SELECT * FROM t" > x.csv`},
	{"\xd0\xcf\x11\xe0", "an old Excel file", "save it as CSV first"},
	{"\x80\x02", "a Python pickle", "save its arrays with numpy.savez"},
	{"\x80\x03", "a Python pickle", "save its arrays with numpy.savez"},
	{"\x80\x04", "a Python pickle", "save its arrays with numpy.savez"},
	{"\x80\x05", "a Python pickle", "save its arrays with numpy.savez"},
}

// Check returns an error that names the kind of a file by its first bytes and says what to do, or
// nil if it isn't known or is the one that is wanted.
func Check(first []byte, wanted string) error {
	for _, kind := range others {
		if kind.start != wanted && bytes.HasPrefix(first, []byte(kind.start)) {
			return fmt.Errorf("it is %s: %s", kind.name, kind.remedy)
		}
	}
	text := bytes.ToLower(bytes.TrimLeft(first[:min(len(first), 64)], " \t\r\n\ufeff"))
	switch {
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<?xml")):
		return errors.New("it is a web page or XML: was it saved in place of the file itself?")
	case bytes.HasPrefix(text, []byte(`{"`)), bytes.HasPrefix(text, []byte(`[{`)):
		return errors.New(`it is JSON: make a CSV file of it: python3 -c 'import pandas; pandas.read_json("x.json").to_csv("x.csv", index=False)'`)
	}
	return nil
}
