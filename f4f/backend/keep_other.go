//go:build !(cgo && linux)

package backend

// keepPrograms does nothing and returns false: without cgo there is no XLA, and outside Linux this
// package doesn't know which machine code the processor runs.
func keepPrograms(string) bool { return false }
