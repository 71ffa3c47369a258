package columns

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MostClasses is the largest number of classes of a column. Each of them becomes a column.
const MostClasses = 256

// classes are those of one column of text. A class is stored as its index until Finish.
type classes struct {
	codes map[string]int // index in names
	names []string       // in the order of the list given, or in which they were found
	given bool           // whether they were listed by the user
	found bool           // whether the column is one of classes because it holds text, not because the user said so
}

func newClasses(listed []string) (*classes, error) {
	c := &classes{codes: map[string]int{}, given: len(listed) > 0}
	for _, name := range listed {
		if _, twice := c.codes[name]; twice {
			return nil, fmt.Errorf("a class must be listed once, got %q twice", Short(name))
		}
		c.codes[name] = len(c.names)
		c.names = append(c.names, name)
	}
	if len(c.names) > MostClasses {
		return nil, fmt.Errorf("there must be at most %d classes, got %d", MostClasses, len(c.names))
	}
	return c, nil
}

// code returns the index of a class.
func (c *classes) code(text []byte) (int, error) {
	if code, known := c.codes[string(text)]; known {
		return code, nil
	}
	name := string(text)
	switch {
	case c.given:
		return 0, fmt.Errorf("%q is not among the classes that Classes lists: %s", Short(name), quoted(c.names))
	case !utf8.ValidString(name):
		return 0, fmt.Errorf("a class must be UTF-8, got %q: convert the file, for example by iconv -f latin1 -t utf-8", Short(name))
	case len(c.names) == MostClasses:
		return 0, fmt.Errorf("there must be at most %d classes, and %q is one more: leave the column out, or list its classes in Classes", MostClasses, Short(name))
	}
	c.codes[name] = len(c.names)
	c.names = append(c.names, name)
	return len(c.names) - 1, nil
}

// has reports whether a text is a class that the user listed, whatever else it may mean.
func (c *classes) has(text string) bool {
	_, known := c.codes[text]
	return c.given && known
}

// order returns the names of the classes in their final order, and the place of each index in it.
// Classes that were found are sorted: by value if all are numbers, as texts otherwise.
func (c *classes) order() (sorted []string, places []int) {
	sorted = slices.Clone(c.names)
	if !c.given {
		slices.SortFunc(sorted, compareClasses(sorted))
	}
	places = make([]int, len(sorted))
	for place, name := range sorted {
		places[c.codes[name]] = place
	}
	return sorted, places
}

func compareClasses(names []string) func(a, b string) int {
	values := map[string]float64{}
	for _, name := range names {
		v, err := strconv.ParseFloat(name, 64)
		if err != nil || v != v {
			return strings.Compare
		}
		values[name] = v
	}
	return func(a, b string) int {
		return cmp.Or(cmp.Compare(values[a], values[b]), strings.Compare(a, b))
	}
}

// quoted lists names for a message, the first 10 of them.
func quoted(names []string) string {
	const most = 10
	var list []string
	for _, name := range names[:min(most, len(names))] {
		list = append(list, strconv.Quote(Short(name)))
	}
	text := strings.Join(list, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}
