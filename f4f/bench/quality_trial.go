package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// processors is the number of processors that each process gets.
const processors = 2

// scoresFile and ownFile are the files to which a process writes the log-densities of the test
// points, in nats: those of the flow when its time was up, and when the peer's own rule would have
// stopped.
const scoresFile, ownFile = "scores.npy", "own.npy"

// evaluating is how long a process may take besides its training before it counts as stuck.
const evaluating = 20 * time.Minute

// trial is the result of one flow with one seed.
type trial struct {
	Seed   uint64 `json:"seed"`
	Failed string `json:"failed,omitempty"` // why there is no score
	Score  score  `json:"score"`
	// Seconds is the time from the start of the process to the trained flow. For a transport it is
	// the training time alone.
	Seconds    float64  `json:"seconds"`
	Steps      int      `json:"steps"`
	Parameters int      `json:"parameters"`
	Own        *ownRule `json:"own_rule,omitempty"` // if it would have stopped sooner
	Notes      []string `json:"notes,omitempty"`
}

// ownRule is the state of a peer's flow when its tutorial would have stopped.
type ownRule struct {
	Score   score   `json:"score"`
	Seconds float64 `json:"seconds"`
	Steps   int     `json:"steps"`
}

// try runs one process on a task and scores it. A peer trains until the budget is spent, counted
// from the start of its process; ours takes as long as it needs. A failure is recorded in the
// trial. The error is only that of the context.
func (p peer) try(ctx context.Context, t task, budget time.Duration, truth truth) (result trial, err error) {
	result.Seed = t.Seed
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	if budget > 0 { // a peer that hangs must not hold up the others
		limited, cancel = context.WithTimeout(ctx, budget+evaluating)
		defer cancel()
	}
	if err := p.tryInto(limited, t, budget, truth, &result); err != nil {
		if ctx.Err() != nil {
			return result, context.Cause(ctx)
		}
		if limited.Err() != nil {
			err = fmt.Errorf("bench: %s took over %v: %w", p.name, budget+evaluating, err)
		}
		result.Failed = err.Error()
	}
	return result, nil
}

// tryInto runs one process on a task and writes its results to result.
func (p peer) tryInto(ctx context.Context, t task, budget time.Duration, truth truth, result *trial) error {
	for _, file := range []string{scoresFile, ownFile} { // left by an earlier process
		if err := os.Remove(filepath.Join(truth.folder, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	now := time.Now()
	t.Started, t.Deadline = unix(now), unix(now.Add(budget))
	r, err := p.start(ctx, t)
	if err != nil {
		return err
	}
	result.Seconds = r.first.Seconds()
	if r.told.Seconds > 0 {
		result.Seconds = r.told.Seconds
	}
	a, err := r.scored()
	if err != nil {
		return err
	}
	result.Steps, result.Parameters, result.Notes = a.Steps, a.Parameters, a.Notes
	if result.Score, err = truth.judge(scoresFile); err != nil {
		return err
	}
	if a.OwnSteps > 0 {
		own := ownRule{Seconds: a.OwnSeconds, Steps: a.OwnSteps}
		if own.Score, err = truth.judge(ownFile); err != nil {
			return err
		}
		result.Own = &own
	}
	return nil
}

// unix returns a time in seconds since 1970.
func unix(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// qualityPeers returns our own peer and the others. All of them compute on two processors without a
// GPU, and ours compiles its programs anew like the others.
func qualityPeers(executable, python, folder string) []peer {
	among := []string{"env", "CUDA_VISIBLE_DEVICES=", "JAX_PLATFORMS=cpu", "F4F_PROGRAMS=off"}
	if runtime.NumCPU() > processors {
		among = append(among, "taskset", "-c", fmt.Sprintf("0-%d", processors-1))
	}
	named := func(name string, words ...string) peer {
		return peer{name, func(t string) []string { return append(append(among[:len(among):len(among)], words...), t) }}
	}
	return []peer{
		named(ours, executable, "-as", "quality"),
		named("zuko", python, filepath.Join(folder, "quality_zuko.py")),
		named("FlowJAX", python, filepath.Join(folder, "quality_flowjax.py")),
	}
}
