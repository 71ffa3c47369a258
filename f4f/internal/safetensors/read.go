package safetensors

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Read reads a file that Write wrote, or any safetensors file with dtypes that Write knows. It
// allocates no more than the file's size accounts for. The error wraps ErrCorrupt if the file is
// damaged, and fs.ErrNotExist if it is missing.
func Read(path string) (all map[string]*tensors.Tensor, texts map[string]string, err error) {
	err = reading(path, func(r io.Reader, size int64) error {
		all, texts, err = decode(r, size)
		return err
	})
	return all, texts, err
}

// reading opens a file, calls read with it, and adds the file's name to an error.
func reading(path string, read func(r io.Reader, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("safetensors: reading %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = read(f, info.Size())
	}
	if err != nil {
		return fmt.Errorf("safetensors: reading %s: %w", path, err)
	}
	return nil
}

// decode reads the tensors and texts of a file of size bytes.
func decode(r io.Reader, size int64) (map[string]*tensors.Tensor, map[string]string, error) {
	entries, texts, err := readHead(r, size)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.New()
	body, all := io.TeeReader(r, sum), map[string]*tensors.Tensor{}
	for _, e := range entries {
		t := tensors.FromShape(shapes.Make(e.dtype(), e.Shape...))
		var failed error
		if err := t.MutableBytes(func(b []byte) { _, failed = io.ReadFull(body, b) }); err != nil || failed != nil {
			return nil, nil, errors.Join(err, failed)
		}
		all[e.name] = t
	}
	if want, ok := texts[ChecksumKey]; ok && hex.EncodeToString(sum.Sum(nil)) != want {
		return nil, nil, fmt.Errorf("%w: its checksum doesn't match its content", ErrCorrupt)
	}
	return all, texts, nil
}

// ReadTexts reads the texts of a file that Write wrote, and none of its tensors' values: a page or
// two of a large file. It returns the same errors as Read, except that it can't detect altered
// values.
func ReadTexts(path string) (texts map[string]string, err error) {
	err = reading(path, func(r io.Reader, size int64) error {
		_, texts, err = readHead(r, size)
		return err
	})
	return texts, err
}
