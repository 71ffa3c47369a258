package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// fitted is a Density or a Transport.
type fitted interface {
	LogProb(x data.Points) ([]float64, error)
	Losses() []float32
	Parameters() int
	Notes() []string
}

// serveQuality is our side of -quality. It fits a plan with nothing set but the seed and the store,
// and scores the test points.
func serveQuality(ctx context.Context, out io.Writer, asked string) error {
	var t task
	if err := json.Unmarshal([]byte(asked), &t); err != nil {
		return fmt.Errorf("bench: -as quality takes the JSON of a task, got %q: %w", asked, err)
	}
	say := json.NewEncoder(out)
	flow, seconds, err := t.fit(ctx)
	if err != nil {
		return err
	}
	if err := say.Encode(answer{Trained: true, Seconds: seconds}); err != nil {
		return err
	}
	test, err := data.ReadNPY(filepath.Join(t.Folder, "test.npy"))
	if err != nil {
		return err
	}
	logProb, err := flow.LogProb(test)
	if err != nil {
		return err
	}
	scores := make([]float32, len(logProb))
	for i, v := range logProb {
		scores[i] = float32(v)
	}
	column, err := data.NewPoints(1, scores)
	if err != nil {
		return err
	}
	if err := data.WriteNPY(filepath.Join(t.Folder, scoresFile), column); err != nil {
		return err
	}
	return say.Encode(answer{Scored: true, Steps: len(flow.Losses()), Parameters: flow.Parameters(), Notes: flow.Notes()})
}

// fit trains the task's flow. For a transport, seconds is the training time of the transport and
// its two bases: an earlier case may have trained the bases, so that they come from the store. For
// other flows it is 0.
func (t task) fit(ctx context.Context) (flow fitted, seconds float64, err error) {
	if t.Kind != transportCase {
		source, err := t.source()
		if err != nil {
			return nil, 0, err
		}
		d, err := t.base(source).Fit(ctx)
		return d, 0, err
	}
	left, err := data.ByName(t.Left)
	if err != nil {
		return nil, 0, err
	}
	right, err := data.ByName(t.Right)
	if err != nil {
		return nil, 0, err
	}
	plan := f4f.Between(t.base(left), t.base(right)).Seed(t.Seed).Store(t.Store)
	if t.Steps > 0 {
		plan = plan.Steps(t.Steps)
	}
	g, err := plan.Fit(ctx)
	if err != nil {
		return nil, 0, err
	}
	return g, g.Left().Seconds() + g.Right().Seconds() + g.Seconds(), nil
}

// base returns the plan of a base distribution with default settings, told of its angles.
func (t task) base(source data.Source) f4f.BasePlan {
	plan := f4f.Base(source).Seed(t.Seed).Store(t.Store)
	if t.Steps > 0 {
		plan = plan.Steps(t.Steps)
	}
	for j := 0; t.Angles && j < source.Dim(); j++ {
		plan = plan.Column(strconv.Itoa(j), data.Angle(-math.Pi, math.Pi))
	}
	return plan
}

// source returns a plane distribution, or the training rows of a table.
func (t task) source() (data.Source, error) {
	if !t.Table {
		return data.ByName(t.Left)
	}
	rows, err := data.ReadNPY(filepath.Join(t.Folder, "train.npy"))
	if err != nil {
		return nil, err
	}
	return data.FromPoints(t.Left, rows), nil
}
