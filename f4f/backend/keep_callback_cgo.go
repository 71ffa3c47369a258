//go:build cgo && linux

package backend

// A file that exports a function to C cannot define any in C, hence a file of its own.

import "C"
import "unsafe"

//export f4fCompile
func f4fCompile(slot C.int, args unsafe.Pointer) unsafe.Pointer {
	return keepers[slot].compile(args)
}
