package f4f

import (
	"context"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// Sentinel errors, to be tested for with errors.Is.
var (
	// ErrNonFinite means that a loss was NaN or infinite. The flow that is returned holds the
	// weights of the last good epoch.
	ErrNonFinite = fit.ErrNonFinite
	// ErrInterrupted means that the context ended. The flow that is returned holds the weights
	// reached so far. Fitting the plan again resumes from there.
	ErrInterrupted = fit.ErrInterrupted
	// ErrNotKept means that the disk was full or could not be written. The flow that is returned
	// holds the weights reached so far.
	ErrNotKept = fit.ErrNotKept
	// ErrCorrupt means that a file is damaged, or not the file it should be.
	ErrCorrupt = fit.ErrCorrupt
)

// WithEvents returns a context in which Fit reports its progress: it calls receive with an event a
// few times a second. The calls come from the goroutines that train, one at a time. Package
// kernelext has a progress bar that uses it.
//
// Events carry notes, which a person should read. Without WithEvents, notes are logged by log/slog:
// each once in a fit, and a note on the backend once in the process. A nil receive discards events
// and notes. Loading a flow sends its notes again.
func WithEvents(ctx context.Context, receive func(fit.Event)) context.Context {
	return train.WithEvents(ctx, receive)
}

// Glimpse shows what a flow does during its training.
type Glimpse struct {
	Flow   string      // the flow that is being trained, by the name that events use
	Step   int         // the number of steps taken so far
	Points data.Points // [n, D]: samples of a base, or the images of points of the left under a transport
	Target data.Points // [n, D]: training points, which Points should come to resemble
}

// WithGlimpses returns a context in which Fit calls receive with a Glimpse of this many points,
// every few seconds and after the last step. The flow runs on the Go backend, which compiles
// nothing. The time between two glimpses is at least a hundred times what one takes. receive is
// called from the goroutine that trains. Flows that FitAll trains as one program are not shown.
func WithGlimpses(ctx context.Context, points int, receive func(Glimpse)) context.Context {
	if receive == nil {
		return train.WithGlimpses(ctx, points, nil)
	}
	return train.WithGlimpses(ctx, points, func(g train.Glimpse) { receive(Glimpse(g)) })
}
