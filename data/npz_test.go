package data

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadNPZReadsArraysOfEveryDtype(t *testing.T) {
	records := []float32{1, 0.5, 2, 3, 1, 2, -1, 4, 5, 0}
	ints, counts := []float32{1, -2, -128, 127}, []float32{1, 2, 0, 255}
	for name, want := range map[string][]float32{
		"bool":     {1, 0, 0, 1},
		"littlei1": ints, "littlei2": ints, "littlei4": ints, "littlei8": ints, "bigi1": ints, "bigi2": ints, "bigi4": ints, "bigi8": ints,
		"littleu1": counts, "littleu2": counts, "littleu4": counts, "littleu8": counts, "bigu1": counts, "bigu2": counts, "bigu4": counts, "bigu8": counts,
		"bigf2": {1.5, -2, 5.9604645e-08, 65504},
		"pt":    {1, 2, 3},
	} {
		p, err := ReadNPZ("testdata/arrays.npz", name)
		if err != nil || !slices.Equal(p.Values(), want) {
			t.Errorf("%s: got %v, want %v, %v", name, p.Values(), want, err)
		}
	}
	// Fields of text are left out by naming the others, in an .npy file.
	for _, name := range []string{"packed", "aligned"} {
		p, err := ReadNPYFrom(entry(t, name), "n", "x", "v", "ok")
		if err != nil || !slices.Equal(p.Values(), records) || !slices.Equal(p.ColumnNames(), []string{"n", "x", "v[0]", "v[1]", "ok"}) {
			t.Errorf("%s: got %v of %q, want %v, %v", name, p.Values(), p.ColumnNames(), records, err)
		}
		_, err = ReadNPYFrom(entry(t, name))
		wantError(t, err, `"label"`)
		_, err = ReadNPYFrom(entry(t, name), "phi")
		wantError(t, err, `"phi"; there are "n"`)
	}
	both, err := ReadNPZ("testdata/arrays.npz", "xy", "pt")
	if err != nil || !slices.Equal(both.Values(), []float32{4, 5, 1, 6, 7, 2, 8, 9, 3}) || !slices.Equal(both.ColumnNames(), []string{"", "", "pt"}) {
		t.Errorf("side by side: %v of %q, %v", both.Values(), both.ColumnNames(), err)
	}
	fields, err := ReadNPZ("testdata/arrays.npz", "packed.v", "packed.x")
	if err != nil || !slices.Equal(fields.Values(), []float32{2, 3, 0.5, 4, 5, -1}) || !slices.Equal(fields.ColumnNames(), []string{"v[0]", "v[1]", "x"}) {
		t.Errorf("fields: %v of %q, %v", fields.Values(), fields.ColumnNames(), err)
	}
	one, err := ReadNPZ("testdata/compressed.npz")
	if err != nil || !slices.Equal(one.Values(), npyRows) {
		t.Errorf("compressed: %v, %v", one.Values(), err)
	}
	second, err := ReadNPYFrom(entry(t, "xy"), "1")
	if err != nil || !slices.Equal(second.Values(), []float32{5, 7, 9}) {
		t.Errorf("column 1: %v, %v", second.Values(), err)
	}
}

// entry returns an .npy file of the archive of arrays.
func entry(t *testing.T, name string) *bytes.Reader {
	t.Helper()
	archive, err := zip.OpenReader("testdata/arrays.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	f, err := archive.Open(name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

func TestReadNPZSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile("testdata/compressed.npz")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		arrays     []string
		want       []string
	}{
		{"several arrays and no name", "testdata/arrays.npz", nil, []string{`"aligned"`, `"bool"`}},
		{"no such array", "testdata/compressed.npz", []string{"y"}, []string{`"y"`, `"x"`}},
		{"rows that differ", "testdata/arrays.npz", []string{"pt", "bool"}, []string{`"pt"`, `"bool"`, "3", "2"}},
		{"text", "testdata/arrays.npz", []string{"text"}, []string{`"text"`, "<U1"}},
		{"times", "testdata/arrays.npz", []string{"times"}, []string{"timedelta64"}},
		{"complex numbers", "testdata/arrays.npz", []string{"complex"}, []string{"imaginary"}},
		{"long doubles", "testdata/arrays.npz", []string{"long"}, []string{"astype(float)"}},
		{"no zip archive", file("a.npz", []byte("hello")), nil, []string{"data.ReadCSV"}},
		{"cut short", file("b.npz", whole[:len(whole)/2]), nil, []string{"damaged"}},
		{"no file", filepath.Join(folder, "none.npz"), nil, []string{"no such file"}},
		{"an .npy file", "testdata/vector.npy", nil, []string{"ReadNPY"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadNPZ(test.path, test.arrays...)
			for _, want := range append(test.want, test.path) {
				wantError(t, err, want)
			}
		})
	}
}

