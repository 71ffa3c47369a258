package f4f

import (
	"context"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

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
