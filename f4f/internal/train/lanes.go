package train

import (
	"context"
	"log/slog"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Relabelled returns a context in which the events of the plan with this name have a label instead,
// so that plans of the same name can be told apart. Events about its bases are dropped: the bases
// are trained already.
func Relabelled(ctx context.Context, name, label string) context.Context {
	if to, ok := ctx.Value(glimpsesKey{}).(glimpses); ok {
		ctx = WithGlimpses(ctx, to.points, func(g Glimpse) {
			if g.Flow == name {
				g.Flow = label
			}
			to.receive(g)
		})
	}
	to := receiverOf(ctx)
	return context.WithValue(ctx, eventsKey{}, receiver{logs: to.logs, tell: func(e fit.Event, level slog.Level) {
		if e.Loaded && e.Flow != name {
			return
		}
		if e.Flow == name {
			e.Flow = label
		}
		to.tell(e, level)
	}})
}

type laneKey struct{}

// InLane returns a context in which flows train in the lane of this number.
func InLane(ctx context.Context, number int) context.Context {
	return context.WithValue(ctx, laneKey{}, number)
}

// lane returns the number of the context's lane. Flows of one lane train one after another, so they
// share a client of the backend.
func lane(ctx context.Context) int {
	number, _ := ctx.Value(laneKey{}).(int)
	return number
}

// Open opens the backend for the lane of the context.
func (s Place) Open(ctx context.Context) (*backend.Backend, error) {
	b, err := backend.Open(ctx, s.Backend)
	if err != nil {
		return nil, err
	}
	return b.Client(ctx, lane(ctx))
}
