// Package panics turns panics of code that builds graphs into errors.
package panics

import (
	"fmt"
	"runtime/debug"
)

// Catch runs fn, which builds graphs, and returns its panic as an error: GoMLX panics on shapes
// that don't fit. The error of a runtime panic, which is a bug rather than wrong input, includes
// the stack.
func Catch(fn func()) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case interface {
			error
			RuntimeError()
		}:
			err = fmt.Errorf("%w\n%s", e, debug.Stack())
		case error:
			err = e
		default:
			err = fmt.Errorf("%v", e)
		}
	}()
	fn()
	return nil
}
