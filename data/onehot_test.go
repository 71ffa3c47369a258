package data_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func ExampleOneHot() {
	c, err := data.OneHot("channel", []string{"mm", "ee", "mm"})
	if err != nil {
		panic(err)
	}
	fmt.Println(c.ColumnNames(), c.Row(0), c.Row(1), c.Row(2))
	// Output: [channel=ee channel=mm] [0 1] [1 0] [0 1]
}

// Each row has a one in the column of its class, whatever the order of the classes.
func TestOneHotMarksTheClass(t *testing.T) {
	values, classes := []string{"b", "c", "b", "a"}, []string{"c", "a", "b"}
	p, err := data.OneHot("k", values, classes...)
	if err != nil {
		t.Fatal(err)
	}
	if p.Len() != 4 || p.Dim() != 3 {
		t.Fatalf("got %v", p)
	}
	for i, value := range values {
		for j, class := range classes {
			want := float32(0)
			if class == value {
				want = 1
			}
			if got := p.Row(i)[j]; got != want || p.ColumnNames()[j] != "k="+class {
				t.Errorf("row %d, column %q: got %v, want %v", i, p.ColumnNames()[j], got, want)
			}
		}
	}
}

func TestOneHotNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		values, classes []string
		names           string
	}{
		{nil, nil, "none"},
		{[]string{"a", "a"}, nil, "a"},
		{[]string{"a", "z"}, []string{"a", "b"}, "z"},
		{[]string{"a"}, []string{"a", "b", "a"}, "a"},
	} {
		if _, err := data.OneHot("k", c.values, c.classes...); err == nil || !strings.Contains(err.Error(), c.names) || !slices.Contains(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '"' || r == ' ' }), "k") {
			t.Errorf("OneHot of %q among %q: got %v, want an error that names %q and the feature", c.values, c.classes, err, c.names)
		}
	}
}
