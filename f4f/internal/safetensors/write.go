// Package safetensors reads and writes files of tensors and texts: eight bytes with the length of a
// JSON header, the header, and the tensors' bytes. Every framework reads the format. It runs no
// code, and holds any text as metadata. A file is checked against its own size before anything is
// allocated by it, so files from strangers are safe to read.
package safetensors

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// Write writes tensors and texts to a safetensors file, which it replaces atomically. It returns an
// error if a tensor has a dtype that the format lacks, or if the file can't be written.
func Write(path string, all map[string]*tensors.Tensor, texts map[string]string) error {
	header, body, err := encode(all, texts)
	if err == nil {
		err = atomicfile.Write(path, append([][]byte{binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header}, body...)...)
	}
	if err != nil {
		return fmt.Errorf("safetensors: writing %s: %w", path, err)
	}
	return nil
}

// encode returns the header of a file and the bytes of its tensors, sorted by name.
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
