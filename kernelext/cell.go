package kernelext

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/janpfeifer/gonb/gonbui"
)

// Must is the value, or the end of the cell: where there is an error, it prints its message alone
// and exits with status 1. It is for cells; a program handles its errors.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Check is the end of the cell where there is an error, as Must.
func Check(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if gonbui.IsNotebook {
		gonbui.Sync() // what the cell has shown so far must not be lost
	}
	os.Exit(1)
}

// interruptible is a context that ends when the cell is interrupted, and Ctrl-C in a terminal. Once
// stop is called, an interrupt ends the cell's program at once, as it does any.
func interruptible() (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt)
}
