package data

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/data/internal/npy"
)

func TestReadCSVReadsWhatPeopleWrite(t *testing.T) {
	want := []float32{1, 2, -3.5, 4e-3}
	for _, test := range []struct {
		name, text string
		options    CSV
		dim        int
		want       []float32
	}{
		{"numbers alone", "1,2\n-3.5,4e-3\n", CSV{}, 2, want},
		{"no newline at the end", "1,2\n-3.5,4e-3", CSV{}, 2, want},
		{"a header", "x,y\n1,2\n-3.5,4e-3\n", CSV{}, 2, want},
		{"Windows", "\ufeffx,y\r\n1,2\r\n-3.5,4e-3\r\n", CSV{Columns: []string{"x", "y"}}, 2, want},
		{"spaces", " x , y\n 1 , 2\n\n -3.5 , 4e-3 \n", CSV{Columns: []string{"x", "y"}}, 2, want},
		{"quotes", "\"x,1\",y\n\"1\",2\n\"-3.5\",4e-3\n", CSV{Columns: []string{"x,1", "y"}}, 2, want},
		{"tabs", "x\ty\tname\n1\t2\t\n-3.5\t4e-3\tb\n", CSV{Comma: '\t', Columns: []string{"x", "y"}}, 2, want},
		{"semicolons", "1;2\n-3.5;4e-3\n", CSV{Comma: ';'}, 2, want},
		{"columns by name, in their order", "y,label,x\n2,a,1\n4e-3,b,-3.5\n", CSV{Columns: []string{"x", "y"}}, 2, want},
		{"columns by number", "y,label,x\n2,a,1\n4e-3,b,-3.5\n", CSV{Columns: []string{"2", "0"}}, 2, want},
		{"a name beats a number", "1,0\n1,2\n-3.5,4e-3\n", CSV{Header: WithHeader, Columns: []string{"1", "0"}}, 2, want},
		{"a label beside numbers is no header", "a,1,2\nb,-3.5,4e-3\n", CSV{Columns: []string{"1", "2"}}, 2, want},
		{"names that are numbers", "0,1\n1,2\n-3.5,4e-3\n", CSV{Header: WithHeader}, 2, want},
		{"one column", "1\n2\n-3.5\n4e-3\n", CSV{}, 1, want},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := ReadCSVFrom(strings.NewReader(test.text), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if p.Dim() != test.dim || !slices.Equal(p.Values(), test.want) {
				t.Errorf("got dimension %d, values %v; want %d, %v", p.Dim(), p.Values(), test.dim, test.want)
			}
		})
	}
}

func TestReadCSVNamesThePlaceOfWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name, text string
		options    CSV
		want       string
	}{
		{"empty", "", CSV{}, "the file is empty"},
		{"blank lines", "\n\n", CSV{}, "the file is empty"},
		{"a header alone", "x,y\n", CSV{}, "a header but no points"},
		{"a row too short", "1,2\n3\n4,5\n", CSV{}, "line 2: every row must have the 2 fields of the first, got 1"},
		{"a row too long", "x,y\n1,2\n3,4,5\n6,7\n", CSV{}, "line 3: every row must have the 2 fields of the first, got 3"},
		{"the last row cut short", "1,2\n3,4\n5", CSV{}, "line 3: every row must have the 2 fields of the first, got 1; it is the last row, so the file may be truncated"},
		{"a field cut away", "1,2\n3,", CSV{}, `line 2, column 1: the value is missing: set Missing to DropMissing`},
		{"a quote left open", "x,y\n1,\"2\n3,4\n", CSV{}, "lines 2 to 3"},
		{"a quote left open on the last line", "x,y\n1,\"2", CSV{}, "line 2, character 3"},
		{"text in a number", "x,y\n1,2\n3,4m\n", CSV{}, `line 3, column 1 ("y"): a field must be a number, got "4m"`},
		{"text in the first row", "1,m\n3,4\n", CSV{}, `line 1, column 1: a field must be a number, got "m"`},
		{"text where no header is", "x,y\n1,2\n", CSV{Header: WithoutHeader}, `line 1, column 0: a field must be a number, got "x"`},
		{"a page in a number", "1,2\n3," + strings.Repeat("é1", 1000), CSV{}, `got "` + strings.Repeat("é1", 13) + `…"`},
		{"NaN", "1,2\nNaN,3\n", CSV{}, `line 2, column 0: the value is missing: set Missing to DropMissing`},
		{"infinity", "1,2\n3,-inf\n", CSV{}, `line 2, column 1: a number must be finite and within float32's range, got "-inf"`},
		{"beyond float32", "1,2\n3,1e39\n", CSV{}, `line 2, column 1: a number must be finite and within float32's range, got 1e+39`},
		{"beyond float64", "1,2\n3,1e999\n", CSV{}, "within float32's range"},
		{"lines after a field of several", "x,y\n\"1\n\",2\n3,z\n", CSV{}, "line 4, column 1"},
		{"a column that isn't there", "x,y\n1,2\n", CSV{Columns: []string{"z"}}, `there is no column "z"; there are "x", "y" (numbers 0 to 1)`},
		{"a number that isn't there", "1,2\n", CSV{Columns: []string{"2"}}, `there is no column "2"; there are no names, only the numbers 0 to 1`},
		{"a number below 0", "1,2\n", CSV{Columns: []string{"-1"}}, `there is no column "-1"`},
		{"a name twice", "x,x\n1,2\n", CSV{Columns: []string{"x"}}, `two columns are named "x"`},
		{"a comma that is a quote", "1,2\n", CSV{Comma: '"'}, "the comma must be"},
		{"a header of no kind", "1,2\n", CSV{Header: 7}, "must be DetectHeader, WithHeader or WithoutHeader, got 7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadCSVFrom(strings.NewReader(test.text), test.options)
			wantError(t, err, test.want)
		})
	}
}

func TestReadCSVNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.csv")
	_, err := ReadCSV(path, CSV{})
	wantError(t, err, path)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want one that wraps os.ErrNotExist", err)
	}
	if err := os.WriteFile(path, []byte("1,2\n3,?\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = ReadCSV(path, CSV{})
	wantError(t, err, path+": line 2, column 1")
}

func TestReadersPassOnAnErrorOfReading(t *testing.T) {
	broken := errors.New("the disk is gone")
	reader := func() io.Reader { return io.MultiReader(strings.NewReader("1,2\n3,4\n"), iotest.ErrReader(broken)) }
	if _, err := ReadCSVFrom(reader(), CSV{}); !errors.Is(err, broken) {
		t.Errorf("ReadCSVFrom: got %v, want %v", err, broken)
	}
	if _, err := ReadNPYFrom(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("ReadNPYFrom: got %v, want %v", err, broken)
	}
}

// What is read must be valid points: finite, at least one, of the requested columns, and the same
// after a round trip. Reading must take no more memory than the file's size justifies, compressed
// or not.
//
//	go test ./data -run XXX -fuzz FuzzReadCSV -fuzztime 3m
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{
		"1,2\n3,4\n", "x,y\n1,2\n", "\"x\",y\r\n1,\"2\"\r\n", "1;2", "1,\"2", "\ufeffx\n1e-3\n\n0x1p-2\n", "# a b\n1 2\n3 4\n",
		"a;b\n1,5;2\n", ",0,1\n0,1.5,2\n1,3,4\n2,5,6\n", "a,b,\nGeV,,\n1,NA,\n", "\"a\" \"b\"\n\"1\" 1.5 2.25\n", "x\r1\r2\r",
		gzipped(nineText), zstandard(nineText), inUTF16(nineText, true), "c\nee\nmm\n", "a\n1,5\n2,5\n", "1,05\n3,50\n",
	} {
		for what := range uint8(8) {
			f.Add(text, "", '\x00', what|16)
			f.Add(text, "x", ',', what)
			f.Add(text, "", ' ', what)
			f.Add(text, "c", '\x00', what)
		}
	}
	f.Fuzz(func(t *testing.T, text, column string, comma rune, what uint8) {
		options := CSV{Comma: comma, Missing: Missing(what & 1), KeepIndex: what&2 != 0, SkipUnderHeader: int(what >> 7)}
		if what&4 != 0 {
			options.Decimal = ','
		}
		if column != "" {
			options.Columns = []string{column}
		}
		if what&16 != 0 {
			options.MissingValues = []string{"2", "ee"}
		}
		if what&8 != 0 && column != "" {
			options.Classes = map[string][]string{column: nil}
		}
		var p Points
		var err error
		took := allocated(func() { p, err = ReadCSVFrom(strings.NewReader(text), options) })
		if most := allowedUnpacked([]byte(text)) + 16*uint64(len(p.Values())); took > most {
			t.Errorf("reading %d bytes took %d bytes of memory", len(text), took)
		}
		if err != nil {
			return
		}
		again, err := ReadCSVFrom(strings.NewReader(asCSV(p)), CSV{Header: WithoutHeader, KeepIndex: true})
		if err != nil || !slices.Equal(again.Values(), p.Values()) {
			t.Errorf("read %v, then %v with the error %v", p.Values(), again.Values(), err)
		}
		if p.Len() < 1 || p.CheckFinite() != nil || column != "" && p.Dim() != 1 && what&8 == 0 {
			t.Errorf("read %d points of dimension %d: %v", p.Len(), p.Dim(), p.CheckFinite())
		}
		weighted, err := ReadCSVFrom(strings.NewReader(text), CSV{Comma: comma, Weight: column})
		if err == nil && (column != "" && len(weighted.Weights()) != weighted.Len() || weighted.CheckWeights() != nil || weighted.CheckFinite() != nil) {
			t.Errorf("read %v with the weights %v: %v", weighted, weighted.Weights(), weighted.CheckWeights())
		}
	})
}

