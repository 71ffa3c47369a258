package data

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/flowsforflows/flows/data/internal/npy"
)

// nine are the numbers of most files here: the rows (1.5, 2, 3), (4, 5.25, 6), (7, 8, −0.009).
var nine = []float32{1.5, 2, 3, 4, 5.25, 6, 7, 8, -9e-3}

const nineText = "a,b,c\n1.5,2,3\n4,5.25,6\n7,8,-9e-3\n"

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func zstandard(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func inUTF16(text string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestReadCSVFindsOutHowAFileIsLaidOut(t *testing.T) {
	abc := []string{"a", "b", "c"}
	for _, test := range []struct {
		name, text string
		options    CSV
		names      []string
		want       []float32
		note       string // part of a note; empty if there must be none
	}{
		{"gzip", gzipped(nineText), CSV{}, abc, nine, ""},
		{"zstd", zstandard(nineText), CSV{}, abc, nine, ""},
		{"UTF-16, little endian", inUTF16(nineText, false), CSV{}, abc, nine, ""},
		{"UTF-16, big endian", inUTF16(nineText, true), CSV{}, abc, nine, ""},
		{"UTF-16 in gzip", gzipped(inUTF16(nineText, false)), CSV{}, abc, nine, ""},
		{"lines that end in a carriage return alone", strings.ReplaceAll(nineText, "\n", "\r"), CSV{}, abc, nine, ""},
		{"comments at the top", "# made by ROOT\n# v3\n" + nineText, CSV{}, abc, nine, ""},
		{"comments and blank lines at the top", "\n# v3\n\n" + nineText, CSV{}, abc, nine, ""},
		{"a header by numpy.savetxt", "# " + nineText, CSV{}, abc, nine, "names of the columns"},
		{"that header and blanks", strings.ReplaceAll("# "+nineText, ",", " "), CSV{Comma: ' '}, abc, nine, "names of the columns"},
		{"that header by blanks over commas", "# a b c" + nineText[5:], CSV{}, abc, nine, "names of the columns"},
		{"a comment among the rows", "a,b,c\n1.5,2,3\n4,5.25,6\n# half\n7,8,-9e-3\n", CSV{}, abc, nine, "Left out 1 lines"},
		{"decimal commas", "a;b;c\n1,5;2;3\n4;5,25;6\n7;8;-0,009\n", CSV{Comma: ';', Decimal: ','}, abc, nine, ""},
		{"decimal commas, and the separator found", "a;b;c\n1,5;2;3\n4;5,25;6\n7;8;-0,009\n", CSV{Decimal: ','}, abc, nine, "separated by ';'"},
		{"semicolons", strings.ReplaceAll(nineText, ",", ";"), CSV{}, abc, nine, "separated by ';'"},
		{"tabs", strings.ReplaceAll(nineText, ",", "\t"), CSV{}, abc, nine, "separated by tabs"},
		{"aligned by blanks", "  a     b    c\n 1.5   2    3\n 4     5.25 6\n 7     8   -9e-3\n", CSV{}, abc, nine, "separated by blanks"},
		{"aligned by blanks, as said", "  a     b    c\n 1.5   2    3\n 4     5.25 6\n 7 \t8   -9e-3 \n", CSV{Comma: ' '}, abc, nine, ""},
		{"a header of numbers", "0,1,2\n1.5,2,3\n4,5.25,6\n7,8.5,-9e-3\n", CSV{}, []string{"0", "1", "2"}, []float32{1.5, 2, 3, 4, 5.25, 6, 7, 8.5, -9e-3}, "header of numbers"},
		{"a header of numbers over few decimals", "0,1,2\n1.5,2,3\n4,5.25,6\n7,8,-9e-3\n", CSV{Header: WithHeader}, []string{"0", "1", "2"}, nine, ""},
		{"a header of years", "2019,2020\n1.5,2.5\n3.5,4.5\n5.5,6.5\n", CSV{}, nil, []float32{2019, 2020, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5}, "read as a point"},
		{"an index by pandas", ",a,b\n0,1.5,2.25\n1,3.5,4.5\n2,5.25,6.5\n", CSV{}, []string{"a", "b"}, []float32{1.5, 2.25, 3.5, 4.5, 5.25, 6.5}, "counts the rows from 0"},
		{"an index by pandas over numbers", ",0,1\n0,1.5,2.25\n1,3.5,4.5\n2,5.25,6.5\n", CSV{}, []string{"0", "1"}, []float32{1.5, 2.25, 3.5, 4.5, 5.25, 6.5}, "counts the rows from 0"},
		{"an index of rows that were selected", ",a,b\n7,1.5,2.25\n1,3.5,4.5\n5,5.25,6.5\n", CSV{}, []string{"a", "b"}, []float32{1.5, 2.25, 3.5, 4.5, 5.25, 6.5}, "was left out"},
		{"an index that is kept", ",a\n0,1.5\n1,3.5\n2,5.25\n", CSV{KeepIndex: true}, []string{"", "a"}, []float32{0, 1.5, 1, 3.5, 2, 5.25}, ""},
		{"an index that is asked for", ",a\n0,1.5\n1,3.5\n2,5.25\n", CSV{Columns: []string{"0", "a"}}, []string{"", "a"}, []float32{0, 1.5, 1, 3.5, 2, 5.25}, ""},
		{"an index without a header", "0,1.5\n1,3.5\n2,5.25\n", CSV{}, nil, []float32{1.5, 3.5, 5.25}, "counts the rows from 0"},
		{"numbers without a name that are no index", ",a\n0.5,1.5\n1.5,3.5\n2.5,5.25\n", CSV{}, []string{"", "a"}, []float32{0.5, 1.5, 1.5, 3.5, 2.5, 5.25}, ""},
		{"a number of each event", "Event,a\n1,1.5\n2,3.5\n3,5.25\n", CSV{}, []string{"a"}, []float32{1.5, 3.5, 5.25}, "counts the rows from 1"},
		{"events that don't count the rows", "Event,a\n1,1.5\n2,3.5\n2,5.25\n", CSV{}, []string{"Event", "a"}, []float32{1, 1.5, 2, 3.5, 2, 5.25}, ""},
		{"a feature that counts the rows", "n,a\n1,1.5\n2,3.5\n3,5.25\n", CSV{}, []string{"n", "a"}, []float32{1, 1.5, 2, 3.5, 3, 5.25}, "It is a feature all the same"},
		{"names of rows by R", "\"a\" \"b\"\n\"1\" 1.5 2.25\n\"x 2\" 3.5 4.5\n", CSV{Comma: ' '}, []string{"a", "b"}, []float32{1.5, 2.25, 3.5, 4.5}, "names of the rows"},
		{"names of rows by R, all found out", "\"a\" \"b\"\n\"1\" 1.5 2.25\n\"2\" 3.5 4.5\n", CSV{}, []string{"a", "b"}, []float32{1.5, 2.25, 3.5, 4.5}, "names of the rows"},
		{"names of rows under an empty name", "\"\",\"a\",\"b\"\n\"Mazda\",1.5,2.25\n\"Fiat\",3.5,4.5\n", CSV{}, []string{"a", "b"}, []float32{1.5, 2.25, 3.5, 4.5}, "names of the rows"},
		{"a row of units", "pt,eta,phi\nGeV,,rad\n" + nineText[6:], CSV{SkipUnderHeader: 1}, []string{"pt", "eta", "phi"}, nine, ""},
		{"lines above the header", "Run 5;\"\nby me\n" + nineText, CSV{Skip: 2}, abc, nine, ""},
		{"missing values", "a,b,c\n1.5,2,3\n4,NA,6\n7,8,-9e-3\n", CSV{Missing: DropMissing}, abc, []float32{1.5, 2, 3, 7, 8, -9e-3}, `Left out 1 of 3 rows, which miss a value (1 in column 1 ("b"))`},
		{"a first row of missing values", "NA,NA,NA\n1,2,3\n4,5,7\n", CSV{Missing: DropMissing}, nil, []float32{1, 2, 3, 4, 5, 7}, "Left out 1 of 3 rows"},
		{"separators at the ends of rows", "a,b,c,\n1.5,2,3,\n4,5.25,6,\n7,8,-9e-3,\n", CSV{}, abc, nine, ""},
		{"separators at the ends of rows, not of the header", "a,b,c\n1.5,2,3,\n4,5.25,6,\n7,8,-9e-3,\n", CSV{}, abc, nine, ""},
		{"a last column without a name that is seldom filled", "a,b,\n" + strings.Repeat("1,2,\n", 30) + "3,4,5\n", CSV{Columns: []string{"b"}}, []string{"b"}, append(slices.Repeat([]float32{2}, 30), 4), ""},
		{"a blank line at the end", nineText + "   \n", CSV{}, abc, nine, ""},
		{"names that are asked for beside numbers", "id,2019,2020\n7,1.5,2\n8,3,4\n", CSV{Columns: []string{"2019", "2020"}}, []string{"2019", "2020"}, []float32{1.5, 2, 3, 4}, ""},
		{"a column of few float32 levels", "a,b\n1000000.1,1\n1000001.3,2\n1000000.7,4\n1000003,8\n", CSV{}, []string{"a", "b"}, []float32{1000000.1, 1, 1000001.3, 2, 1000000.7, 4, 1000003, 8}, `Column 0 ("a") goes from 1.0000001e+06 to 1.000003e+06`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := ReadCSVFrom(strings.NewReader(test.text), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(p.Values(), test.want) || !slices.Equal(p.ColumnNames(), test.names) {
				t.Errorf("got %v of %q, want %v of %q", p.Values(), p.ColumnNames(), test.want, test.names)
			}
			if all := strings.Join(p.Notes(), "\n"); !strings.Contains(all, test.note) || test.note == "" && all != "" {
				t.Errorf("got the notes %q, want %q", all, test.note)
			}
		})
	}
}

func TestReadCSVNamesTheOptionThatHelps(t *testing.T) {
	for _, test := range []struct {
		name, text string
		options    CSV
		want       []string
	}{
		{"decimal commas", "a;b\n1,5;2,5\n", CSV{}, []string{"Comma to ';'", "Decimal to ','"}},
		{"decimal commas without a header", "1,5;2,5\n3,5;4,5\n", CSV{}, []string{"Comma to ';'", "Decimal to ','"}},
		{"decimal commas under a known separator", "a;b\n1,5;2,5\n", CSV{Comma: ';'}, []string{"Decimal to ','"}},
		{"another separator", "a;b\n1;2\n", CSV{Comma: '\t'}, []string{"Comma to ';'"}},
		{"a decimal point after all", "a;b\n1.5;2\n", CSV{Decimal: ','}, []string{`"1.5"`}},
		{"units", "pt,eta,phi\nGeV,m,rad\n1,2,3\n", CSV{}, []string{"line 2", "SkipUnderHeader"}},
		{"units, some without", "pt,eta,phi\nGeV,,rad\n1,2,3\n", CSV{Columns: []string{"pt"}}, []string{"line 2", "SkipUnderHeader"}},
		{"a missing value", "a,b,c\n1.5,2,3\n4,NA,6\n", CSV{}, []string{"line 3", `"b"`, "Missing to DropMissing", `"NA"`}},
		{"a first row of missing values", "NA,NA\n1,2\n", CSV{}, []string{"line 1", "Missing to DropMissing"}},
		{"missing values everywhere", "a,b\n1,NA\n,2\n", CSV{Missing: DropMissing}, []string{`1 in column 0 ("a"), 1 in column 1 ("b")`}},
		{"a header of numbers or a point", "0,1\n1,1\n0,2\n", CSV{}, []string{"WithHeader", "WithoutHeader"}},
		{"underscores", "a,b\n1_000,2\n", CSV{}, []string{`"1_000"`}},
		{"hexadecimal", "a,b\n0x1p4,2\n", CSV{}, []string{`"0x1p4"`}},
		{"text", "a,b\nx,2\ny,3\n", CSV{}, []string{"Columns", "Classes"}},
		{"fields beyond a trailing separator", strings.Repeat("1,2,\n", 30) + "5,6,7\n", CSV{}, []string{"line 31", "column 2", "Columns"}},
		{"too few lines to skip", "a\n1\n", CSV{Skip: 5}, []string{"Skip"}},
		{"a row under no header", "1,2\n3,4\n", CSV{SkipUnderHeader: 1}, []string{"WithHeader"}},
		{"a sign of decimals that is none", "1\n", CSV{Decimal: ';'}, []string{"Decimal", "';'"}},
		{"one sign for both", "1\n", CSV{Decimal: ',', Comma: ','}, []string{"Comma and Decimal"}},
		{"no way of missing", "1\n", CSV{Missing: 7}, []string{"RefuseMissing or DropMissing", "7"}},
		{"names that aren't UTF-8", "m\xe9,b\n1,2\n", CSV{}, []string{"column 0", "iconv"}},
		{"gzip cut short", gzipped(nineText)[:40], CSV{}, []string{"gzip", "truncated"}},
		{"zstd cut short", zstandard(nineText)[:30], CSV{}, []string{"zstd", "truncated"}},
		{"Parquet", "PAR1\x15\x04", CSV{}, []string{"data/parquet"}},
		{"a zip archive", "PK\x03\x04\x14", CSV{}, []string{"ReadNPZ"}},
		{"NumPy", npy.Magic + "\x01\x00", CSV{}, []string{"ReadNPY"}},
		{"HDF5", "\x89HDF\r\n\x1a\n\x00", CSV{}, []string{"h5py", "npz"}},
		{"ROOT", "root\x00\x00\xf2", CSV{}, []string{"uproot", "npz"}},
		{"FITS", "SIMPLE  =                    T", CSV{}, []string{"astropy", "npz"}},
		{"xz", "\xfd7zXZ\x00\x00", CSV{}, []string{"unxz"}},
		{"PDF", "%PDF-1.7\n", CSV{}, []string{"PDF"}},
		{"a web page", "\n<!DOCTYPE html>\n<html>", CSV{}, []string{"web page"}},
		{"JSON", `[{"a": 1}]`, CSV{}, []string{"JSON"}},
		{"UTF-16 without a mark", "a\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", CSV{}, []string{"iconv"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadCSVFrom(strings.NewReader(test.text), test.options)
			for _, want := range test.want {
				wantError(t, err, want)
			}
		})
	}
}

func TestACompressedFileThatFillsTheMemoryIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("decompresses 80 MB")
	}
	bomb := zstandard("a\n" + strings.Repeat("0\n", 40<<20) + "1\n")
	_, err := ReadCSVFrom(strings.NewReader(bomb), CSV{})
	wantError(t, err, "decompress it first")
}

// Commas between thousands, in quotes, are no decimals; a column asked for twice is no second feature.
func TestRemediesThatAreNone(t *testing.T) {
	if _, err := ReadCSVFrom(strings.NewReader("a,b\n\"1,500\",2\n\"3,500\",4\n"), CSV{}); err == nil || !strings.Contains(err.Error(), "thousands") || strings.Contains(err.Error(), "Decimal") {
		t.Errorf("thousands: %v", err)
	}
	if _, err := ReadCSVFrom(strings.NewReader("a,b\n1,2\n3,4\n"), CSV{Columns: []string{"b", "b"}}); err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("a column twice: %v", err)
	}
}
