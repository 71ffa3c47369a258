package columns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Options say which columns of a file are read, and how. Each column is given by its name or by its
// number, counted from 0.
type Options struct {
	Columns    []string            // of the features; empty means all that are not named elsewhere
	Conditions []string            // of the conditions
	Weight     string              // of the weights; "" for none
	Classes    map[string][]string // columns of text, with their classes; none given means those found
	Drop       bool                // leaves out rows with a missing value instead of returning an error
	KeepIndex  bool                // keeps a first column that numbers the rows
	Missing    []string            // values that mean a missing one: numbers, by value, and texts
}

// Choice holds the numbers of the columns to read: those of the features, of the conditions and of
// the weight, in this order.
type Choice struct {
	Columns    []int
	Conditions int  // how many of Columns are conditions
	Weight     bool // whether the last of Columns is the weight
	All        bool // whether the features are all columns that are not named elsewhere
}

// Features returns how many of the columns are features.
func (c Choice) Features() int {
	n := len(c.Columns) - c.Conditions
	if c.Weight {
		n--
	}
	return n
}

// Choose returns the columns that o asks for among width columns. names is nil if the file has
// none. It returns an error if a column doesn't exist or is asked for twice.
func (o Options) Choose(names []string, width int) (Choice, error) {
	none := Choice{}
	conditions, err := Numbers(o.Conditions, names, width)
	if err != nil {
		return none, err
	}
	columns, err := Numbers(o.Columns, names, width)
	if err != nil {
		return none, err
	}
	var weight []int
	if o.Weight != "" {
		if weight, err = Numbers([]string{o.Weight}, names, width); err != nil {
			return none, err
		}
	}
	all := len(o.Columns) == 0
	if all {
		for i := range width {
			if !slices.Contains(conditions, i) && !slices.Contains(weight, i) {
				columns = append(columns, i)
			}
		}
	}
	for k, i := range columns {
		if slices.Contains(columns[:k], i) {
			return none, fmt.Errorf("a column must be asked for once, got %s again: a copy of a feature has no density beside it", Title(names, i))
		}
	}
	for k, i := range conditions {
		if slices.Contains(columns, i) || slices.Contains(conditions[:k], i) {
			return none, fmt.Errorf("a column of conditions must be asked for once, got %s again", Title(names, i))
		}
	}
	for _, i := range weight {
		if slices.Contains(columns, i) || slices.Contains(conditions, i) {
			return none, fmt.Errorf("the column of the weights must not be a feature or a condition too, got %s", Title(names, i))
		}
	}
	if len(columns) == 0 {
		return none, fmt.Errorf("some column must be left for the points, got %d columns, all of conditions or weights", width)
	}
	return Choice{slices.Concat(columns, conditions, weight), len(conditions), weight != nil, all}, nil
}

// Numbers returns the numbers of the wanted columns, each given by its name or its number.
func Numbers(wanted, names []string, width int) ([]int, error) {
	var columns []int
	for _, wanted := range wanted {
		i := slices.Index(names, wanted)
		if i >= 0 && slices.Contains(names[i+1:], wanted) {
			return nil, fmt.Errorf("two columns are named %q; ask for one by its number, counted from 0", wanted)
		}
		if i < 0 {
			number, err := strconv.Atoi(wanted)
			if err != nil || number < 0 || number >= width {
				return nil, fmt.Errorf("there is no column %q; there are %s", wanted, listing(names, width))
			}
			i = number
		}
		columns = append(columns, i)
	}
	return columns, nil
}

// listing lists the columns of a file for an error message, the first 20 of them.
func listing(names []string, width int) string {
	if names == nil {
		return fmt.Sprintf("no names, only the numbers 0 to %d (if the first row is a header, set Header to WithHeader)", width-1)
	}
	const most = 20
	quoted := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, strconv.Quote(Short(name)))
	}
	list := strings.Join(quoted, ", ")
	if len(names) > most {
		list += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return fmt.Sprintf("%s (numbers 0 to %d)", list, width-1)
}

// Title returns a column's number, and its name if it has one.
func Title(names []string, column int) string {
	if names == nil {
		return strconv.Itoa(column)
	}
	return fmt.Sprintf("%d (%q)", column, Short(names[column]))
}

// Short returns a field of a file, such as a column's name, as a message quotes it. It cuts long
// fields, which a missing quote can make megabytes long.
func Short(field string) string {
	const most = 40
	if len(field) <= most {
		return field
	}
	return strings.ToValidUTF8(field[:most], "") + "…"
}

// unambiguous returns the names of the chosen columns, with "" for a name that several columns of
// the file have. It returns nil if the file has no names.
func unambiguous(names []string, columns []int) []string {
	if names == nil {
		return nil
	}
	count := map[string]int{}
	for _, name := range names {
		count[name]++
	}
	chosen := make([]string, len(columns))
	for k, j := range columns {
		if count[names[j]] == 1 {
			chosen[k] = names[j]
		}
	}
	return chosen
}
