package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number describes how a dtype stores a number.
type number struct {
	size   int
	decode func([]byte) float64
	exact  bool // whether float32 holds all such numbers
}

var (
	little, big = binary.LittleEndian, binary.BigEndian
	numbers     = numbersOf()
)

func numbersOf() map[string]number {
	all := map[string]number{
		"|b1": {1, func(b []byte) float64 { return float64(min(b[0], 1)) }, true},
		"|i1": {1, func(b []byte) float64 { return float64(int8(b[0])) }, true},
		"|u1": {1, func(b []byte) float64 { return float64(b[0]) }, true},
	}
	for sign, order := range map[string]binary.ByteOrder{"<": little, ">": big} {
		all[sign+"i2"] = number{2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) }, true}
		all[sign+"u2"] = number{2, func(b []byte) float64 { return float64(order.Uint16(b)) }, true}
		all[sign+"i4"] = number{4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) }, false}
		all[sign+"u4"] = number{4, func(b []byte) float64 { return float64(order.Uint32(b)) }, false}
		all[sign+"i8"] = number{8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) }, false}
		all[sign+"u8"] = number{8, func(b []byte) float64 { return float64(order.Uint64(b)) }, false}
		all[sign+"f2"] = number{2, func(b []byte) float64 { return half(order.Uint16(b)) }, true}
	}
	// These are by far the most frequent, so they call no interface.
	all["<f4"] = number{4, func(b []byte) float64 { return float64(math.Float32frombits(little.Uint32(b))) }, true}
	all[">f4"] = number{4, func(b []byte) float64 { return float64(math.Float32frombits(big.Uint32(b))) }, true}
	all["<f8"] = number{8, func(b []byte) float64 { return math.Float64frombits(little.Uint64(b)) }, false}
	all[">f8"] = number{8, func(b []byte) float64 { return math.Float64frombits(big.Uint64(b)) }, false}
	return all
}

// half returns the number that IEEE 754's binary16 stores as b.
func half(b uint16) float64 {
	sign, exponent, fraction := float64(1), int(b>>10&31), float64(b&1023)
	if b>>15 != 0 {
		sign = -1
	}
	switch exponent {
	case 0: // subnormal
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// numberOf returns how a dtype, with its quotes, stores a number.
func numberOf(descr string) (number, error) {
	name := strings.Trim(descr, "'")
	if n, ok := numbers[name]; ok {
		return n, nil
	}
	why := "must be of integers, bools or floats of 16, 32 or 64 bits"
	switch kind := strings.TrimLeft(name, "<>|="); {
	case strings.HasPrefix(kind, "U"), strings.HasPrefix(kind, "S"):
		why = "must be of numbers, not of text: leave the array or field out, or make numbers of its values"
	case strings.HasPrefix(kind, "O"):
		why = "must be of numbers, not of Python objects: convert the array with astype(float)"
	case strings.HasPrefix(kind, "M"), strings.HasPrefix(kind, "m"):
		why = "must be of numbers, not of times: convert the array, for example (t - t[0]) / numpy.timedelta64(1, 's')"
	case strings.HasPrefix(kind, "c"):
		why = "must be of real numbers: save the real and the imaginary part"
	case strings.HasPrefix(kind, "f"):
		why = "must have at most 64 bits: convert the array with astype(float)"
	}
	return number{}, fmt.Errorf("the dtype %s, got %s", why, descr)
}

// field is a part of a structured dtype.
type field struct {
	name   string
	descr  string
	offset int // in bytes, within a record
	count  int // of numbers
}

// parseFields parses the list of a structured dtype, [('pt', '<f4'), ('v', '<f8', (3,))], and
// returns the fields and the size of a record in bytes.
func parseFields(descr string) (fields []field, size int, err error) {
	wrong := fmt.Errorf("the dtype must be a list of fields, each a name and a simple dtype, got %.60s", descr)
	rest, opened := strings.CutPrefix(descr, "[")
	rest, closed := strings.CutSuffix(rest, "]")
	if !opened || !closed {
		return nil, 0, wrong
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		var entry string
		entry, rest = cutEntry(rest)
		inside, opened := strings.CutPrefix(strings.TrimSpace(entry), "(")
		inside, closed := strings.CutSuffix(inside, ")")
		name, inside := cutEntry(inside)
		kind, shape := cutEntry(strings.TrimSpace(inside))
		name, kind, shape = strings.TrimSpace(name), strings.TrimSpace(kind), strings.TrimSpace(shape)
		if !opened || !closed || !isText(name) || !isText(kind) {
			return nil, 0, wrong
		}
		f := field{name: name[1 : len(name)-1], descr: kind, offset: size, count: 1}
		if shape != "" {
			axes, err := parseShape(shape)
			if err != nil {
				return nil, 0, wrong
			}
			for _, n := range axes {
				if n < 1 || n > maxHeader || f.count > maxHeader {
					return nil, 0, wrong
				}
				f.count *= n
			}
		}
		one, err := sizeOf(kind)
		if err != nil {
			return nil, 0, wrong
		}
		if size += f.count * one; size > 1<<30 {
			return nil, 0, wrong
		}
		fields = append(fields, f)
	}
	if size == 0 {
		return nil, 0, wrong
	}
	return fields, size, nil
}

// isText reports whether s is a Python text without escapes.
func isText(s string) bool {
	return len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' && !strings.ContainsAny(s, `\`)
}

// sizeOf returns the size of a dtype in bytes, of numbers or not.
func sizeOf(descr string) (int, error) {
	name := strings.Trim(descr, "'")
	if n, ok := numbers[name]; ok {
		return n.size, nil
	}
	name, _, _ = strings.Cut(name, "[") // the unit of a time
	if len(name) < 3 {
		return 0, strconv.ErrSyntax
	}
	size, err := strconv.ParseUint(name[2:], 10, 20)
	if err == nil && name[1] == 'U' {
		size *= 4
	}
	if err == nil && name[1] == 'O' {
		err = strconv.ErrSyntax
	}
	return int(size), err
}
