package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// ErrCorrupt is wrapped by the errors of reading a file that is truncated, altered, or not a
// safetensors file.
var ErrCorrupt = errors.New("the file is damaged")

// ChecksumKey is the name of the text that Write adds: the checksum of all bytes after the header.
const ChecksumKey = "sha256"

const (
	metadataKey  = "__metadata__"
	mostHeader   = 64 << 20
	headerLength = 8
)

var dtypeNames = map[dtypes.DType]string{
	dtypes.Float32: "F32", dtypes.Float64: "F64", dtypes.Int32: "I32", dtypes.Int64: "I64", dtypes.Uint32: "U32", dtypes.Uint64: "U64",
}

// entry describes one tensor in the header.
type entry struct {
	name    string
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // from the first byte after the header; the last excluded
}

// readHead reads the header of a file of size bytes, and nothing after it. It returns the tensors,
// in the order of their bytes, and the texts. It checks the header against the size before it
// allocates anything by it: as the format requires, the tensors must fill the rest of the file
// without holes or overlaps, so they can't claim more than is there, and no name may occur twice.
func readHead(r io.Reader, size int64) ([]entry, map[string]string, error) {
	damaged := func(format string, args ...any) ([]entry, map[string]string, error) {
		return nil, nil, fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
	var length [headerLength]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return damaged("it has %d bytes, too few for a safetensors file", size)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > mostHeader || int64(n) > size-headerLength {
		return damaged("it is no safetensors file, or torn: its header would have %d bytes of the file's %d", n, size)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, nil, err
	}
	entries, texts, err := parseHeader(header)
	if err != nil {
		return damaged("its header %v", err)
	}
	for _, e := range entries {
		if slices.Contains(otherDTypes, e.DType) {
			return nil, nil, fmt.Errorf("its entry %q has the dtype %s, which is not read: save it as F32 or F64", e.name, e.DType)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return slices.Compare(a.Offsets[:], b.Offsets[:]) })
	at, end := int64(0), size-headerLength-int64(n)
	for _, e := range entries {
		if at, err = e.after(at, end); err != nil {
			return damaged("its entry %q %v", e.name, err)
		}
	}
	if at != end {
		return damaged("its entries cover %d of the %d bytes after the header", at, end)
	}
	return entries, texts, nil
}

// parseHeader returns the tensors that a header describes and its texts.
func parseHeader(header []byte) (entries []entry, texts map[string]string, err error) {
	d := json.NewDecoder(bytes.NewReader(header))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, errors.New("is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, nil, fmt.Errorf("is no JSON object: %w", err)
		}
		name := token.(string) // the decoder has checked that it is a member's name
		if seen[name] {
			return nil, nil, fmt.Errorf("has two entries %q", name)
		}
		seen[name] = true
		if name == metadataKey {
			if err := d.Decode(&texts); err != nil {
				return nil, nil, fmt.Errorf("has metadata that are not texts by name: %w", err)
			}
			continue
		}
		e := entry{name: name}
		if err := d.Decode(&e); err != nil {
			return nil, nil, fmt.Errorf("has an entry %q that can't be read: %w", name, err)
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, fmt.Errorf("is no JSON object: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, errors.New("goes on after its JSON object")
	}
	return entries, texts, nil
}

// otherDTypes are dtypes of the format that this package doesn't read. A file that has them isn't
// damaged.
var otherDTypes = []string{"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "U16", "I16", "F16", "BF16"}

// dtype returns the entry's dtype, or InvalidDType if Write doesn't know it.
func (e entry) dtype() dtypes.DType {
	for d, name := range dtypeNames {
		if name == e.DType {
			return d
		}
	}
	return dtypes.InvalidDType
}

// after returns where the entry's bytes end. They must begin at at, end by end, and be as many as
// its shape needs.
func (e entry) after(at, end int64) (int64, error) {
	dtype := e.dtype()
	if dtype == dtypes.InvalidDType {
		return 0, fmt.Errorf("has the unknown dtype %q", e.DType)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from != at || to < from || to > end {
		return 0, fmt.Errorf("claims bytes %d to %d where the next ones are %d to at most %d", from, to, at, end)
	}
	// The number of elements is built up so that no product overflows: it can't exceed the bytes
	// claimed.
	elements, most := int64(1), (to-from)/int64(dtype.Size())
	if slices.Contains(e.Shape, 0) {
		elements = 0
	}
	for _, d := range e.Shape {
		if d < 0 || d > 0 && elements > most/int64(d) {
			return 0, fmt.Errorf("has shape %v, which doesn't fit its %d bytes of %s", e.Shape, to-from, e.DType)
		}
		elements *= int64(d)
	}
	if elements*int64(dtype.Size()) != to-from {
		return 0, fmt.Errorf("has shape %v, which doesn't fit its %d bytes of %s", e.Shape, to-from, e.DType)
	}
	return to, nil
}
