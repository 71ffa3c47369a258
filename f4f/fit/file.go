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
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
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
	sum, at := sha256.New(), 0
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		t := weights[name]
		dtype, known := dtypeNames[t.DType()]
		if !known {
			return nil, nil, fmt.Errorf("tensor %s has dtype %s, which the format lacks", name, t.DType())
		}
		var bytes []byte
		if err := t.ConstBytes(func(b []byte) { bytes = slices.Clone(b) }); err != nil {
			return nil, nil, err
		}
		sum.Write(bytes)
		body = append(body, bytes)
		fields[name] = entry{DType: dtype, Shape: append([]int{}, t.Shape().Dimensions...), Offsets: [2]int{at, at + len(bytes)}}
		at += len(bytes)
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

func decode(r io.Reader, size int64) (Snapshot, map[string]string, error) {
	damaged := func(format string, args ...any) (Snapshot, map[string]string, error) {
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
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil {
		return damaged("its header is no JSON object: %v", err)
	}
	body := make([]byte, size-headerLength-int64(n))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, nil, err
	}
	texts := map[string]string{}
	if raw, ok := fields[metadataKey]; ok {
		if err := json.Unmarshal(raw, &texts); err != nil {
			return damaged("its metadata are not texts by name: %v", err)
		}
	}
	if want, ok := texts[checksumKey]; ok {
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			return damaged("its checksum doesn't match its content")
		}
	}
	weights := Snapshot{}
	for name, raw := range fields {
		if name == metadataKey {
			continue
		}
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return damaged("its entry %q can't be read: %v", name, err)
		}
		t, err := e.tensor(body)
		if err != nil {
			return damaged("its entry %q %v", name, err)
		}
		weights[name] = t
	}
	return weights, texts, nil
}

// tensor cuts the entry's tensor out of the body.
func (e entry) tensor(body []byte) (*tensors.Tensor, error) {
	dtype := dtypes.InvalidDType
	for d, name := range dtypeNames {
		if name == e.DType {
			dtype = d
		}
	}
	if dtype == dtypes.InvalidDType {
		return nil, fmt.Errorf("has an unknown dtype %q", e.DType)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from || to > len(body) {
		return nil, fmt.Errorf("claims bytes %d to %d of %d", from, to, len(body))
	}
	// The shape's size is built up so that no product overflows: it can't exceed the bytes claimed.
	elements, most := 1, (to-from)/dtype.Size()
	for _, d := range e.Shape {
		if d < 1 || elements > most/d {
			return nil, fmt.Errorf("has shape %v, which doesn't fit its %d bytes of %s", e.Shape, to-from, e.DType)
		}
		elements *= d
	}
	if elements*dtype.Size() != to-from {
		return nil, fmt.Errorf("has shape %v, which doesn't fit its %d bytes of %s", e.Shape, to-from, e.DType)
	}
	t := tensors.FromShape(shapes.Make(dtype, e.Shape...))
	err := t.MutableBytes(func(b []byte) { copy(b, body[from:to]) })
	return t, err
}
