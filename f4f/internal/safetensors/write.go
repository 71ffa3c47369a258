// Package safetensors reads and writes files of tensors and texts: eight bytes with the length of a
// JSON header, the header, the tensors' bytes. Every framework reads the format, it runs no code, and
// holds any text as metadata. A file from a stranger is held against its own size before anything is
// allocated by it.
package safetensors

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

	"github.com/gomlx/gomlx/core/tensors"
)

// Write writes tensors and texts to a safetensors file, beside the old one and, once it reads back as
// it was written, in its place: whoever reads path sees the old file or the new one, whole, whenever
// the machine stops.
func Write(path string, all map[string]*tensors.Tensor, texts map[string]string) (err error) {
	header, body, err := encode(all, texts)
	if err != nil {
		return fmt.Errorf("safetensors: writing %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("safetensors: writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("safetensors: writing %s: %w", path, err)
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

// readsBack errs where a file's content hasn't the checksum: a quota or a network file system may
// lose what it took without a word.
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

func encode(all map[string]*tensors.Tensor, texts map[string]string) (header []byte, body [][]byte, err error) {
	fields := map[string]any{}
	sum, at := sha256.New(), int64(0)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
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
	texts = maps.Clone(texts)
	if texts == nil {
		texts = map[string]string{}
	}
	texts[ChecksumKey] = hex.EncodeToString(sum.Sum(nil))
	fields[metadataKey] = texts
	header, err = json.Marshal(fields)
	for len(header)%8 != 0 { // the format aligns tensors to eight bytes
		header = append(header, ' ')
	}
	return header, body, err
}
