package fit

import (
	"fmt"
	"runtime/debug"
)

// Catch runs fn, which builds graphs, and turns its panic into an error: GoMLX reports what doesn't
// fit by panicking. A runtime error, which is nobody's input but a bug, keeps its stack.
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
