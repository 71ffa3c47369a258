package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// Our ways to learn a map for -optimal.
const (
	knownMethod  = "known"  // a convex potential by likelihood, between the densities of the sides where these have a formula
	pointsMethod = "points" // a base for the left, and a convex potential onto points of the right, in half of the time each
	linearMethod = "linear" // the optimal map between normal distributions with the means and covariances of the points
)

// learned is a map with its density.
type learned interface {
	// forward returns the images of points x [N, D].
	forward(x data.Points) (data.Points, error)
	// back returns the points [N, D] whose images are y, and the log-determinants [N] of the way
	// there.
	back(y data.Points) (x data.Points, logDets []float64, err error)
}

// serveOptimal is our side of -optimal; peers/optimal.py is the others'.
func serveOptimal(ctx context.Context, out io.Writer, method, asked string) error {
	var t mapTask
	if err := json.Unmarshal([]byte(asked), &t); err != nil {
		return fmt.Errorf("bench: -as %s takes the JSON of a task, got %q: %w", method, asked, err)
	}
	say := json.NewEncoder(out)
	var m learned
	var spent pace
	var err error
	var told answer
	if method == linearMethod {
		m, spent, err = t.linear()
	} else {
		var g *f4f.Transport
		if g, spent, err = t.transport(ctx, method); err == nil {
			m, told = potential{g}, answer{Parameters: g.Parameters(), Notes: g.Notes()}
		}
	}
	if err != nil {
		return err
	}
	if err := say.Encode(answer{Trained: true, Seconds: spent.processor.Seconds(), Wall: spent.wall.Seconds(), Steps: spent.steps}); err != nil {
		return err
	}
	if err := t.writeImages(m); err != nil {
		return err
	}
	if told.Seconds, err = t.time(m); err != nil {
		return err
	}
	if err := t.writeOrigins(m); err != nil {
		told.Notes = append(told.Notes, err.Error()) // the images count all the same
	}
	told.Scored = true
	return say.Encode(told)
}

// writeImages maps the test points.
func (t mapTask) writeImages(m learned) error {
	test, err := data.ReadNPY(filepath.Join(t.Folder, testFile))
	if err != nil {
		return err
	}
	images, err := m.forward(test)
	if err != nil {
		return err
	}
	return data.WriteNPY(filepath.Join(t.Folder, imagesFile), images)
}

// time returns the seconds of a processor that mapping the first points of the left takes.
func (t mapTask) time(m learned) (seconds float64, err error) {
	x, err := data.ReadNPY(filepath.Join(t.Folder, leftFile))
	if err != nil {
		return 0, err
	}
	x = x.Slice(0, min(t.Timed, x.Len()))
	if _, err := m.forward(x); err != nil { // compiles
		return 0, err
	}
	began := processorTime()
	_, err = m.forward(x)
	return (processorTime() - began).Seconds(), err
}

// writeOrigins maps points of the right back.
func (t mapTask) writeOrigins(m learned) error {
	back, err := data.ReadNPY(filepath.Join(t.Folder, backFile))
	if err != nil {
		return err
	}
	origins, logDets, err := m.back(back)
	if err != nil {
		return err
	}
	values := make([]float32, len(logDets))
	for i, v := range logDets {
		values[i] = float32(v)
	}
	column, err := data.NewPoints(1, values)
	if err != nil {
		return err
	}
	if err := data.WriteNPY(filepath.Join(t.Folder, originsFile), origins); err != nil {
		return err
	}
	return data.WriteNPY(filepath.Join(t.Folder, logDetsFile), column)
}

// potential is a trained transport as a learned map.
type potential struct{ of *f4f.Transport }

func (p potential) forward(x data.Points) (data.Points, error) { return p.of.Forward(x) }
func (p potential) back(y data.Points) (data.Points, []float64, error) {
	return p.of.InverseLogDet(y)
}

// transport trains a convex potential from the left to the right for the task's seconds.
func (t mapTask) transport(ctx context.Context, method string) (*f4f.Transport, pace, error) {
	pair, err := t.Case.pair()
	if err != nil {
		return nil, pace{}, err
	}
	if method == knownMethod {
		return t.between(ctx, f4f.Between(given(pair.Left()), given(pair.Right())), t.Seconds)
	}
	left, before, err := t.base(ctx, pair.Left(), t.Seconds/2)
	if err != nil {
		return nil, pace{}, err
	}
	g, spent, err := t.between(ctx, f4f.Between(left, f4f.PointsOf(pair.Right())), t.Seconds/2)
	return g, before.plus(spent), err
}

// between trains a plan's convex potential for some seconds.
func (t mapTask) between(ctx context.Context, plan f4f.BetweenPlan, seconds float64) (*f4f.Transport, pace, error) {
	plan = plan.LayerKind(f4f.ConvexPotential).Samples(mapPoints).Seed(t.Seed).Devices(1).Store(t.store())
	g, _, spent, err := paced(ctx, seconds, func(ctx context.Context, steps int) (*f4f.Transport, pace, error) {
		return timed(ctx, plan.Steps(steps).Fit)
	})
	return g, spent, err
}

// base trains a base for some seconds, and returns the plan that the store has it for. Its tail bound takes
// in all points. It doesn't standardise them: a convex potential would then be the optimal map of another cost.
func (t mapTask) base(ctx context.Context, source data.Source, seconds float64) (f4f.BasePlan, pace, error) {
	const some = 20_000
	x, err := source.Sample(some, t.Seed)
	if err != nil {
		return f4f.BasePlan{}, pace{}, err
	}
	farthest := max(float64(slices.Max(x.Values())), -float64(slices.Min(x.Values())))
	plan := f4f.Base(source).TailBound(1.1 * farthest).Samples(mapPoints).Seed(t.Seed).Devices(1).Store(t.store())
	_, steps, spent, err := paced(ctx, seconds, func(ctx context.Context, steps int) (*f4f.Density, pace, error) {
		return timed(ctx, plan.Steps(steps).Fit)
	})
	return plan.Steps(steps), spent, err
}

// store is a folder for the task's trained flows, which go with the task.
func (t mapTask) store() string { return filepath.Join(t.Folder, "store") }

// given returns a plan for a distribution: for its density, if that has a formula, and for its points alone
// if not.
func given(d data.Distribution) f4f.BasePlan {
	switch d.(type) {
	case *data.Normal, *data.Mixture:
		return f4f.Known(d)
	}
	return f4f.PointsOf(d)
}
