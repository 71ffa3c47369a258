//go:build cgo && linux

package backend

// This is a file of its own because a file that exports a function to C can't define any in C.

import "C"
import "unsafe"

//export f4fCompile
func f4fCompile(slot C.int, args unsafe.Pointer) unsafe.Pointer {
	return keepers[slot].compile(args)
}
