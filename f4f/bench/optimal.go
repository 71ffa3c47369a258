package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// startOptimal implements -optimal. It compares maps that are learned between two distributions
// with the optimal one, which is known.
func startOptimal(ctx context.Context, o options) error {
	switch {
	case o.seeds < 1:
		return fmt.Errorf("bench: -seeds must be at least 1, got %d", o.seeds)
	case !(o.budget > 0 && o.budget <= 86_400):
		return fmt.Errorf("bench: -budget must be above 0 and at most 86400 seconds, got %g", o.budget)
	case o.core < 0 || o.core >= runtime.NumCPU():
		return fmt.Errorf("bench: -core must be from 0 to %d, got %d", runtime.NumCPU()-1, o.core)
	}
	return withPeers(ctx, o, optimalCases(o.pairs), optimalPeers(o.core), func(wanted []optimalCase, at place) error {
		r, err := resumed(o.out, optimalReport{Machine: machine.This(), Go: runtime.Version(), Budget: o.budget, Points: mapPoints, Pins: at.versions})
		if err != nil {
			return err
		}
		for _, c := range wanted {
			if err := (optimal{at, o, &r}).measure(ctx, c); err != nil {
				return err
			}
		}
		fmt.Println(r.summary())
		return nil
	})
}

// resumed returns the report that an earlier run left in a folder, or fresh if there is none. It
// returns an error if that run was of other settings, whose results don't compare.
func resumed(folder string, fresh optimalReport) (optimalReport, error) {
	path := filepath.Join(folder, "optimal.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return fresh, fmt.Errorf("bench: %w", err)
	}
	var earlier optimalReport
	if err := json.Unmarshal(text, &earlier); err != nil {
		return fresh, fmt.Errorf("bench: %s: %w", path, err)
	}
	if earlier.Budget != fresh.Budget || earlier.Points != fresh.Points || earlier.Machine != fresh.Machine || !slices.Equal(earlier.Pins, fresh.Pins) {
		return fresh, fmt.Errorf("bench: %s is of %g s a map on %s with %v, and this run of %g s on %s with %v: give another -out, or remove it",
			path, earlier.Budget, earlier.Machine, earlier.Pins, fresh.Budget, fresh.Machine, fresh.Pins)
	}
	return earlier, nil
}

// optimal measures the cases of -optimal.
type optimal struct {
	place
	options options
	report  *optimalReport
}

// measure learns the maps of a case that the report lacks, one for each seed and way to learn it,
// and writes the report after each. Nothing else runs meanwhile. Where ours took longer than the
// budget, the others get as long.
func (q optimal) measure(ctx context.Context, c optimalCase) error {
	all := append([]peer{q.ours}, q.beside...)
	missing := func(seed uint64) bool {
		return slices.ContainsFunc(all, func(p peer) bool { return q.report.trial(c, p.name, seed) == nil })
	}
	var truth mapTruth
	for seed := uint64(1); seed <= uint64(q.options.seeds); seed++ {
		if !missing(seed) {
			continue
		}
		if truth.folder == "" {
			folder, err := os.MkdirTemp(q.work, "case")
			if err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			defer os.RemoveAll(folder)
			if truth, err = writeMapTruth(c, folder); err != nil {
				return fmt.Errorf("bench: %s: %w", c, err)
			}
		}
		if err := truth.writePointsOf(seed); err != nil {
			return fmt.Errorf("bench: %s: %w", c, err)
		}
		for _, p := range all {
			if q.report.trial(c, p.name, seed) != nil {
				continue
			}
			t := mapTask{Case: c, Seed: seed, Seconds: q.options.budget, Timed: mapTimed, Folder: truth.folder}
			if own := q.report.trial(c, ours, seed); own != nil && p.name != ours {
				t.Seconds = math.Max(t.Seconds, own.Seconds)
			}
			result, err := p.learn(ctx, t, truth)
			if err != nil {
				return err
			}
			q.report.add(c, truth.pair.Left().Dim(), p.name, result)
			fmt.Fprintf(os.Stderr, "%s, seed %d: %s: %s\n", c, seed, p.name, result)
			if err := q.report.write(q.options.out); err != nil {
				return err
			}
		}
	}
	return nil
}