// allowedUnpacked returns how many bytes of memory reading a file may allocate, compressed or not.
func allowedUnpacked(file []byte) uint64 {
	unpacked := 0
	if r, err := filekind.Open(bytes.NewReader(file), npy.Magic); err == nil {
		n, _ := io.Copy(io.Discard, r)
		unpacked = int(n)
	}
	window := uint64(16 << 20) // decompressors have tables and windows
	if bytes.HasPrefix(file, []byte(filekind.Zstd)) {
		window = 256 << 20 // of the most that the format's own program makes
	}
	return window + allowed(len(file)+unpacked)
}

// asCSV returns points as text that holds the exact values.
func asCSV(p Points) string {
	var b strings.Builder
	for i := range p.Len() {
		for j, v := range p.Row(i) {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 64))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestReadCSVTellsPointsFromConditions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bosons.csv")
	if err := os.WriteFile(path, []byte("mass,energy,momentum\n80,120,7\n91,95,8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, options := range []CSV{
		{Conditions: []string{"energy"}},
		{Columns: []string{"mass", "momentum"}, Conditions: []string{"1"}},
	} {
		x, c, err := ReadCSVWithConditions(path, options)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Values(), []float32{80, 7, 91, 8}) || !slices.Equal(c.Values(), []float32{120, 95}) {
			t.Errorf("%v: points %v, conditions %v", options, x.Values(), c.Values())
		}
	}
	for _, test := range []struct {
		options CSV
		want    string
	}{
		{CSV{}, "must name the columns of the conditions"},
		{CSV{Conditions: []string{"charge"}}, `no column "charge"`},
		{CSV{Conditions: []string{"mass", "0"}}, `asked for once, got 0 ("mass") again`},
		{CSV{Columns: []string{"mass"}, Conditions: []string{"mass"}}, "asked for once"},
		{CSV{Conditions: []string{"mass", "energy", "momentum"}}, "got 3 columns, all of conditions"},
	} {
		if _, _, err := ReadCSVWithConditions(path, test.options); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v: got %v, want an error with %q and the path", test.options, err, test.want)
		}
	}
	if _, err := ReadCSV(path, CSV{Conditions: []string{"mass"}}); err == nil || !strings.Contains(err.Error(), "ReadCSVWithConditions") {
		t.Errorf("ReadCSV with conditions: %v", err)
	}
}
