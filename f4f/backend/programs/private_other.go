//go:build !unix

package programs

import "io/fs"

// private has nothing to look at: here the user's cache folder is the user's alone.
func private(fs.FileInfo) error { return nil }
