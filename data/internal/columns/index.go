package columns

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// index recognises a first column that numbers the rows, as pandas and R write it. As a feature it
// would only say where in the file a point stood.
//
// Such a column counts from 0 or from 1. If the file has a header, its name is empty or one of
// indexNames or counterNames. Under the empty name the numbers may also be those of rows that were
// shuffled or selected: whole numbers that don't repeat.
type index struct {
	possible  bool
	unnamed   bool    // whether there is a header that has no name for the column
	otherName bool    // whether the header's name says nothing of an index: the column is kept
	started   bool    // whether a number was seen
	first     float64 // number of the file's first row
	row       float64 // rows so far
	counts    bool    // whether the numbers count the rows so far
	whole     bool    // whether all numbers are whole
}

var indexNames = []string{"", "Unnamed: 0", "index", "rownames", "row.names", "rowname"}

// counterNames are names of columns that say that they number the rows only if they do.
var counterNames = []string{"id", "row", "rowid", "row_id", "rownum", "obs", "observation", "case", "event", "entry", "no", "no.", "nr"}

// NamesIndex reports whether a column's name is one that pandas or R give to what numbers or names
// the rows.
func NamesIndex(name string) bool { return slices.Contains(indexNames, name) }

// leastCounted is the least number of rows of which a column can be said to count them.
const leastCounted = 3

// newIndex returns what recognises an index. names are those of all columns of the file, or nil.
func newIndex(names []string) index {
	x := index{possible: true, counts: true, whole: true}
	if names != nil {
		x.unnamed = names[0] == ""
		x.otherName = !NamesIndex(names[0]) && !slices.Contains(counterNames, strings.ToLower(strings.Trim(names[0], `'" `)))
	}
	return x
}

// saw records the next row's number, while a possible index.
func (x *index) saw(v float64) {
	if !x.started {
		x.started, x.first = true, v-x.row
	}
	x.counts = x.counts && v == x.first+x.row
	x.whole = x.whole && v == math.Trunc(v)
	if !x.whole || !x.counts && !x.unnamed {
		x.possible = false
	}
	x.row++
}

// skip records a row that is left out. It has a number too, even if that isn't looked at.
func (x *index) skip() { x.row++ }

// found reports whether the first column of values [rows, dim] numbers the rows and is to be left
// out. The note says so, or that a column that counts the rows was kept.
func (x *index) found(title string, values []float32, dim int) (leftOut bool, note string) {
	if !x.possible || len(values) < leastCounted*dim {
		return false, ""
	}
	counts := x.counts && (x.first == 0 || x.first == 1)
	switch {
	case counts && x.otherName:
		return false, fmt.Sprintf("Column %s counts the rows from %v. It is a feature all the same; name the others in Columns to leave it out.", title, x.first)
	case counts:
		return true, fmt.Sprintf("Column %s counts the rows from %v and was left out; set KeepIndex to keep it.", title, x.first)
	case x.unnamed && distinct(values, dim):
		return true, fmt.Sprintf("Column %s has no name and a whole number for each row, none of them twice, as an index has; it was left out. Set KeepIndex to keep it.", title)
	}
	return false, ""
}

// distinct reports whether no value of the first column of values [rows, dim] repeats.
func distinct(values []float32, dim int) bool {
	column := make([]float32, len(values)/dim)
	for i := range column {
		column[i] = values[i*dim]
	}
	slices.Sort(column)
	return len(slices.Compact(column)) == len(values)/dim
}
