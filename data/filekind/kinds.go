// Package filekind recognises files by their first bytes: it decompresses what a reader is given,
// decodes UTF-16, and names a file of another kind together with what to do about it.
package filekind

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The first bytes by which each kind of file is recognised.
const (
	Gzip    = "\x1f\x8b"         // what gzip has compressed
	Zstd    = "\x28\xb5\x2f\xfd" // what zstd has compressed
	Bzip2   = "BZh"              // what bzip2 has compressed
	Zip     = "PK\x03\x04"       // a zip archive, such as an .npz file and an ensemble's
	NPY     = "\x93NUMPY"        // a NumPy .npy file
	Parquet = "PAR1"             // a Parquet file
	// Safetensors stands for a safetensors file, such as a trained flow's, which begins with the
	// length of its header instead.
	Safetensors = "safetensors"
)

// others are kinds of files that hold data but are not read here. Binary formats that Python reads
// have a line of it that makes an .npz file.
var others = []struct{ start, name, remedy string }{
	{Parquet, "a Parquet file", "read it with parquet.Read, of the package data/parquet"},
	{Zip, "a zip archive", "read an .npz file with data.ReadNPZ, and unzip any other first"},
	{"PK\x05\x06", "an empty zip archive", "there is nothing to read"},
	{NPY, "a NumPy .npy file", "read it with data.ReadNPY"},
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

// firstBytes is how many bytes Check looks at, at most.
const firstBytes = 64

// OfFile returns an error as Check does for the first bytes of the file at path, or nil if they
// can't be read.
func OfFile(path, wanted string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	first := make([]byte, firstBytes)
	n, _ := io.ReadFull(f, first)
	return Check(first[:n], wanted)
}

// Check returns an error that names the kind of a file by its first bytes and says what to do, or
// nil if it isn't known or is the one that is wanted: "" for text, or the bytes by which a kind is
// recognised.
func Check(first []byte, wanted string) error {
	if err := ofOurs(first, wanted); err != nil {
		return err
	}
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
	case wanted != "" && isText(first):
		return errors.New("it is text: read a CSV file with data.ReadCSV")
	}
	return nil
}

// ofOurs returns the error of Check for a file that this module or Python's libraries write, and
// whose first bytes are not always the same.
func ofOurs(first []byte, wanted string) error {
	const nameAt = 30 // of the first file in a zip archive
	switch {
	case wanted != Zip && bytes.HasPrefix(first, []byte(Zip)) && len(first) > nameAt:
		name := first[nameAt:]
		name = name[:min(len(name), int(binary.LittleEndian.Uint16(first[26:])))]
		switch {
		case string(name) == "ensemble.json":
			return errors.New("it is an ensemble: read it with f4f.LoadEnsemble")
		case bytes.HasSuffix(name, []byte(".npy")):
			return errors.New("it is a NumPy .npz file: read it with data.ReadNPZ")
		}
	case wanted != Safetensors && len(first) > 9 && string(first[8:10]) == `{"` && binary.LittleEndian.Uint64(first) < 1<<32:
		return errors.New("it is a safetensors file: read a trained flow with f4f.LoadDensity or f4f.LoadTransport")
	}
	return nil
}

// isText reports whether a file begins as text does.
func isText(first []byte) bool {
	if n := len(first); n == firstBytes { // a character may be cut
		for !utf8.RuneStart(first[n-1]) && n > firstBytes-utf8.UTFMax {
			n--
		}
		first = first[:n-1]
	}
	return len(first) > 0 && utf8.Valid(first) && !strings.ContainsFunc(string(first), func(r rune) bool {
		return unicode.IsControl(r) && !unicode.IsSpace(r)
	})
}
