//go:build !(cgo && linux)

package backend

// keepPrograms does nothing here: without cgo there is no XLA, and beyond Linux it is not known
// which machine code the processor runs.
func keepPrograms(string) {}
