package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"
)

// header holds the fields of a header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }.
type header struct {
	descr   string // with its quotes; a list if the dtype is a structure
	fortran bool
	shape   []int
}

var errHeader = errors.New("the header must be a dictionary of 'descr', 'fortran_order' and 'shape'")

// readHeader returns the header's text. The values are what is left to read.
func readHeader(r io.Reader) (string, error) {
	var start [len(Magic) + 2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:len(Magic)]) != Magic {
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", err
		}
		return "", errors.New("it isn't a .npy file: it doesn't begin with NumPy's magic string")
	}
	var length uint32
	switch major := start[len(Magic)]; major {
	case 1:
		var short uint16
		if err := binary.Read(r, binary.LittleEndian, &short); err != nil {
			return "", truncated(err, "header")
		}
		length = uint32(short)
	case 2, 3:
		if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
			return "", truncated(err, "header")
		}
	default:
		return "", fmt.Errorf("the format's version must be 1, 2 or 3, got %d", major)
	}
	if length > maxHeader {
		return "", fmt.Errorf("the header must have at most %d bytes, got %d", maxHeader, length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", truncated(err, "header")
	}
	return string(text), nil
}

// truncated turns an end of file into an error that says where the file is truncated.
func truncated(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is truncated: it ends within its %s", where)
	}
	return err
}

// parseHeader parses the dictionary that NumPy writes: three keys in any order, each once.
func parseHeader(text string) (header, error) {
	var h header
	rest, opened := strings.CutPrefix(strings.TrimSpace(text), "{")
	rest, closed := strings.CutSuffix(rest, "}")
	if !opened || !closed {
		return h, errHeader
	}
	seen := map[string]bool{}
	for rest = strings.TrimSpace(rest); rest != ""; {
		entry, after := cutEntry(rest)
		rest = strings.TrimSpace(after)
		key, value, ok := strings.Cut(entry, ":")
		key, value = strings.Trim(strings.TrimSpace(key), `'"`), strings.TrimSpace(value)
		if !ok || seen[key] {
			return h, errHeader
		}
		seen[key] = true
		switch key {
		case "descr":
			h.descr = strings.ReplaceAll(value, `"`, `'`)
		case "fortran_order":
			h.fortran = value == "True"
			if !h.fortran && value != "False" {
				return h, fmt.Errorf("the header's fortran_order must be True or False, got %q", value)
			}
		case "shape":
			var err error
			if h.shape, err = parseShape(value); err != nil {
				return h, err
			}
		default:
			return h, fmt.Errorf("%w, got %q too", errHeader, key)
		}
	}
	if len(seen) != 3 {
		return h, errHeader
	}
	return h, nil
}

// cutEntry splits the inside of a dictionary at its first comma outside a tuple, list or string.
func cutEntry(s string) (entry, rest string) {
	depth := 0
	var quote rune
	for i, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '(' || r == '[' || r == '{':
			depth++
		case r == ')' || r == ']' || r == '}':
			depth--
		case r == ',' && depth == 0:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// parseShape parses a tuple of sizes: (), (3,) or (3, 2).
func parseShape(value string) ([]int, error) {
	inside, opened := strings.CutPrefix(value, "(")
	inside, closed := strings.CutSuffix(inside, ")")
	wrong := fmt.Errorf("the header's shape must be a tuple of sizes, got %q", value)
	if !opened || !closed {
		return nil, wrong
	}
	var shape []int
	inside = strings.TrimSuffix(strings.TrimSpace(inside), ",")
	if inside == "" {
		return shape, nil
	}
	for part := range strings.SplitSeq(inside, ",") {
		// Python 2 wrote long integers as 3L.
		size, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(part), "L"), 10, strconv.IntSize)
		if err != nil || size < 0 {
			return nil, wrong
		}
		shape = append(shape, int(size))
	}
	return shape, nil
}

// rows returns the shape as N points of D features. It returns an error unless both are at least 1
// and the size in bytes fits an int.
func (h header) rows() (n, d int, err error) {
	switch len(h.shape) {
	case 1:
		n, d = h.shape[0], 1
	case 2:
		n, d = h.shape[0], h.shape[1]
	default:
		return 0, 0, fmt.Errorf("the array must have 1 or 2 axes, [N] or [N, D], got %d: shape %v", len(h.shape), h.shape)
	}
	if n == 0 || d == 0 {
		return 0, 0, fmt.Errorf("the array must hold at least one point, got shape %v", h.shape)
	}
	// Three bits stay free for the size in bytes, and one for the sign.
	if high, low := bits.Mul(uint(n), uint(d)); high != 0 || low>>(bits.UintSize-4) != 0 {
		return 0, 0, fmt.Errorf("no file holds an array of shape %v", h.shape)
	}
	return n, d, nil
}
