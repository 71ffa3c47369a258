package data

import (
	"fmt"
	"slices"
	"strconv"
)

// ColumnNames returns the names of the features [D], such as those of a file's header, with "" for a
// feature without a name. It returns nil if no feature has one. Slice, Pick, Columns, SplitConditions, HStack
// and scalers keep the names.
func (p Points) ColumnNames() []string { return slices.Clone(p.names) }

// WithColumnNames returns p with names for its features [D], "" for none. It returns an error if
// their number isn't D. Without arguments it returns p without names.
func (p Points) WithColumnNames(names ...string) (Points, error) {
	if len(names) != 0 && len(names) != p.d {
		return Points{}, fmt.Errorf("data: there must be a name for each of %d columns, got %d", p.d, len(names))
	}
	return p.named(slices.Clone(names)), nil
}

// ColumnTitle returns feature j as messages name it: its quoted name, or its number, counted from 0,
// if it has none.
func (p Points) ColumnTitle(j int) string {
	if j >= 0 && j < len(p.names) && p.names[j] != "" {
		return strconv.Quote(short(p.names[j]))
	}
	return strconv.Itoa(j)
}

// named returns p with names for its features [D]; nil for none.
func (p Points) named(names []string) Points {
	if p.d == 0 || !slices.ContainsFunc(names, func(name string) bool { return name != "" }) {
		names = nil
	}
	p.names = names
	return p
}
