package kernelext

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/flowsforflows/flows/f4f"
)

// Plan is what can be fitted: an f4f.BasePlan or an f4f.BetweenPlan.
type Plan[T any] interface {
	// Fit trains the plan, or loads or resumes it.
	Fit(context.Context) (T, error)
}

// Fit fits a plan and shows how far it has come: as a bar with live loss and time left in a
// notebook or a terminal, in a notebook with the curve of its losses and every few seconds a
// picture of what the flow makes by now; as plain lines elsewhere, on standard error. Interrupting
// the cell, or Ctrl-C in a terminal, stops the fit and keeps what was reached: fitting again goes
// on from there.
func Fit[T any](ctx context.Context, plan Plan[T]) (none T, err error) {
	switch {
	case ctx == nil:
		return none, errors.New("kernelext: Fit needs a context, got nil")
	case plan == nil:
		return none, errors.New("kernelext: Fit needs a plan, got none")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	progress := NewProgress(os.Stderr)
	defer progress.Stop()
	return plan.Fit(progress.watch(ctx))
}

// FitAll fits plans side by side, as f4f.FitAll, and shows how far each has come, as Fit.
func FitAll[P f4f.Plan[F], F any](ctx context.Context, plans ...P) ([]F, error) {
	if ctx == nil {
		return nil, errors.New("kernelext: FitAll needs a context, got nil")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	progress := NewProgress(os.Stderr)
	defer progress.Stop()
	return f4f.FitAll(progress.watch(ctx), plans...)
}

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
