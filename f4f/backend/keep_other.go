//go:build !(cgo && unix)

package backend

// keepPrograms does nothing: programs are kept where there is cgo and dlopen.
func keepPrograms(string) {}
