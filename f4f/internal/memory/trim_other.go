//go:build !linux || !cgo

package memory

// Trim returns freed memory to the system. It does nothing here.
func Trim() {}
