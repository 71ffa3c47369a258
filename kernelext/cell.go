package kernelext

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/janpfeifer/gonb/gonbui"
)

// Must returns value if err is nil. Otherwise it ends the cell: it prints the error's message, and
// nothing else, and exits with status 1. Use it in cells; a program should handle its errors.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Check ends the cell if err isn't nil, as Must does.
func Check(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if gonbui.IsNotebook {
		gonbui.Sync() // so that the kernel reads what the cell has shown
	}
	os.Exit(1)
}

// interruptible returns a context that ends when the cell is interrupted, or on Ctrl-C in a
// terminal. After stop is called, an interrupt ends the program at once, as usual.
func interruptible() (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt)
}
