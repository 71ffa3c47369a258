package data

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// BinaryCode writes the classes of a feature, such as decay channels or letters, as binary digits: C
// classes become ⌈log₂ C⌉ columns of zeros and ones, for a flow to learn. Classes have no order: by their
// numbers, classes that have nothing in common would be neighbours, which a flow learns badly.
//
//	code, err := data.NewBinaryCode("channel", "ee", "em", "mm")
//	x, err := code.Encode(channels)
//	plan := f4f.Base(data.FromPoints("channels", x)).VariationalNoise()
//	for _, c := range code.ColumnMaps() { // or ArgmaxMaps
//		plan = plan.Column(c.Column, c.Maps...)
//	}
//
// Points.HStack adds other features. Classes of a condition need no digits: see OneHot. OneHotCode has a
// column for each class.
//
// Use NewBinaryCode to make one. The zero value has no classes: Encode and Decode return errors, and the
// other methods nil or 0.
type BinaryCode struct {
	feature string
	classes []string
	numbers map[string]int // of the classes
}

// NewBinaryCode returns the code of a feature with these classes. The first has the digits 0 0 … 0, the
// next 0 … 0 1, and so on. Leave out classes that don't occur: a digit that is the same in all rows can't
// be learned. It returns an error if there are fewer than two classes, if one is empty, or if one is
// given twice, or if the feature has no name.
func NewBinaryCode(feature string, classes ...string) (BinaryCode, error) {
	if feature == "" || len(classes) < 2 {
		return BinaryCode{}, fmt.Errorf("data: a binary code must have a feature with a name and at least two classes, got %q with the classes %q", feature, classes)
	}
	b := BinaryCode{feature, slices.Clone(classes), make(map[string]int, len(classes))}
	for k, class := range classes {
		if _, twice := b.numbers[class]; twice || class == "" {
			return BinaryCode{}, fmt.Errorf("data: each class of a binary code of %q must have a name of its own, got %q as class %d of %d", feature, short(class), k, len(classes))
		}
		b.numbers[class] = k
	}
	return b, nil
}

// broken returns an error for the zero value.
func (b BinaryCode) broken() error {
	if len(b.classes) == 0 {
		return errors.New("data: a binary code must have classes: make it with NewBinaryCode")
	}
	return nil
}

// Classes returns the classes, in the order of their digits.
func (b BinaryCode) Classes() []string { return slices.Clone(b.classes) }

// Digits returns the number of columns, ⌈log₂ C⌉ for C classes.
func (b BinaryCode) Digits() int {
	if b.broken() != nil {
		return 0
	}
	return bits.Len(uint(len(b.classes) - 1))
}

// ColumnNames returns the names of the columns, the feature's name and the digit's place value:
// "channel:2" and "channel:1".
func (b BinaryCode) ColumnNames() (names []string) {
	for place := b.Digits() - 1; place >= 0; place-- {
		names = append(names, fmt.Sprintf("%s:%d", b.feature, 1<<place))
	}
	return names
}

// ColumnMaps returns the map of each of the columns, Whole, for a plan's Column. Use it with noise that
// is learned, f4f.BasePlan.VariationalNoise.
func (b BinaryCode) ColumnMaps() []ColumnMaps { return b.mappedBy(Whole) }

// ArgmaxMaps returns maps for each of the columns in place of ColumnMaps, by which 0 becomes a negative
// number and 1 a positive one. With noise that is learned the flow is then an argmax flow over a
// Cartesian product of binary digits (Hoogeboom et al., "Argmax Flows and Multinomial Diffusion", 2021).
// The maps are Whole, Logit(0, 2), and Asinh(3), which makes noise that starts as uniform very nearly
// half of a normal distribution. One feature of 5 or 20 classes was learned better by these maps than by
// ColumnMaps, and pairs of letters worse, most of all in short trainings; see f4f's BENCHMARKS.md.
func (b BinaryCode) ArgmaxMaps() []ColumnMaps { return b.mappedBy(Whole, Logit(0, 2), Asinh(3)) }

// mappedBy returns the same maps for each of the columns.
func (b BinaryCode) mappedBy(maps ...ColumnMap) (columns []ColumnMaps) {
	for _, name := range b.ColumnNames() {
		columns = append(columns, ColumnMaps{Column: name, Maps: slices.Clone(maps)})
	}
	return columns
}

// Encode returns the digits [N, Digits] of the classes of N rows. It returns an error that names the
// row if a value is none of the classes.
func (b BinaryCode) Encode(values []string) (Points, error) {
	if err := b.broken(); err != nil {
		return Points{}, err
	}
	n := b.Digits()
	digits := make([]float32, 0, n*len(values))
	for i, value := range values {
		k, known := b.numbers[value]
		if !known {
			return Points{}, fmt.Errorf("data: row %d of %q is of class %q, which is none of the %d classes of the code, from %q to %q", i, b.feature, short(value), len(b.classes), short(b.classes[0]), short(b.classes[len(b.classes)-1]))
		}
		for place := n - 1; place >= 0; place-- {
			digits = append(digits, float32(k>>place&1))
		}
	}
	x, err := NewPoints(n, digits)
	return x.named(b.ColumnNames()), err
}

// Decode returns the class of each row of x, which has the columns of the code by their names, among
// any others; samples of a flow do. A flow gives a small share of its samples to digits that stand for
// no class: where K is not a power of 2, and below 0 or above 1. The class of such a row is "". Decode
// returns an error if a column is missing, or if a value is not a whole number.
func (b BinaryCode) Decode(x Points) ([]string, error) {
	if err := b.broken(); err != nil {
		return nil, err
	}
	columns, err := codeColumns(x, b.feature, b.ColumnNames())
	if err != nil {
		return nil, err
	}
	values := make([]string, x.Len())
	for i := range values {
		k, digits := 0, true
		for _, j := range columns {
			v := x.At(i, j)
			if v != math.Trunc(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("data: row %d, column %s is %v; a binary digit must be a whole number, 0 or 1", i, x.ColumnTitle(j), x.Row(i)[j])
			}
			digits = digits && (v == 0 || v == 1)
			if digits {
				k = 2*k + int(v)
			}
		}
		if digits && k < len(b.classes) {
			values[i] = b.classes[k]
		}
	}
	return values, nil
}
