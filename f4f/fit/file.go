package fit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// ErrCorrupt is wrapped by the error of reading a file that is torn, altered, or no such file at all.
var ErrCorrupt = errors.New("the file is damaged")

// The format is safetensors: eight bytes with the length of a JSON header, the header, the tensors' bytes. It is read by every
// framework, runs no code, and holds any text as metadata. One entry of ours is the checksum of all bytes after the header.
const (
	metadataKey  = "__metadata__"
	checksumKey  = "sha256"
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

// WriteFile writes tensors and texts to a safetensors file, beside the old one and, once it reads back as it was written, in its place: whoever
// reads path sees the old file or the new one, whole, whenever the machine stops.
func WriteFile(path string, weights Snapshot, texts map[string]string) (err error) {
	header, body, err := encode(weights, texts)
	if err != nil {
		return fmt.Errorf("fit: writing %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("fit: writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("fit: writing %s: %w", path, err)
		}
	}()
	sum := sha256.New()
	for _, part := range append([][]byte{binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header}, body...) {
		if _, err := f.Write(part); err != nil {
			return err
		}
		sum.Write(part)
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := readsBack(f.Name(), sum.Sum(nil)); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// readsBack errs where a file's content hasn't the checksum: a quota or a network file system may lose what it took without a word.
func readsBack(path string, want []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return errors.New("it doesn't read back as it was written")
	}
	return nil
}

// syncFolder makes a rename in the folder last through a loss of power, where the system can.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrInvalid) {
		return err
	}
	return nil
}

func encode(weights Snapshot, texts map[string]string) (header []byte, body [][]byte, err error) {
	fields := map[string]any{}
	sum, at := sha256.New(), int64(0)
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		t := weights[name]
		dtype, known := dtypeNames[t.DType()]
		if !known {
			return nil, nil, fmt.Errorf("tensor %s has dtype %s, which the format lacks", name, t.DType())
		}
		var content []byte
		if err := t.ConstBytes(func(b []byte) { content = slices.Clone(b) }); err != nil {
			return nil, nil, err
		}
		sum.Write(content)
		body = append(body, content)
		fields[name] = entry{DType: dtype, Shape: append([]int{}, t.Shape().Dimensions...), Offsets: [2]int64{at, at + int64(len(content))}}
		at += int64(len(content))
	}
	all := maps.Clone(texts)
	if all == nil {
		all = map[string]string{}
	}
	all[checksumKey] = hex.EncodeToString(sum.Sum(nil))
	fields[metadataKey] = all
	header, err = json.Marshal(fields)
	for len(header)%8 != 0 { // the format aligns tensors to eight bytes
		header = append(header, ' ')
	}
	return header, body, err
}

// ReadFile reads what WriteFile wrote, or any safetensors file of the dtypes that WriteFile knows. It allocates no more than the file's size
// accounts for. An error that wraps ErrCorrupt means that the file is damaged; a missing file is fs.ErrNotExist.
func ReadFile(path string) (weights Snapshot, texts map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		weights, texts, err = decode(f, info.Size())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	return weights, texts, nil
}

// decode reads a file of size bytes.
func decode(r io.Reader, size int64) (Snapshot, map[string]string, error) {
	entries, texts, err := readHead(r, size)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.New()
	body, weights := io.TeeReader(r, sum), Snapshot{}
	for _, e := range entries {
		t := tensors.FromShape(shapes.Make(e.dtype(), e.Shape...))
		var failed error
		if err := t.MutableBytes(func(b []byte) { _, failed = io.ReadFull(body, b) }); err != nil || failed != nil {
			return nil, nil, errors.Join(err, failed)
		}
		weights[e.name] = t
	}
	if want, ok := texts[checksumKey]; ok && hex.EncodeToString(sum.Sum(nil)) != want {
		return nil, nil, fmt.Errorf("%w: its checksum doesn't match its content", ErrCorrupt)
	}
	return weights, texts, nil
}

// readHead reads the header of a file of size bytes, and nothing after it: its tensors, in the order
// of their bytes, and its texts. The header is held against the size before anything is allocated by
// it: the format says that the tensors fill the rest of the file one after another, without holes or
// overlaps, so that they can't claim more than is there; and that no name comes twice.
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
		return damaged("its entries tell of %d of the %d bytes after the header", at, end)
	}
	return entries, texts, nil
}

// parseHeader is the tensors that a header tells of and the texts among them.
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
		name := token.(string) // of a member, which the decoder has seen to
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

// otherDTypes are the format's dtypes that aren't read: a file of theirs is sound.
var otherDTypes = []string{"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "U16", "I16", "F16", "BF16"}

// dtype is the entry's, or InvalidDType where WriteFile doesn't know it.
func (e entry) dtype() dtypes.DType {
	for d, name := range dtypeNames {
		if name == e.DType {
			return d
		}
	}
	return dtypes.InvalidDType
}

// after is where the entry's bytes end, which must begin at at, end by end, and be as many as its shape needs.
func (e entry) after(at, end int64) (int64, error) {
	dtype := e.dtype()
	if dtype == dtypes.InvalidDType {
		return 0, fmt.Errorf("has the unknown dtype %q", e.DType)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from != at || to < from || to > end {
		return 0, fmt.Errorf("claims bytes %d to %d where the next ones are %d to at most %d", from, to, at, end)
	}
	// The shape's size is built up so that no product overflows: it can't exceed the bytes claimed.
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
