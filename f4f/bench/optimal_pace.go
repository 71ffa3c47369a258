package main

import (
	"context"
	"time"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// pace is how long a training took.
type pace struct {
	steps           int
	processor, wall time.Duration
}

func (p pace) plus(other pace) pace {
	return pace{p.steps + other.steps, p.processor + other.processor, p.wall + other.wall}
}

// paced trains for about the given seconds of a processor. It finds the number of steps for that by
// two shorter trainings, because the learning rate must know it. The second takes an eighth of the
// time: the inverse of a convex potential takes more iterations, and so longer, once the map is far
// from the identity.
func paced[T any](ctx context.Context, seconds float64, train func(ctx context.Context, steps int) (T, pace, error)) (trained T, steps int, spent pace, err error) {
	const first = 500
	for i, share := range []float64{0, 1. / 8, 1} {
		steps = first
		if i > 0 { // never as many as before: the store would have it
			steps = max(first+i, int(share*seconds/spent.processor.Seconds()*float64(spent.steps)))
		}
		if trained, spent, err = train(ctx, steps); err != nil {
			return trained, steps, spent, err
		}
	}
	return trained, steps, spent, nil
}

// timed returns what a training trained, and how long its steps took. What comes before the first
// of them, such as drawing points and compiling, doesn't count.
func timed[T any](ctx context.Context, train func(context.Context) (T, error)) (trained T, spent pace, err error) {
	began, last := pace{}, pace{}
	start := time.Now()
	trained, err = train(f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Loaded || e.Step == 0 {
			return
		}
		if last = (pace{e.Step, processorTime(), time.Since(start)}); began.steps == 0 {
			began = last
		}
	}))
	if err != nil {
		return trained, pace{}, err
	}
	measured := last.steps - began.steps
	if measured == 0 { // too short to be measured: all of it counts
		return trained, pace{max(last.steps, 1), processorTime(), time.Since(start)}, nil
	}
	all := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) / float64(measured) * float64(last.steps))
	}
	return trained, pace{last.steps, all(last.processor - began.processor), all(last.wall - began.wall)}, nil
}
