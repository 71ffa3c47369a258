package kernelext

import (
	"context"
	"errors"
	"os"

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
// on from there. Where the fit fails, the cell ends with the message.
func Fit[T any](plan Plan[T]) T {
	if plan == nil {
		Check(errors.New("kernelext: Fit needs a plan, got none"))
	}
	return Must(watched(plan.Fit))
}

// FitAll fits plans side by side, as f4f.FitAll, and shows how far each has come, as Fit. An error
// ends the cell.
func FitAll[P f4f.Plan[F], F any](plans ...P) []F {
	return Must(watched(func(ctx context.Context) ([]F, error) { return f4f.FitAll(ctx, plans...) }))
}

// watched is what a fit gives, whose progress is shown and which an interrupt stops.
func watched[T any](fit func(context.Context) (T, error)) (T, error) {
	ctx, stop := interruptible()
	defer stop()
	progress := NewProgress(os.Stderr)
	defer progress.Stop()
	return fit(progress.watch(ctx))
}
