package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/data/internal/npy"
)

// npyRows are the points that testdata/make_npy.py writes.
var npyRows = []float32{0.5, -1.25, 2, 3, 1e-3, 65504}

func TestReadNPYReadsWhatNumPyWrites(t *testing.T) {
	for _, test := range []struct {
		file string
		dim  int
		want []float32
	}{
		{"littlef4_c", 2, npyRows},
		{"littlef4_fortran", 2, npyRows},
		{"littlef8_c", 2, npyRows},
		{"littlef8_fortran", 2, npyRows},
		{"bigf4_c", 2, npyRows},
		{"bigf4_fortran", 2, npyRows},
		{"bigf8_c", 2, npyRows},
		{"bigf8_fortran", 2, npyRows},
		{"version2", 2, npyRows},
		{"version3", 2, npyRows},
		{"vector", 1, []float32{0.5, 2, 1e-3}},
		{"int64", 2, []float32{0, -1, 2, 3, 0, 65504}},
		{"float16", 2, []float32{0.5, -1.25, 2, 3, 0.0010004044, 65504}},
		{"structure", 2, []float32{0, 0, 0, 0}},
	} {
		t.Run(test.file, func(t *testing.T) {
			p, err := ReadNPY(filepath.Join("testdata", test.file+".npy"))
			if err != nil {
				t.Fatal(err)
			}
			if p.Dim() != test.dim || !slices.Equal(p.Values(), test.want) {
				t.Errorf("got dimension %d, values %v; want %d, %v", p.Dim(), p.Values(), test.dim, test.want)
			}
		})
	}
}

func TestReadNPYRefusesWhatIsNoPoints(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"scalar", "must have 1 or 2 axes, [N] or [N, D], got 0: shape []"},
		{"cube", "got 3: shape [2 2 2]"},
		{"empty", "must hold at least one point, got shape [0 2]"},
		{"nan", "row 1, column 0 is NaN"},
		{"nan_fortran", "row 1, column 0 is NaN"},
		{"large", "row 1, column 0 is 1e+300"},
		{"absent", "no such file"},
	} {
		t.Run(test.file, func(t *testing.T) {
			path := filepath.Join("testdata", test.file+".npy")
			_, err := ReadNPY(path)
			wantError(t, err, test.want)
			wantError(t, err, path)
		})
	}
}

// wantError fails the test unless err begins with the package's name and contains want.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one that says %q", want)
	}
	if !strings.HasPrefix(err.Error(), "data: ") || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %q, want one that begins with \"data: \" and says %q", err, want)
	}
}

// npyWith returns a file of version 1 with that header, followed by the rest.
func npyWith(header string, rest []byte) []byte {
	file := append([]byte(npy.Magic), 1, 0)
	file = binary.LittleEndian.AppendUint16(file, uint16(len(header)))
	return append(append(file, header...), rest...)
}

const smallHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"

func TestReadNPYNamesWhatIsWrongWithAHostileFile(t *testing.T) {
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "it isn't a .npy file"},
		{"text", []byte("1,2\n3,4\n"), "data.ReadCSV"},
		{"version 9", []byte("\x93NUMPY\x09\x00\x00\x00"), "version must be 1, 2 or 3, got 9"},
		{"no length", []byte("\x93NUMPY\x01\x00"), "truncated: it ends within its header"},
		{"header cut", npyWith(smallHeader, nil)[:30], "truncated: it ends within its header"},
		{"a header of 4 GB", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "must have at most 65536 bytes, got 4294967295"},
		{"no value", npyWith(smallHeader, nil), "its header promises 2 numbers, but it ends after 0"},
		{"cut within a value", npyWith(smallHeader, make([]byte, 7)), "promises 2 numbers, but it ends after 1"},
		{"a byte too many", npyWith(smallHeader, make([]byte, 9)), "must end after its 1 points of dimension 2"},
		{"a field of no dtype", npyWith("{'descr': [('a', '<[f4')], 'fortran_order': False, 'shape': (1,), }", nil), "must be a list of fields"},
		{"a field of 2⁶⁰ bytes", npyWith("{'descr': [('a', '<f8', (1048576, 1048576, 1048576))], 'fortran_order': False, 'shape': (1,), }", nil), "must be a list of fields"},
		{"records cut short", npyWith("{'descr': [('a', '<f8'), ('b', '|u1')], 'fortran_order': False, 'shape': (3,), }", make([]byte, 20)), "row 2 of 3: the file is truncated"},
		{"no dictionary", npyWith("hello", nil), "must be a dictionary"},
		{"a key missing", npyWith("{'descr': '<f4', 'shape': (1, 2)}", nil), "must be a dictionary"},
		{"a key twice", npyWith("{'descr': '<f4', 'shape': (1, 2), 'shape': (1, 2)}", nil), "must be a dictionary"},
		{"a fourth key", npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'x': 1}", nil), `got "x" too`},
		{"an order of 1", npyWith("{'descr': '<f4', 'fortran_order': 1, 'shape': (1, 2)}", nil), "must be True or False"},
		{"a shape below 0", npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}", nil), "must be a tuple of sizes"},
		{"a shape of text", npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': ('a',)}", nil), "must be a tuple of sizes"},
		{"a shape beyond int", npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", nil), "must be a tuple of sizes"},
		{"a product beyond int", npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", nil), "no file holds an array"},
		{"10¹⁵ points", npyWith("{'descr': '<f8', 'fortran_order': True, 'shape': (1000000000000000, 2)}", make([]byte, 80)), "promises 2000000000000000 numbers, but it ends after 10"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadNPYFrom(bytes.NewReader(test.file))
			wantError(t, err, test.want)
		})
	}
}

