// Package programtest has no code, only a test of f4f that takes as long as all others: every
// process compiles the same programs. In a package of its own it runs beside them.
package programtest
