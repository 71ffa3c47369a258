package kernelext

import (
	"context"
	"errors"
	"os"

	"github.com/flowsforflows/flows/f4f"
)

// Plan is a plan that can be fitted, such as an f4f.BasePlan or an f4f.BetweenPlan.
type Plan[T any] interface {
	// Fit trains the plan, or loads or resumes it.
	Fit(context.Context) (T, error)
}

// Fit fits a plan and shows its progress. In a notebook it shows a bar with the loss and the time
// left, the loss curve, and every few seconds a picture of what the flow makes so far. In a
// terminal it shows the bar. Elsewhere it writes plain lines to standard error.
//
// Interrupting the cell, or Ctrl-C in a terminal, stops the fit and saves the state reached.
// Fitting the plan again resumes it. An error ends the cell.
func Fit[T any](plan Plan[T]) T {
	if plan == nil {
		Check(errors.New("kernelext: Fit needs a plan, got none"))
	}
	return Must(watched(plan.Fit))
}

// FitAll fits plans side by side, as f4f.FitAll does, and shows the progress of each, as Fit does.
// An error ends the cell.
func FitAll[P f4f.Plan[F], F any](plans ...P) []F {
	return Must(watched(func(ctx context.Context) ([]F, error) { return f4f.FitAll(ctx, plans...) }))
}

// watched runs a fit, shows its progress, and stops it on an interrupt.
func watched[T any](fit func(context.Context) (T, error)) (T, error) {
	ctx, stop := interruptible()
	defer stop()
	progress := NewProgress(os.Stderr)
	defer progress.Stop()
	return fit(progress.watch(ctx))
}
