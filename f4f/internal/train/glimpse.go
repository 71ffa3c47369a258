package train

import (
	"context"
	"fmt"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// Glimpse is a flow during its training; see f4f.Glimpse.
type Glimpse struct {
	Flow   string
	Step   int
	Points data.Points
	Target data.Points
}

// Glimpses take time from the training. They come no more often than every glimpseEvery, and no
// more often than lets them take the share glimpseShare of the time.
const (
	glimpseEvery = 2 * time.Second
	glimpseShare = 0.01
)

type glimpsesKey struct{}

// glimpses says who receives glimpses, and of how many points.
type glimpses struct {
	points  int
	receive func(Glimpse)
}

// WithGlimpses returns a context in which receive gets glimpses of this many points; see
// f4f.WithGlimpses.
func WithGlimpses(ctx context.Context, points int, receive func(Glimpse)) context.Context {
	return context.WithValue(ctx, glimpsesKey{}, glimpses{points, receive})
}

// glimpsing returns a function for a run to call between its steps. It is nil if the context asks
// for no glimpses.
func (t *Trainer) glimpsing(ctx context.Context) func(step, steps int, take func() (fit.Snapshot, error)) {
	to, ok := ctx.Value(glimpsesKey{}).(glimpses)
	if !ok || to.points < 1 || to.receive == nil {
		return nil
	}
	var s *Subject
	look := func(take func() (fit.Snapshot, error)) (points data.Points, err error) {
		weights, err := take()
		if err != nil {
			return points, err
		}
		if s != nil {
			err = s.Engine.Replace(weights)
		} else {
			var b *backend.Backend
			if b, err = backend.Open(ctx, "go"); err == nil {
				s, err = t.Subject(b.Backend, specs.FlowWeights(weights), to.points)
			}
		}
		if err != nil {
			return points, err
		}
		return s.Make()
	}
	next := time.Now().Add(glimpseEvery)
	return func(step, steps int, take func() (fit.Snapshot, error)) {
		began := time.Now()
		last := step == steps && s != nil // show the final flow to a receiver that has seen an earlier one
		if began.Before(next) && !last {
			return
		}
		points, err := look(take)
		if err != nil { // go on training without glimpses
			t.passing(fmt.Sprintf("%s can't be shown while it trains: %v", t.name, err))
			next = began.Add(24 * 365 * time.Hour)
			return
		}
		to.receive(Glimpse{Flow: t.name, Step: step, Points: points, Target: s.Target})
		cost := time.Since(began)
		next = time.Now().Add(max(glimpseEvery, time.Duration(float64(cost)/glimpseShare)))
	}
}
