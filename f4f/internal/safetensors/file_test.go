package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

func TestAMissingFileIsToldFromADamagedOne(t *testing.T) {
	_, _, err := Read(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrCorrupt) {
		t.Errorf("the error is %v", err)
	}
}

func TestAFailedWriteLeavesTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "flow.safetensors")
	if err := Write(path, map[string]*tensors.Tensor{"a": tensors.FromScalar(int64(1))}, nil); err != nil {
		t.Fatal(err)
	}
	bad := map[string]*tensors.Tensor{"a": tensors.FromScalar(true)} // the format has no such dtype here
	if err := Write(path, bad, nil); err == nil {
		t.Error("a dtype that can't be written was")
	}
	if err := Write(filepath.Join(folder, "no", "such", "folder"), map[string]*tensors.Tensor{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing into a missing folder: %v", err)
	}
	weights, _, err := Read(path)
	if err != nil || tensors.ToScalar[int64](weights["a"]) != 1 {
		t.Errorf("the old file reads as %v, %v", weights, err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("the folder holds %v, want the one file", left)
	}
}

// FuzzDecode: a hostile file is refused or read, and never panics.
func FuzzDecode(f *testing.F) {
	file := func(header string, body []byte) []byte {
		return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), body...)
	}
	f.Add(file(`{}`, nil))
	f.Add(file(`{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}`, make([]byte, 8)))
	f.Add(file(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}`, make([]byte, 8)))
	f.Add(file(`{"a":{"dtype":"F64","shape":[-1],"data_offsets":[8,0]}}`, make([]byte, 8)))
	f.Add(file(`{"__metadata__":{"run":"{}"}}`, nil))
	f.Add(binary.LittleEndian.AppendUint64(nil, math.MaxUint64))
	f.Fuzz(func(t *testing.T, content []byte) {
		weights, _, err := decode(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		total := 0
		for _, w := range weights {
			total += int(w.ByteSize())
		}
		if total > len(content) {
			t.Errorf("%d bytes of tensors from a file of %d", total, len(content))
		}
	})
}
