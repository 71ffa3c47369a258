//go:build !unix

package programs

import "io/fs"

// private checks nothing: on this system the user's cache folder is private.
func private(fs.FileInfo) error { return nil }
