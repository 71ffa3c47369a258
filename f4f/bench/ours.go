package main

import (
	"context"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// ourWork returns this project's work on a case, done through the public plans and the flows that
// they train.
func ourWork(ctx context.Context, c benchCase) (work, error) {
	rows, err := readRows(c)
	if err != nil {
		return nil, err
	}
	store, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	base := ourBase(c, rows, store)
	between := f4f.Between(base, base.Seed(1)).Recipe(f4f.Paper()).Batch(c.Batch).Epochs(1).Validation(0).
		Hidden(c.Hidden).Blocks(c.Blocks).Bins(c.Bins).Layers(c.Layers).Backend("xla").Store(store)

	// steps returns work that trains a new flow. It takes the rate of the training loop, which
	// excludes compilation and the first few steps.
	seed := uint64(1)
	steps := func(fit func(points int, seed uint64) (trained, error)) (work, error) {
		return func(n int) (done, error) {
			// A power of two, so that later rounds reuse the programs of earlier ones.
			n, seed = 1<<(bits.Len(uint(max(n, 4)))-1), seed+1
			t, err := fit(n*c.Batch, seed)
			if err != nil {
				return done{}, err
			}
			return done{n, t.Parameters(), float64(n) / t.Rate()}, nil
		}, nil
	}
	transport := func(p f4f.BetweenPlan) (work, error) {
		return steps(func(points int, seed uint64) (trained, error) { return p.Samples(points).Seed(seed).Fit(ctx) })
	}
	// chunks returns work that evaluates the first chunks of the points, at least one.
	chunks := func(t trained, evaluate func(x data.Points) error) (work, error) {
		return func(n int) (done, error) {
			n = min(n, rows.x.Len()/c.Batch)
			began := time.Now()
			err := evaluate(rows.x.Slice(0, n*c.Batch))
			return done{n, t.Parameters(), time.Since(began).Seconds()}, err
		}, nil
	}

	switch c.Work {
	case baseStep:
		return steps(func(points int, seed uint64) (trained, error) { return base.Samples(points).Seed(seed).Fit(ctx) })
	case potentialStep:
		potential := base.LayerKind(f4f.ConvexPotential).Layers(c.Layers).Hidden(c.Hidden).Blocks(c.Blocks)
		return steps(func(points int, seed uint64) (trained, error) { return potential.Samples(points).Seed(seed).Fit(ctx) })
	case argmaxStep:
		argmax := base.VariationalNoise()
		for j := range c.Dim {
			argmax = argmax.Column(strconv.Itoa(j), data.Whole, data.Argmax("class"))
		}
		return steps(func(points int, seed uint64) (trained, error) { return argmax.Samples(points).Seed(seed).Fit(ctx) })
	case epoch:
		return func(int) (done, error) {
			seed++
			d, err := base.Samples(c.Rows).Seed(seed).Fit(ctx)
			if err != nil {
				return done{}, err
			}
			n := c.Rows / c.Batch
			return done{n, d.Parameters(), float64(n) / d.Rate()}, nil
		}, nil
	case forwardStep:
		return transport(between.Direction(f4f.ForwardOnly))
	case inverseStep:
		return transport(between.Direction(f4f.InverseOnly))
	case alternateStep:
		return transport(between.Direction(f4f.Alternate))
	case differenceStep:
		return transport(f4f.Between(base, base).On(f4f.Difference).Recipe(f4f.Paper()).Batch(c.Batch).Epochs(1).Validation(0).Store(store).Backend("xla"))
	case logProb, sample:
		d, err := base.Fit(ctx)
		if err != nil {
			return nil, err
		}
		return chunks(d, func(x data.Points) (err error) {
			if c.Work == sample {
				_, err = d.Sample(x.Len(), 1)
			} else {
				_, err = d.LogProb(x)
			}
			return err
		})
	case transformForward, transformInverse:
		t, err := between.Samples(c.Batch).Fit(ctx)
		if err != nil {
			return nil, err
		}
		return chunks(t, func(x data.Points) (err error) {
			if c.Work == transformInverse {
				_, err = t.Inverse(x)
			} else {
				_, err = t.Forward(x)
			}
			return err
		})
	}
	return nil, nil
}

// ourBase returns the plan of a case's base flow, which takes one step.
func ourBase(c benchCase, rows rows, store string) f4f.BasePlan {
	return f4f.Base(rows.source()).Recipe(f4f.Paper()).Batch(c.Batch).Samples(c.Batch).Epochs(1).Validation(0).
		Hidden(c.Hidden).Blocks(c.Blocks).Bins(c.Bins).Layers(c.Layers).Backend("xla").Store(store)
}

// trained is a Density or a Transport.
type trained interface {
	Parameters() int
	Rate() float64
}

// rows are the points of a case as a source. Sample returns the first n points, and starts over
// after the last.
type rows struct{ x, c data.Points }

// readRows reads the points of a case, and their conditions if it has any.
func readRows(c benchCase) (r rows, err error) {
	if r.x, err = data.ReadNPY(filepath.Join(c.Folder, "points.npy")); err == nil && c.Conditions > 0 {
		r.c, err = data.ReadNPY(filepath.Join(c.Folder, "conditions.npy"))
	}
	return r, err
}

// source returns r as a source that is conditional only if it has conditions.
func (r rows) source() data.Source {
	if r.c.Len() == 0 {
		return struct{ data.Source }{r}
	}
	return r
}

func (r rows) Name() string      { return "points" }
func (r rows) Dim() int          { return r.x.Dim() }
func (r rows) ConditionDim() int { return r.c.Dim() }

func (r rows) Sample(n int, _ uint64) (data.Points, error) { return repeated(r.x, n) }

func (r rows) SampleWithConditions(n int, _ uint64) (x, c data.Points, err error) {
	if x, err = repeated(r.x, n); err == nil {
		c, err = repeated(r.c, n)
	}
	return x, c, err
}

func (r rows) Given([]float32) (data.Source, error) {
	return nil, fmt.Errorf("bench: the points of one condition aren't known")
}

// repeated returns the first n rows of p, which starts over after its last row.
func repeated(p data.Points, n int) (data.Points, error) {
	values := make([]float32, 0, n*p.Dim())
	for len(values) < cap(values) {
		values = append(values, p.Values()[:min(len(p.Values()), cap(values)-len(values))]...)
	}
	return data.NewPoints(p.Dim(), values)
}
