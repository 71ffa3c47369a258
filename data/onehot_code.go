package data

import (
	"errors"
	"fmt"
	"slices"
)

// OneHotCode writes the classes of a feature as K columns of zeros and ones, for an argmax flow to learn;
// see Argmax. Samples always have a class. Five classes were learned better so than by a BinaryCode, twenty
// as well, at twice the cost, and two features of 27 classes each much worse; see f4f's BENCHMARKS.md.
//
//	code, err := data.NewOneHotCode("channel", "ee", "em", "mm")
//	x, err := code.Encode(channels)
//	plan := f4f.Base(data.FromPoints("channels", x)).VariationalNoise()
//	for _, c := range code.ColumnMaps() {
//		plan = plan.Column(c.Column, c.Maps...)
//	}
//
// Points.HStack adds other features. Classes of a condition need no such code: see OneHot.
//
// Use NewOneHotCode to make one. The zero value has no classes: Encode and Decode return errors, and the
// other methods nil.
type OneHotCode struct {
	feature string
	classes []string
	names   []string // of the columns
}

// NewOneHotCode returns the code of a feature with these classes, whose columns are in their order. It
// returns an error if the feature or a class has no name, if there are fewer than two classes, or if one is
// given twice.
func NewOneHotCode(feature string, classes ...string) (OneHotCode, error) {
	if feature == "" || len(classes) == 0 || slices.Contains(classes, "") {
		return OneHotCode{}, fmt.Errorf("data: a one-hot code must have a feature and classes with names, got %q with the classes %q", feature, classes)
	}
	each, err := OneHot(feature, classes, classes...)
	if err != nil {
		return OneHotCode{}, err
	}
	return OneHotCode{feature, slices.Clone(classes), each.names}, nil
}

// broken returns an error for the zero value.
func (o OneHotCode) broken() error {
	if len(o.classes) == 0 {
		return errors.New("data: a one-hot code must have classes: make it with NewOneHotCode")
	}
	return nil
}

// Classes returns the classes, in the order of their columns.
func (o OneHotCode) Classes() []string { return slices.Clone(o.classes) }

// ColumnNames returns the names of the columns, the feature's and the class's: "channel=ee".
func (o OneHotCode) ColumnNames() []string { return slices.Clone(o.names) }

// ColumnMaps returns the maps of each of the columns, Whole and Argmax, for a plan's Column.
func (o OneHotCode) ColumnMaps() (columns []ColumnMaps) {
	for _, name := range o.names {
		columns = append(columns, ColumnMaps{Column: name, Maps: []ColumnMap{Whole, Argmax(o.feature)}})
	}
	return columns
}

// Encode returns the columns [N, K] of the classes of N rows. It returns an error that names the row if a
// value is none of the classes, or if there is no row.
func (o OneHotCode) Encode(values []string) (Points, error) {
	if err := o.broken(); err != nil {
		return Points{}, err
	}
	return OneHot(o.feature, values, o.classes...)
}

// Decode returns the class of each row of x, which has the columns of the code by their names, among
// any others; samples of a flow do. It returns an error if a column is missing, or that names the row
// if it hasn't a 1 in one column and zeros in the others.
func (o OneHotCode) Decode(x Points) ([]string, error) {
	if err := o.broken(); err != nil {
		return nil, err
	}
	columns, err := codeColumns(x, o.feature, o.names)
	if err != nil {
		return nil, err
	}
	values := make([]string, x.Len())
	for i := range values {
		for k, j := range columns {
			switch v := x.At(i, j); {
			case v == 1 && values[i] == "":
				values[i] = o.classes[k]
			case v != 0:
				return nil, fmt.Errorf("data: row %d, column %s is %v; a row must have a 1 in the column of its class of %q, and zeros in those of the others", i, x.ColumnTitle(j), x.Row(i)[j], o.feature)
			}
		}
		if values[i] == "" {
			return nil, fmt.Errorf("data: row %d has zeros in all columns of %q; a row must have a 1 in the column of its class", i, o.feature)
		}
	}
	return values, nil
}

// codeColumns returns the numbers of the columns of x that have the names of a code.
func codeColumns(x Points, feature string, names []string) ([]int, error) {
	columns := make([]int, len(names))
	for k, name := range names {
		if columns[k] = slices.Index(x.names, name); columns[k] < 0 {
			return nil, fmt.Errorf("data: the classes of %q are read from columns %q, got none of the name %q: pass points with the names that Encode gives", feature, names, name)
		}
	}
	return columns, nil
}