func TestReadNPZGivesBackWhatWriteNPZWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.npz")
	if err := WriteNPZ(path, map[string]Points{"x": six, "c": Point(7)}); err != nil {
		t.Fatal(err)
	}
	x, err := ReadNPZ(path, "x")
	if err != nil || !slices.Equal(x.Values(), six.Values()) || x.Dim() != six.Dim() {
		t.Errorf("got %v, %v", x.Values(), err)
	}
	weights := []float64{1.0 / 3, -0.1}
	weighted, err := six.WithWeights(weights)
	if err == nil {
		err = WriteNPZ(path, map[string]Points{"x": weighted, "c": six})
	}
	if err != nil {
		t.Fatal(err)
	}
	x, c, err := ReadNPZWithConditions(path, NPZ{Conditions: []string{"c"}, Weight: "x_weight"})
	if err != nil || !slices.Equal(x.Values(), six.Values()) || !slices.Equal(c.Values(), six.Values()) || !slices.Equal(x.Weights(), weights) || !slices.Equal(c.Weights(), weights) {
		t.Errorf("got %v with %v and %v with %v, %v", x, x.Weights(), c, c.Weights(), err)
	}
	_, _, err = ReadNPZWithConditions(path, NPZ{Arrays: []string{"x"}, Weight: "w"})
	wantError(t, err, `"w"`)
	_, _, err = ReadNPZWithConditions(path, NPZ{Arrays: []string{"x_weight"}, Weight: "x"})
	wantError(t, err, "one column")
	wantError(t, WriteNPZ(path, map[string]Points{"x": weighted, "x_weight": six}), `"x_weight"`)
	wantError(t, WriteNPZ(path, nil), "an array")
	wantError(t, WriteNPZ(path, map[string]Points{"none": {}}), `"none"`)
}

// bomb returns an archive of an array of zeros that is some thousand times larger than the archive.
func bomb(t testing.TB, n int) []byte {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	w, err := archive.Create("x.npy")
	if err != nil {
		t.Fatal(err)
	}
	zeros, err := NewPoints(1, make([]float32, n))
	if err == nil {
		_, err = w.Write(npyFile(zeros))
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestAnArchiveThatFillsTheMemoryIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("decompresses 80 MB")
	}
	file := bomb(t, 20<<20)
	_, _, err := readNPZ(bytes.NewReader(file), int64(len(file)), NPZ{})
	if err == nil || !strings.Contains(err.Error(), "decompress it first") {
		t.Errorf("got %v", err)
	}
}

// What is read must be valid points, and the same after a round trip. Reading must take no more
// memory than the archive's content justifies.
//
//	go test ./data -run XXX -fuzz FuzzReadNPZ -fuzztime 3m
func FuzzReadNPZ(f *testing.F) {
	for _, name := range []string{"testdata/arrays.npz", "testdata/compressed.npz"} {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file, "xy", "pt", "")
		f.Add(file, "packed", "", "")
		f.Add(file, "xy", "", "pt")
	}
	f.Add(bomb(f, 1<<12), "x", "", "")
	f.Fuzz(func(t *testing.T, file []byte, one, other, weight string) {
		var arrays []string
		for _, name := range []string{one, other} {
			if name != "" {
				arrays = append(arrays, name)
			}
		}
		var p Points
		var err error
		took := allocated(func() {
			p, _, err = readNPZ(bytes.NewReader(file), int64(len(file)), NPZ{Arrays: arrays, Weight: weight})
		})
		// Deflate makes at most 1032 bytes of one.
		if most := 4<<20 + allowed(2*1032*len(file)); took > most {
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
