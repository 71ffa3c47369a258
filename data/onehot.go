package data

import (
	"fmt"
	"slices"
)

// OneHot returns the one-hot encoding [N, C] of the classes of N points, to use as conditions: 1 in
// the column of the point's class and 0 in the others. The columns are named after the feature and
// the class, as in "channel=ee", so that a flow trained on them knows which belong together. The
// columns are in the order of classes; without classes, in the sorted order of those in values.
//
//	c, err := data.OneHot("channel", channels)                     // of a table
//	ee, err := data.OneHot("channel", []string{"ee"}, "ee", "mm") // one condition, for At
//
// Add further features of the condition with HStack. OneHot returns an error if there is no
// value, if a value isn't among the classes, if a class is given twice, or if there are fewer than
// two.
func OneHot(feature string, values []string, classes ...string) (Points, error) {
	if len(values) == 0 {
		return Points{}, fmt.Errorf("data: classes of %q: there must be at least one value, got none", feature)
	}
	if len(classes) == 0 {
		classes = slices.Compact(slices.Sorted(slices.Values(values)))
	}
	if len(classes) < 2 {
		return Points{}, fmt.Errorf("data: classes of %q: there must be at least two, got only %q: a feature that never varies is no condition", feature, classes)
	}
	columns, names := make(map[string]int, len(classes)), make([]string, len(classes))
	for j, class := range classes {
		if _, twice := columns[class]; twice {
			return Points{}, fmt.Errorf("data: classes of %q: each must be given once, got %q twice", feature, short(class))
		}
		columns[class] = j
		names[j] = feature + "=" + class
	}
	features := make([]float32, len(values)*len(classes))
	for i, value := range values {
		j, known := columns[value]
		if !known {
			return Points{}, fmt.Errorf("data: classes of %q: row %d is of class %q, which is none of %q", feature, i, short(value), classes)
		}
		features[i*len(classes)+j] = 1
	}
	p, err := NewPoints(len(classes), features)
	return p.named(names), err
}