func TestReadNPYTakesMemoryForTheFileNotForItsHeader(t *testing.T) {
	file := npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1)}", make([]byte, 400))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := ReadNPYFrom(bytes.NewReader(file)); err == nil {
		t.Fatal("a truncated file was read")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("reading a file of %d bytes took %d bytes of memory", len(file), took)
	}
}

func TestReadNPYGivesBackWhatWriteNPYWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.npy")
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 5).Draw(t, "dim")
		n := rapid.IntRange(1, 40).Draw(t, "n")
		values := rapid.SliceOfN(rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32), n*dim, n*dim).Draw(t, "values")
		p, err := NewPoints(dim, values)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteNPY(path, p); err != nil {
			t.Fatal(err)
		}
		q, err := ReadNPY(path)
		if err != nil {
			t.Fatal(err)
		}
		if q.Dim() != dim || !slices.Equal(q.Values(), values) {
			t.Fatalf("wrote %v of dimension %d, read %v of dimension %d", values, dim, q.Values(), q.Dim())
		}
	})
}

// The file must equal NumPy's own byte for byte, so that NumPy can read it.
func TestWriteNPYWritesTheBytesOfNumPy(t *testing.T) {
	p, err := NewPoints(2, npyRows)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "points.npy")
	if err := WriteNPY(path, p); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/littlef4_c.npy")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is read must be valid points: finite, at least one, and the same after a round trip. Reading
// must take no more memory than the file's size justifies.
//
//	go test ./data -run XXX -fuzz FuzzReadNPY -fuzztime 3m
func FuzzReadNPY(f *testing.F) {
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var p Points
		var err error
		if took := allocated(func() { p, err = ReadNPYFrom(bytes.NewReader(file)) }); took > allowed(len(file)) {
			t.Errorf("reading %d bytes took %d bytes of memory", len(file), took)
		}
		if err != nil {
			return
		}
		if err := readBackNPY(p); err != nil {
			t.Error(err)
		}
	})
}

// allocated returns how many bytes of memory do allocates, including what it frees again.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// allowed returns how many bytes of memory reading a file of that size may allocate: the buffers,
// and each value several times over while slices grow. The shortest value in a CSV file takes a
// digit and a comma.
func allowed(size int) uint64 { return 2<<20 + 64*uint64(size) }

func readBackNPY(p Points) error {
	if p.Len() < 1 || p.Dim() < 1 || p.CheckFinite() != nil {
		return fmt.Errorf("read %d points of dimension %d: %v", p.Len(), p.Dim(), p.CheckFinite())
	}
	q, err := ReadNPYFrom(bytes.NewReader(npyFile(p)))
	if err != nil {
		return err
	}
	if q.Dim() != p.Dim() || !slices.Equal(q.Values(), p.Values()) {
		return fmt.Errorf("read %v, then %v", p.Values(), q.Values())
	}
	return nil
}
