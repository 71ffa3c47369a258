// Package npy reads and writes arrays in NumPy's .npy format, as numpy.lib.format describes it: the
// magic string, two bytes of version, the header's length (2 bytes in version 1, 4 in versions 2
// and 3, little-endian), the header (a Python dictionary) and the values.
//
// Reading never allocates more memory than the file's size justifies, whatever the header says.
package npy

// Magic begins every file.
const Magic = "\x93NUMPY"

const (
	// maxHeader is far more than the header of a two-dimensional array needs. A file with a longer
	// header is rejected.
	maxHeader = 1 << 16
	// align is the number of bytes that the header is padded to a multiple of, so that the values
	// can be mapped into memory.
	align = 64
)
