package csvrows

import (
	"bytes"
	"errors"
	"slices"
)

// A file whose decimal sign is a comma can look like one of whole numbers that commas separate: 1,5
// is one number or two. This file finds such files if the user has set neither Comma nor Decimal.
// Every error and note names both options, since either of them decides it.

// errDecimalComma is the error of rows that are more likely numbers with a decimal comma.
var errDecimalComma = errors.New("a comma may be the decimal sign here, or the separator: set Decimal to ',' in the first case, and Comma to ',' in the second")

// noteDecimalComma is the note on rows that are more likely two whole numbers.
const noteDecimalComma = "Each row is read as two whole numbers with a comma between them. If commas are decimal signs, set Decimal to ','; if not, Comma says so without a note."

// decimalCommas looks for decimal commas in the first rows of values. It returns an error if they
// are likely, and a note if only the user can tell:
//
//   - One name above pairs of whole numbers is an error: the first of each pair might be the name of
//     a row, as R writes it.
//   - Without a header, 1,05 is an error: no whole number is written as 05. So are wider rows in
//     which each second number is such.
//   - Without a header, 1,5 is a note in a file of two columns. It is the usual form of whole
//     numbers in a wider one.
//
// below is the text of the rows, in which fields are not quoted.
func (l *Layout) decimalCommas(rows [][][]byte, below []byte, o Options) error {
	if o.Comma != 0 || o.DecimalGiven || l.Comma != ',' || len(rows) == 0 || bytes.IndexByte(below, '"') >= 0 {
		return nil
	}
	width := len(rows[0])
	if width%2 != 0 || l.Names != nil && (len(l.Names) != 1 || width != 2) {
		return nil
	}
	zeros := false // whether a number has a leading zero, as decimals may have
	for _, row := range rows {
		if len(row) != width {
			return nil
		}
		for k := 0; k < width; k += 2 {
			whole, decimals := bytes.TrimLeft(row[k], "+-"), row[k+1]
			if !digits(whole) || !digits(decimals) || leadingZero(whole) {
				return nil
			}
			zeros = zeros || leadingZero(decimals)
		}
	}
	switch {
	case l.Names != nil, zeros:
		return errDecimalComma
	case width == 2:
		l.Notes = append(l.Notes, noteDecimalComma)
	}
	return nil
}

// digits reports whether a field is a whole number without a sign.
func digits(field []byte) bool {
	return len(field) > 0 && !slices.ContainsFunc(field, func(b byte) bool { return b-'0' > 9 })
}

// allWhole reports whether rows hold whole numbers only.
func allWhole(rows [][][]byte) bool {
	for _, row := range rows {
		for _, field := range row {
			if !digits(bytes.TrimLeft(field, "+-")) {
				return false
			}
		}
	}
	return true
}

// leadingZero reports whether a whole number begins with a zero that it could do without.
func leadingZero(field []byte) bool { return len(field) > 1 && field[0] == '0' }

// WidthHint returns what decimal commas may have to do with a row of another width, or "".
func (l Layout) WidthHint(row [][]byte, decimal byte) string {
	if l.Comma != ',' || decimal != '.' || !allWhole([][][]byte{row}) {
		return ""
	}
	switch {
	case l.Width == 1, len(row) == 1 && l.Width == 2 && l.Names == nil:
		return "; if commas are decimal signs, set Decimal to ','"
	case len(row) > l.Width:
		return "; if commas are decimal signs as well as separators, nobody can tell them apart: write the file with another separator (Comma) or with decimal points"
	}
	return ""
}
