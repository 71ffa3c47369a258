package csvrows

import (
	"bytes"
	"errors"
	"strconv"
	"unsafe"
)

// powers are the powers of ten that float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// Number parses a decimal number with that decimal sign, '.' or ','. The result is the float64
// closest to it. ok is false if field isn't such a number. A number beyond float64's range is
// infinite.
//
// Hexadecimal numbers and underscores between digits, which Go's own syntax has, are not numbers.
func Number(field []byte, decimal byte) (v float64, ok bool) {
	// A number of at most 15 digits times or divided by an exact power of ten is correctly rounded
	// by one operation (Clinger 1990). Most numbers of files are such.
	digits, exponent, i := uint64(0), 0, 0
	negative := false
	if i < len(field) && (field[i] == '-' || field[i] == '+') {
		negative = field[i] == '-'
		i++
	}
	first := i
	for ; i < len(field) && field[i]-'0' < 10; i++ {
		digits = 10*digits + uint64(field[i]-'0')
	}
	count := i - first
	if i < len(field) && field[i] == decimal {
		i++
		point := i
		for ; i < len(field) && field[i]-'0' < 10; i++ {
			digits = 10*digits + uint64(field[i]-'0')
		}
		exponent = point - i
		count += i - point
	}
	if count == 0 {
		return slowNumber(field, decimal)
	}
	if i+1 < len(field) && field[i]|' ' == 'e' {
		i++
		minus := field[i] == '-'
		if minus || field[i] == '+' {
			i++
		}
		power, from := 0, i
		for ; i < len(field) && field[i]-'0' < 10 && i-from < 4; i++ {
			power = 10*power + int(field[i]-'0')
		}
		if i == from {
			return 0, false
		}
		if minus {
			power = -power
		}
		exponent += power
	}
	if i != len(field) || count > 15 || exponent < -22 || exponent > 22 {
		return slowNumber(field, decimal)
	}
	if v = float64(digits); exponent < 0 {
		v /= powers[-exponent]
	} else {
		v *= powers[exponent]
	}
	if negative {
		v = -v
	}
	return v, true
}

// slowNumber parses what Number's fast path can't.
func slowNumber(field []byte, decimal byte) (float64, bool) {
	if len(field) == 0 || bytes.ContainsAny(field, "_xXpP") {
		return 0, false
	}
	if decimal != '.' {
		if bytes.IndexByte(field, '.') >= 0 {
			return 0, false
		}
		field = bytes.ReplaceAll(field, []byte{decimal}, []byte{'.'})
	}
	// ParseFloat keeps its argument in an error only, which isn't kept here.
	v, err := strconv.ParseFloat(unsafe.String(&field[0], len(field)), 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// Missing reports whether a field stands for a missing value. These are pandas' texts.
func Missing(field []byte) bool {
	switch string(field) {
	case "", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "None", "<NA>", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN":
		return true
	}
	return false
}
