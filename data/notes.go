package data

import (
	"slices"
	"strings"
)

// Notes returns what the reader of a file has guessed, left out or rounded. A fit repeats them.
// Slice, Pick, Columns, SplitConditions (in x only) and HStack keep them.
func (p Points) Notes() []string { return slices.Clone(p.notes) }

// WithNotes returns p with these notes in place of its own.
func (p Points) WithNotes(notes ...string) Points {
	p.notes = slices.Clone(notes)
	return p
}

// Classes returns the classes of the one-hot columns of p, by the name of the column that they were
// made from. Set the option Classes to them to read another file with the same classes. It returns
// nil if p has no such columns.
//
// One-hot columns, as OneHot and the readers make them, stand side by side, have names such as
// "channel=ee" and "channel=mm", and hold 1 in one of them and 0 in the others.
func (p Points) Classes() map[string][]string {
	var all map[string][]string
	for from := 0; from < len(p.names); {
		name, class, isClass := strings.Cut(p.names[from], "=")
		classes := []string{class}
		to := from + 1
		for ; to < len(p.names); to++ {
			other, class, found := strings.Cut(p.names[to], "=")
			if !found || other != name {
				break
			}
			classes = append(classes, class)
		}
		if isClass && p.oneHot(from, to) {
			if all == nil {
				all = map[string][]string{}
			}
			all[name] = classes
		}
		from = to
	}
	return all
}

// oneHot reports whether each point has 1 in one of the features from (included) to to (excluded)
// and 0 in the others.
func (p Points) oneHot(from, to int) bool {
	for i := range p.n {
		ones := 0
		for _, v := range p.Row(i)[from:to] {
			if v != 0 && v != 1 {
				return false
			}
			ones += int(v)
		}
		if ones != 1 {
			return false
		}
	}
	return true
}
