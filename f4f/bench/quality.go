package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// startQuality implements -quality. It compares our flows, with default settings, with flows that
// peers train for as long with the settings of their tutorials.
func startQuality(ctx context.Context, o options) error {
	switch {
	case o.seeds < 1:
		return fmt.Errorf("bench: -seeds must be at least 1, got %d", o.seeds)
	case o.steps < 0:
		return fmt.Errorf("bench: -steps must be at least 0 (0 for the default), got %d", o.steps)
	case !(o.least >= 0 && o.least <= 86_400):
		return fmt.Errorf("bench: -least must be from 0 to 86400 seconds, got %g", o.least)
	}
	return withPeers(ctx, o, qualityCases(), qualityPeers, func(wanted []qualityCase, at place) error {
		r := qualityReport{Machine: machine.This(), Go: runtime.Version(), Seeds: o.seeds, Steps: o.steps, Least: o.least, Pins: at.versions}
		for _, c := range wanted {
			row, err := quality{at, o}.measure(ctx, c)
			if err != nil {
				return err
			}
			r.Rows = append(r.Rows, row)
			if err := r.write(o.out); err != nil {
				return err
			}
		}
		fmt.Println(r.summary())
		return nil
	})
}

// quality measures the cases of -quality.
type quality struct {
	place
	options options
}

// measure runs a case. For each seed it trains ours, and then each peer for as long as ours took.
// Nothing else runs meanwhile.
func (q quality) measure(ctx context.Context, c qualityCase) (row qualityRow, err error) {
	row = qualityRow{Case: c.String(), Kind: c.kind, Flows: []contestant{{Name: ours}}}
	folder, err := os.MkdirTemp(q.work, "case")
	if err != nil {
		return row, fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(folder)
	truth, err := writeTruth(ctx, c, folder, q.python, q.work)
	if ctx.Err() != nil {
		return row, context.Cause(ctx)
	}
	if err != nil { // such as a table whose package is missing: the other cases continue
		row.add(0, trial{Failed: err.Error()})
		return row, nil
	}
	var beside []peer
	if c.kind != transportCase { // no peer has transports
		beside = q.beside
	}
	if c.angles { // zuko alone has circular flows
		beside = slices.DeleteFunc(slices.Clone(beside), func(p peer) bool { return p.name != "zuko" })
	}
	for _, p := range beside {
		row.Flows = append(row.Flows, contestant{Name: p.name})
	}
	for seed := uint64(1); seed <= uint64(q.options.seeds); seed++ {
		t := task{Kind: c.kind, Left: c.left, Right: c.right, Table: c.kind == tableCase, Angles: c.angles, Seed: seed, Folder: folder,
			Store: filepath.Join(q.work, "store"), Steps: q.options.steps}
		own, err := q.ours.try(ctx, t, 0, truth)
		if err != nil {
			return row, err
		}
		row.add(0, own)
		if own.Failed != "" {
			continue // the time for the peers is unknown
		}
		if c.kind == baseCase && len(beside) > 0 {
			if err := writeTraining(c, folder, seed); err != nil {
				return row, fmt.Errorf("bench: %s: %w", c, err)
			}
		}
		budget := time.Duration(max(own.Seconds, q.options.least) * float64(time.Second))
		for i, p := range beside {
			theirs, err := p.try(ctx, t, budget, truth)
			if err != nil {
				return row, err
			}
			row.add(i+1, theirs)
		}
	}
	return row, nil
}

// add adds a trial to the flows of a contestant, and prints it.
func (r *qualityRow) add(i int, t trial) {
	r.Flows[i].Trials = append(r.Flows[i].Trials, t)
	text := fmt.Sprintf("%.4f nats, %.3g s, %d steps", t.Score.Value, t.Seconds, t.Steps)
	if t.Failed != "" {
		text = t.Failed
	}
	fmt.Fprintf(os.Stderr, "%s: %s: %s\n", t.of(*r), r.Flows[i].Name, text)
}
