package data

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestAColumnOfTextBecomesClasses(t *testing.T) {
	const text = "m,channel,region\n1,mm,2\n2,ee,10\n3,mm,2\n4,em,2\n"
	folder := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(folder, fmt.Sprintf("%x.csv", len(text)))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	found := CSV{Columns: []string{"m"}, Conditions: []string{"channel"}}
	x, c, err := ReadCSVWithConditions(file(text), found)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0}; !slices.Equal(c.Values(), want) || !slices.Equal(c.ColumnNames(), []string{"channel=ee", "channel=em", "channel=mm"}) {
		t.Errorf("classes are %v of %q, want %v", c.Values(), c.ColumnNames(), want)
	}
	if notes := strings.Join(x.Notes(), "\n"); !strings.Contains(notes, `"channel"`) || !strings.Contains(notes, `"em"`) {
		t.Errorf("the notes %q must tell of the classes", notes)
	}
	if !slices.Equal(x.Values(), []float32{1, 2, 3, 4}) {
		t.Errorf("points are %v", x.Values())
	}

	// Another file with the same classes, not all of which it holds.
	classes := c.Classes()
	if want := map[string][]string{"channel": {"ee", "em", "mm"}}; !reflect.DeepEqual(classes, want) {
		t.Fatalf("the columns' classes are %v, want %v", classes, want)
	}
	again := CSV{Columns: []string{"m"}, Conditions: []string{"channel"}, Classes: classes}
	x, c, err = ReadCSVWithConditions(file("m,channel\n1,mm\n2,ee\n"), again)
	if err != nil || !slices.Equal(c.Values(), []float32{0, 0, 1, 1, 0, 0}) || len(x.Notes()) > 0 {
		t.Errorf("got %v, the notes %q and %v", c.Values(), x.Notes(), err)
	}
	_, _, err = ReadCSVWithConditions(file("m,channel\n1,mm\n2,et\n3,ee\n"), again)
	wantError(t, err, `line 3, column 1 ("channel")`)
	wantError(t, err, `"et"`)

	// Numbers may be classes, and features too. They are sorted by value.
	p, err := ReadCSVFrom(strings.NewReader(text), CSV{Columns: []string{"region", "m"}, Classes: map[string][]string{"region": nil}})
	if err != nil || !slices.Equal(p.ColumnNames(), []string{"region=2", "region=10", "m"}) || !slices.Equal(p.Row(1), []float32{0, 1, 2}) {
		t.Errorf("got %v of %q, %v", p.Values(), p.ColumnNames(), err)
	}
	// A class may read as a missing value, if it is listed.
	p, err = ReadCSVFrom(strings.NewReader("n,where\n1.5,NA\n2,EU\n"), CSV{Classes: map[string][]string{"where": {"EU", "NA"}}})
	if err != nil || !slices.Equal(p.Values(), []float32{1.5, 0, 1, 2, 1, 0}) {
		t.Errorf("got %v, %v", p.Values(), err)
	}
}

func TestClassesThatCannotBeAreNamed(t *testing.T) {
	var many strings.Builder
	many.WriteString("id,x\n")
	for i := range 300 {
		fmt.Fprintf(&many, "n%d,%d\n", i, i%7)
	}
	for _, test := range []struct {
		name, text string
		options    CSV
		want       []string
	}{
		{"no such column", "a,b\n1,2\n", CSV{Classes: map[string][]string{"c": nil}}, []string{"classes", `"c"`}},
		{"a column that isn't read", "a,b\n1,x\n", CSV{Columns: []string{"a"}, Classes: map[string][]string{"b": nil}}, []string{"classes", `"b"`}},
		{"a class twice", "a,b\n1,x\n", CSV{Classes: map[string][]string{"b": {"x", "y", "x"}}}, []string{`"b"`, `"x" twice`}},
		{"too many", many.String(), CSV{Classes: map[string][]string{"id": nil}}, []string{"line 258", "256", `"n256"`}},
		{"a missing class", "a,b\n1,x\n2,\n", CSV{Classes: map[string][]string{"b": nil}}, []string{"line 3", "Missing"}},
		{"not UTF-8", "a,b\n1,m\xe9\n", CSV{Classes: map[string][]string{"b": nil}}, []string{"line 2", "iconv"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadCSVFrom(strings.NewReader(test.text), test.options)
			for _, want := range test.want {
				wantError(t, err, want)
			}
		})
	}
	// A condition is text or numbers, not both.
	path := filepath.Join(t.TempDir(), "mixed.csv")
	if err := os.WriteFile(path, []byte("a,b\n1,5\n2,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := ReadCSVWithConditions(path, CSV{Conditions: []string{"b"}})
	wantError(t, err, "Classes")
	if err := os.WriteFile(path, []byte("a,b\n1,x\n2,5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err = ReadCSVWithConditions(path, CSV{Conditions: []string{"b"}})
	wantError(t, err, "Classes")
}
