package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// File returns the content of a .npy file of an array [n, d] of float32: little-endian, C order,
// version 1.
func File(n, d int, values []float32) []byte {
	file := start(fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n, d), 4*len(values))
	for _, v := range values {
		file = binary.LittleEndian.AppendUint32(file, math.Float32bits(v))
	}
	return file
}

// File64 returns the content of a .npy file of an array [n] of float64.
func File64(values []float64) []byte {
	file := start(fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(values)), 8*len(values))
	for _, v := range values {
		file = binary.LittleEndian.AppendUint64(file, math.Float64bits(v))
	}
	return file
}

// start returns the beginning of a file up to its values, with room for that many bytes of them.
func start(header string, bytes int) []byte {
	const before = len(Magic) + 2 + 2 // version and length
	used := before + len(header) + 1  // the newline that ends it
	header += strings.Repeat(" ", (align-used%align)%align) + "\n"

	file := make([]byte, 0, before+len(header)+bytes)
	file = append(append(file, Magic...), 1, 0)
	file = binary.LittleEndian.AppendUint16(file, uint16(len(header)))
	return append(file, header...)
}
