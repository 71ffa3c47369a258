package data

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The lines of Python in ReadNPZ's documentation make .npz files of other formats. Each is tried
// where its packages are installed, on a file that Python makes first.
func TestLinesOfPythonInTheDocumentationMakeArrays(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Python a dozen times")
	}
	page, err := os.ReadFile("npz.go")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(page), "\n") {
		if code, found := strings.CutPrefix(line, "//\tpython3 -c '"); found {
			lines = append(lines, strings.TrimSuffix(code, "'"))
		}
	}
	for _, test := range []struct{ needs, makes string }{
		{"uproot", `f = uproot.recreate("x.root"); f["events"] = {"pt": numpy.array([1.5, 2.5]), "eta": numpy.array([3, 4], "f4")}; f.close()`},
		{"h5py", `f = h5py.File("x.h5", "w"); f["x"] = numpy.array([[1.5, 3], [2.5, 4]]); f.close()`},
		{"astropy", `from astropy.io import fits; fits.BinTableHDU.from_columns([fits.Column("pt", "D", array=[1.5, 2.5]), fits.Column("eta", "E", array=[3, 4])]).writeto("x.fits")`},
	} {
		t.Run(test.needs, func(t *testing.T) {
			at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, test.needs) })
			if at < 0 {
				t.Fatalf("no line has %s", test.needs)
			}
			folder := t.TempDir()
			python := func(code string) error {
				cmd := exec.CommandContext(t.Context(), "python3", "-c", code)
				cmd.Dir = folder
				output, err := cmd.CombinedOutput()
				if err != nil {
					t.Logf("%s: %s", code, output)
				}
				return err
			}
			if err := python("import numpy, " + test.needs); err != nil {
				t.Skipf("Python with numpy and %s: %v", test.needs, err)
			}
			if err := python("import numpy, " + test.needs + "; " + test.makes); err != nil {
				t.Fatal(err)
			}
			if err := python(lines[at]); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "x.npz")
			p, err := ReadNPZ(path)
			if err != nil {
				p, err = ReadNPZ(path, "pt", "eta")
			}
			if err != nil || !slices.Equal(p.Values(), []float32{1.5, 3, 2.5, 4}) {
				t.Errorf("got %v, %v", p.Values(), err)
			}
		})
	}
}
