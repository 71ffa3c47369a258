package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// WriteNPY writes p [N, D] to a NumPy .npy file: float32, little-endian, C order, version 1. It
// writes NaN and infinities as they are, but ReadNPY will reject them. It returns an error if p
// holds no point, or if the points have weights, for which such a file has no place.
//
// The file appears whole or not at all: it is written under another name beside path and then
// renamed, so a previous file stays intact until then.
func WriteNPY(path string, p Points) error {
	if p.weights != nil {
		return fmt.Errorf("data: %s: an .npy file of points has no place for their weights: write them with WriteCSV, or in a file of their own and the points without them (WithWeights(nil))", path)
	}
	return writePoints(path, p, npyFile)
}

// npyFile returns the content of a .npy file: its header and the values.
func npyFile(p Points) []byte {
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", p.Len(), p.Dim())
	const before = len(npyMagic) + 2 + 2 // version and length
	used := before + len(header) + 1     // the newline that ends it
	header += strings.Repeat(" ", (npyAlign-used%npyAlign)%npyAlign) + "\n"

	file := make([]byte, 0, before+len(header)+4*len(p.Values()))
	file = append(append(file, npyMagic...), 1, 0)
	file = binary.LittleEndian.AppendUint16(file, uint16(len(header)))
	file = append(file, header...)
	for _, v := range p.Values() {
		file = binary.LittleEndian.AppendUint32(file, math.Float32bits(v))
	}
	return file
}
