package f4f

import (
	"context"
	"fmt"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// Glimpse is a look at a flow while it is trained.
type Glimpse struct {
	Flow   string      // what is being trained, as events call it
	Step   int         // the steps it has been trained for
	Points data.Points // [n, D] of what the flow makes by now: draws of a base, or where a transport takes points of the left
	Target data.Points // [n, D] of what it should make: training points
}

// A glimpse takes time from the training: it comes no more often than every so many seconds, and
// then only so often that all of them together take this share of the time.
const (
	glimpseEvery = 2 * time.Second
	glimpseShare = 0.01
)

type glimpsesKey struct{}

// glimpses are who is to be given glimpses, and of how many points.
type glimpses struct {
	points  int
	receive func(Glimpse)
}

// WithGlimpses gives a context under which Fit shows, every few seconds and after the last step,
// what the flow under training makes of so many points, by the Go backend, which compiles nothing:
// at intervals of a hundred times what one takes. receive is called from the goroutine that trains.
// What FitAll trains as one program is not shown.
func WithGlimpses(ctx context.Context, points int, receive func(Glimpse)) context.Context {
	return context.WithValue(ctx, glimpsesKey{}, glimpses{points, receive})
}

// subject is a flow as glimpses show it.
type subject struct {
	engine *engine.Engine
	make   func() (data.Points, error) // what it makes with the weights that engine has
	target data.Points
}

// glimpsing is what a run calls between its steps, nil where nobody looks.
func (t *trainer) glimpsing(ctx context.Context) func(step, steps int, take func() (fit.Snapshot, error)) {
	to, ok := ctx.Value(glimpsesKey{}).(glimpses)
	if !ok || to.points < 1 || to.receive == nil {
		return nil
	}
	var s *subject
	look := func(take func() (fit.Snapshot, error)) (points data.Points, err error) {
		weights, err := take()
		if err != nil {
			return points, err
		}
		if s != nil {
			err = s.engine.Replace(weights)
		} else {
			var b *backend.Backend
			if b, err = backend.Open(ctx, "go"); err == nil {
				s, err = t.subject(b.Backend, flowWeights(weights), to.points)
			}
		}
		if err != nil {
			return points, err
		}
		return s.make()
	}
	next := time.Now().Add(glimpseEvery)
	return func(step, steps int, take func() (fit.Snapshot, error)) {
		began := time.Now()
		last := step == steps && s != nil // who has been shown a flow on its way is shown where it came to
		if began.Before(next) && !last {
			return
		}
		points, err := look(take)
		if err != nil { // the training matters more
			t.passing(fmt.Sprintf("%s can't be shown while it trains: %v", t.name, err))
			next = began.Add(24 * 365 * time.Hour)
			return
		}
		to.receive(Glimpse{Flow: t.name, Step: step, Points: points, Target: s.target})
		cost := time.Since(began)
		next = time.Now().Add(max(glimpseEvery, time.Duration(float64(cost)/glimpseShare)))
	}
}
