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
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n, d)
	const before = len(Magic) + 2 + 2 // version and length
	used := before + len(header) + 1  // the newline that ends it
	header += strings.Repeat(" ", (align-used%align)%align) + "\n"

	file := make([]byte, 0, before+len(header)+4*len(values))
	file = append(append(file, Magic...), 1, 0)
	file = binary.LittleEndian.AppendUint16(file, uint16(len(header)))
	file = append(file, header...)
	for _, v := range values {
		file = binary.LittleEndian.AppendUint32(file, math.Float32bits(v))
	}
	return file
}
