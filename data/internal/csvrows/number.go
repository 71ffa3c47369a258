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
	if v, n := scan(field, decimal); n == len(field) && n > 0 {
		return v, true
	}
	return slowNumber(field, decimal)
}

// scan parses the number at the beginning of text and returns how many bytes it takes: 0 if there
// is none, or one of a rare form that is left to slowNumber.
func scan(text []byte, decimal byte) (v float64, n int) {
	digits, exponent, i := uint64(0), 0, 0
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		i++
	}
	first := i
	for ; i < len(text) && text[i]-'0' < 10; i++ {
		digits = 10*digits + uint64(text[i]-'0')
	}
	count := i - first
	if i < len(text) && text[i] == decimal {
		i++
		point := i
		for ; i < len(text) && text[i]-'0' < 10; i++ {
			digits = 10*digits + uint64(text[i]-'0')
		}
		exponent = point - i
		count += i - point
	}
	if count == 0 || count > 19 { // 19 digits fit an uint64
		return 0, 0
	}
	if i < len(text) && text[i]|' ' == 'e' {
		i++
		minus := i < len(text) && text[i] == '-'
		if minus || i < len(text) && text[i] == '+' {
			i++
		}
		power, from := 0, i
		for ; i < len(text) && text[i]-'0' < 10 && i-from < 4; i++ {
			power = 10*power + int(text[i]-'0')
		}
		if i == from {
			return 0, 0
		}
		if minus {
			power = -power
		}
		exponent += power
	}
	// A number of at most 15 digits times or divided by an exact power of ten is correctly rounded
	// by one operation (Clinger 1990). Most numbers of files are such.
	switch {
	case count <= 15 && -22 <= exponent && exponent <= 0:
		v = float64(digits) / powers[-exponent]
	case count <= 15 && 0 < exponent && exponent <= 22:
		v = float64(digits) * powers[exponent]
	default:
		var ok bool
		if v, ok = closest(digits, exponent); !ok {
			return 0, 0
		}
	}
	if negative {
		v = -v
	}
	return v, i
}

// slowNumber parses what scan leaves to it.
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
