package parquet

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// numbers are the columns of the files in testdata that hold numbers, and the value of each in row
// i; see make.py.
var numbers = []struct {
	name  string
	value func(i int) float64
}{
	{"f8", func(i int) float64 { return float64(i)/4 - 1 }},
	{"f4", func(i int) float64 { return float64(i) / 2 }},
	{"f2", func(i int) float64 { return float64(i)/8 - 0.5 }},
	{"i8", func(i int) float64 { return float64(i - 5) }},
	{"u8", func(i int) float64 { return float64(i + 238) }},
	{"i16", func(i int) float64 { return float64(7*i - 30) }},
	{"i32", func(i int) float64 { return float64(1000*i - 1) }},
	{"u32", func(i int) float64 { return float64(i) * (1 << 28) }},
	{"i64", func(i int) float64 { return float64(10*i - 50) }},
	{"u64", func(i int) float64 { return float64(3 * i) }},
	{"ok", func(i int) float64 { return []float64{1, 0, 0}[i%3] }},
	{"price", func(i int) float64 { return float64(i) + 0.25 }},
}

var codecs = []string{"none", "snappy", "gzip", "zstd", "lz4", "brotli"}

func at(name string) string { return filepath.Join("testdata", name+".parquet") }

func TestReadReadsWhatPyArrowWrites(t *testing.T) {
	var names []string
	var want []float32
	for _, column := range numbers {
		names = append(names, column.name)
	}
	for i := range 12 {
		for _, column := range numbers {
			want = append(want, float32(column.value(i)))
		}
	}
	for _, codec := range codecs {
		x, c, err := ReadWithConditions(at(codec), Options{Columns: names, Conditions: []string{"channel"}})
		if err != nil {
			t.Errorf("%s: %v", codec, err)
			continue
		}
		if !slices.Equal(x.Values(), want) || !slices.Equal(x.ColumnNames(), names) {
			t.Errorf("%s: got %v of %q, want %v", codec, x.Values(), x.ColumnNames(), want)
		}
		if !slices.Equal(c.ColumnNames(), []string{"channel=ee", "channel=em", "channel=mm"}) || !slices.Equal(c.Values()[:9], []float32{1, 0, 0, 0, 0, 1, 0, 1, 0}) {
			t.Errorf("%s: the classes are %v of %q", codec, c.Values(), c.ColumnNames())
		}
		if notes := strings.Join(x.Notes(), "\n"); !strings.Contains(notes, `"channel"`) {
			t.Errorf("%s: the notes %q must tell of the classes", codec, notes)
		}
		holes, err := Read(at(codec), Options{Columns: []string{"holes", "i8"}, Missing: data.DropMissing})
		if err != nil || holes.Len() != 10 || !slices.Equal(holes.Row(3), []float32{2, -1}) || !strings.Contains(strings.Join(holes.Notes(), ""), "Left out 2 of 12 rows") {
			t.Errorf("%s: missing values: %v, %v", codec, holes.Values(), err)
		}
	}
	for _, test := range []struct {
		name string
		want []float32 // the first row and the last
	}{
		{"delta_binary_packed", []float32{-50, -1, 60, 10999}},
		{"byte_stream_split", []float32{0, -1, 5.5, 1.75}},
		{"pages", []float32{0, 0, 1, 1}},
	} {
		p, err := Read(at(test.name), Options{})
		if err != nil || !slices.Equal(slices.Concat(p.Row(0), p.Row(p.Len()-1)), test.want) {
			t.Errorf("%s: got %v, %v", test.name, p, err)
		}
	}
	classes := map[string][]string{"category": nil, "ok": nil, "i8": {"-5", "-4", "-3", "-2", "-1", "0", "1", "2", "3", "4", "5", "6"}}
	p, err := Read(at("zstd"), Options{Columns: []string{"f8", "category", "ok", "i8"}, Classes: classes})
	if err != nil || p.Dim() != 17 || !slices.Equal(p.Row(1)[:6], []float32{-0.75, 1, 0, 1, 0, 0}) || p.ColumnNames()[5] != "i8=-5" {
		t.Errorf("got %v of %q, %v", p.Row(1), p.ColumnNames(), err)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(at("zstd"))
	if err != nil {
		t.Fatal(err)
	}
	torn := slices.Concat(whole[:4], make([]byte, 150), whole[154:])
	long := slices.Clone(whole)
	copy(long[len(long)-8:], []byte{0xff, 0xff, 0xff, 0x7f})
	column := func(name string) Options { return Options{Columns: []string{name}} }
	for _, test := range []struct {
		name, path string
		options    Options
		want       []string
	}{
		{"text", at("zstd"), column("channel"), []string{`"channel"`, "text", "Classes"}},
		{"times", at("zstd"), column("when"), []string{`"when"`, "times"}},
		{"a list", at("zstd"), column("list"), []string{`"list"`, "nested"}},
		{"a structure", at("zstd"), column("jet"), []string{`"jet"`, "nested"}},
		{"bytes", at("zstd"), column("raw"), []string{`"raw"`, "bytes"}},
		{"a null", at("zstd"), column("holes"), []string{"row 3", `"holes"`, "Missing to DropMissing"}},
		{"no such column", at("zstd"), column("mass"), []string{`"mass"`, `"f8"`}},
		{"a class that isn't listed", at("zstd"), Options{Columns: []string{"channel"}, Classes: map[string][]string{"channel": {"ee", "mm"}}}, []string{"row 2", `"em"`}},
		{"conditions", at("zstd"), Options{Conditions: []string{"f8"}}, []string{"ReadWithConditions"}},
		{"no way of missing", at("zstd"), Options{Missing: 9}, []string{"RefuseMissing or DropMissing"}},
		{"no file", filepath.Join(folder, "none"), Options{}, []string{"no such file"}},
		{"empty", write("empty", nil), Options{}, []string{"0 bytes"}},
		{"a text", write("text", []byte("pt,eta,phi\n1,2,3\n4,5,6\n")), Options{}, []string{"data.ReadCSV"}},
		{"an HDF5 file", write("h5", append([]byte("\x89HDF\r\n\x1a\n"), make([]byte, 99)...)), Options{}, []string{"HDF5"}},
		{"cut short", write("cut", whole[:len(whole)/2]), column("f8"), []string{"truncated"}},
		{"torn", write("torn", torn), column("f8"), []string{"damaged"}},
		{"metadata longer than the file", write("long", long), column("f8"), []string{"damaged"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(test.path, test.options)
			for _, want := range append(test.want, test.path, "parquet: ") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want an error with %q", err, want)
				}
			}
		})
	}
	if _, _, err := ReadWithConditions(at("zstd"), column("f8")); err == nil || !strings.Contains(err.Error(), "Conditions") {
		t.Errorf("without conditions: %v", err)
	}
}

func TestReadGivesBackWhatWriteWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.parquet")
	values := make([]float32, 3*5000)
	for i := range values {
		values[i] = float32(i*i%997) / 31
	}
	p, err := data.NewPoints(3, values)
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"z", "a", "m"}, {"z", "", "a"}, nil} {
		named, err := p.WithColumnNames(names...)
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(path, named); err != nil {
			t.Fatal(err)
		}
		q, err := Read(path, Options{KeepIndex: true})
		if err != nil || !slices.Equal(q.Values(), values) {
			t.Fatalf("got %v, %v", q, err)
		}
		for j, name := range names {
			if name != "" && q.ColumnNames()[j] != name {
				t.Errorf("wrote the names %q, read %q", names, q.ColumnNames())
			}
		}
	}
	weights := make([]float64, p.Len())
	for i := range weights {
		weights[i] = 1.0/3 - float64(i%2)/7
	}
	weighted, err := p.WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, weighted); err != nil {
		t.Fatal(err)
	}
	x, c, err := ReadWithConditions(path, Options{Conditions: []string{"column 2"}, Weight: "weight"})
	if err != nil || !slices.Equal(x.Weights(), weights) || !slices.Equal(c.Weights(), weights) || x.Dim() != 2 {
		t.Errorf("got %v and %v, %v", x, c, err)
	}
	if _, err := Read(path, Options{Weight: "mass"}); err == nil || !strings.Contains(err.Error(), `"mass"`) {
		t.Errorf("weights that aren't there: %v", err)
	}
	twice, err := p.WithColumnNames("a", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, twice); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("two columns of one name: %v", err)
	}
	if err := Write(path, data.Points{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no points: %v", err)
	}
}

// What is read must be valid points. Reading must take no more memory than the file's size
// justifies, whatever lengths it claims.
//
//	go test ./data/parquet -run XXX -fuzz FuzzReadParquet -fuzztime 3m
func FuzzReadParquet(f *testing.F) {
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, column := range []string{"f8", "holes", "channel", "price", "ok", "x"} {
			f.Add(content, column, true)
		}
	}
	small, err := file(data.Point(1, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small, "", false)
	f.Fuzz(func(t *testing.T, content []byte, column string, classes bool) {
		options := Options{Missing: data.DropMissing}
		if column != "" {
			options.Columns = []string{column}
			if classes {
				options.Classes = map[string][]string{column: nil}
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, _, err := read(bytes.NewReader(content), int64(len(content)), options)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<29+4096*uint64(len(content)) {
			t.Errorf("reading %d bytes took %d bytes of memory", len(content), took)
		}
		if err == nil && (p.Len() < 1 || p.CheckFinite() != nil) {
			t.Errorf("read %v: %v", p, p.CheckFinite())
		}
	})
}
