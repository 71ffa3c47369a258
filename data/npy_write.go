package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// WriteNPY writes p [N, D] to a NumPy .npy file: float32, little-endian, C order, version 1. It
// writes NaN and infinities as they are, but ReadNPY will reject them. It returns an error if p
// holds no point.
//
// The file appears whole or not at all: it is written under another name beside path and then
// renamed, so a previous file stays intact until then.
func WriteNPY(path string, p Points) (err error) {
	if p.Len() == 0 {
		return fmt.Errorf("data: %s: there must be at least one point to write, got none", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it may be closed already
			_ = os.Remove(f.Name())
			err = fmt.Errorf("data: %s: %w", path, err)
		}
	}()
	if err := writeNPY(f, p); err != nil {
		return err
	}
	// A temporary file is readable by its owner only; points aren't secret.
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeNPY writes the header and the values to w.
func writeNPY(w io.Writer, p Points) error {
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", p.Len(), p.Dim())
	const before = len(npyMagic) + 2 + 2 // version and length
	used := before + len(header) + 1     // the newline that ends it
	header += strings.Repeat(" ", (npyAlign-used%npyAlign)%npyAlign) + "\n"

	buffered := bufio.NewWriter(w)
	start := append([]byte(npyMagic), 1, 0)
	start = binary.LittleEndian.AppendUint16(start, uint16(len(header)))
	start = append(start, header...)
	if _, err := buffered.Write(start); err != nil {
		return err
	}
	var number [4]byte
	for _, v := range p.Values() {
		binary.LittleEndian.PutUint32(number[:], math.Float32bits(v))
		if _, err := buffered.Write(number[:]); err != nil {
			return err
		}
	}
	return buffered.Flush()
}
