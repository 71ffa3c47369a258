//go:build !cgo

package backend

import "github.com/gomlx/compute"

// cgoError says that no plugin can be loaded.
var cgoError = errNoCgo

const releaseOfXLA = ""

func newXLA(string, int) (compute.Backend, error) { return nil, cgoError }

func searched() (map[string]string, error) { return nil, cgoError }

func findNamed(string) (string, error) { return "", cgoError }

func named(map[string]string, string) []string { return nil }
