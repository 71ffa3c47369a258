package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// The points of a case: mapPoints of each side to learn from, mapTest of the left to score the map
// by, mapBack of the right to score its density by, and mapTimed to measure how long mapping takes.
const mapPoints, mapTest, mapBack, mapTimed = 1_000_000, 16_384, 8_192, 100_000

// The files of a case. The first four are given, the others are what a process writes.
const (
	leftFile, rightFile, testFile, backFile = "left.npy", "right.npy", "test.npy", "back.npy"
	imagesFile, originsFile, logDetsFile    = "images.npy", "origins.npy", "logdets.npy"
)

// mapTask is what one process is asked to do: to learn a map from the left of a case to its right.
// Its JSON is passed to the process.
type mapTask struct {
	Case    optimalCase `json:"case"`
	Seed    uint64      `json:"seed"`
	Seconds float64     `json:"seconds"` // of a processor, to train
	Timed   int         `json:"timed"`   // points to measure how long mapping takes
	Folder  string      `json:"folder"`  // with the case's files
}

// mapTrial is the result of one map with one seed.
type mapTrial struct {
	Seed       uint64    `json:"seed"`
	Failed     string    `json:"failed,omitempty"` // why there is no score
	UVP        estimate  `json:"uvp"`              // %
	Cosine     estimate  `json:"cosine"`
	KL         *estimate `json:"kl,omitempty"` // between the right and the image of the left, in nats, if the map has a density
	Seconds    float64   `json:"seconds"`      // of a processor, of the training
	Wall       float64   `json:"wall"`         // the training's seconds by the clock
	Steps      int       `json:"steps"`
	Parameters int       `json:"parameters"`
	Mapping    float64   `json:"mapping"` // seconds of a processor to map 10⁶ points, from a tenth of them
	Notes      []string  `json:"notes,omitempty"`
}

// estimate is a mean with its standard error over the points.
type estimate struct {
	Value float64 `json:"value"`
	Error float64 `json:"error"`
}

// mapTruth is what the maps of a case are scored by.
type mapTruth struct {
	folder       string
	pair         *data.OptimalPair
	test, images data.Points // points of the left, and where the optimal map sends them
	back         data.Points // points of the right
}

// writeMapTruth draws the points that the maps of a case are scored by, and writes them to a
// folder.
func writeMapTruth(c optimalCase, folder string) (t mapTruth, err error) {
	t.folder = folder
	if t.pair, err = c.pair(); err != nil {
		return t, err
	}
	if t.test, err = t.pair.Left().Sample(mapTest, testSeed); err != nil {
		return t, err
	}
	if t.images, err = t.pair.Map(t.test); err != nil {
		return t, err
	}
	if t.back, err = t.pair.Right().Sample(mapBack, testSeed); err != nil {
		return t, err
	}
	if err = data.WriteNPY(filepath.Join(folder, testFile), t.test); err != nil {
		return t, err
	}
	return t, data.WriteNPY(filepath.Join(folder, backFile), t.back)
}

// writePointsOf writes the points of both sides to learn from with a seed.
func (t mapTruth) writePointsOf(seed uint64) error {
	for file, side := range map[string]data.Distribution{leftFile: t.pair.Left(), rightFile: t.pair.Right()} {
		x, err := side.Sample(mapPoints, seed)
		if err != nil {
			return err
		}
		if err := data.WriteNPY(filepath.Join(t.folder, file), x); err != nil {
			return err
		}
	}
	return nil
}

// learn runs one process on a task and scores its map. A failure is recorded in the trial. The
// error is only that of the context.
func (p peer) learn(ctx context.Context, t mapTask, truth mapTruth) (result mapTrial, err error) {
	result.Seed = t.Seed
	within := time.Duration(3*t.Seconds*float64(time.Second)) + evaluating // a process that hangs must not hold up the others
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := p.learnInto(limited, t, truth, &result); err != nil {
		if ctx.Err() != nil {
			return result, context.Cause(ctx)
		}
		if limited.Err() != nil {
			err = fmt.Errorf("bench: %s took over %v: %w", p.name, within, err)
		}
		result = mapTrial{Seed: t.Seed, Failed: err.Error()}
	}
	return result, nil
}

// learnInto runs one process on a task and writes its results to result.
func (p peer) learnInto(ctx context.Context, t mapTask, truth mapTruth, result *mapTrial) error {
	for _, file := range []string{imagesFile, originsFile, logDetsFile} { // left by an earlier process
		if err := os.Remove(filepath.Join(truth.folder, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	r, err := p.start(ctx, t)
	if err != nil {
		return err
	}
	a, err := r.scored()
	if err != nil {
		return err
	}
	result.Seconds, result.Wall, result.Steps = r.told.Seconds, r.told.Wall, r.told.Steps
	result.Parameters, result.Mapping, result.Notes = a.Parameters, a.Seconds*1e6/float64(t.Timed), a.Notes
	return truth.judge(result)
}

// judge scores the files that a process wrote.
func (t mapTruth) judge(result *mapTrial) error {
	images, err := data.ReadNPY(filepath.Join(t.folder, imagesFile)) // it returns an error for values that aren't finite
	if err != nil {
		return err
	}
	uvp, err := metric.UVP(t.images, images)
	if err != nil {
		return err
	}
	cosine, err := metric.Cosine(t.test, t.images, images)
	if err != nil {
		return err
	}
	result.UVP, result.Cosine = estimate{uvp.Value, uvp.Error}, estimate{cosine.Value, cosine.Error}
	origins, err := data.ReadNPY(filepath.Join(t.folder, originsFile))
	if errors.Is(err, fs.ErrNotExist) { // the map has no density
		return nil
	}
	if err != nil {
		return err
	}
	kl, err := t.kl(origins)
	if err != nil {
		return err
	}
	if math.IsInf(kl.Value, 0) || math.IsNaN(kl.Error) {
		result.Notes = append(result.Notes, "its density is 0 at a point of the right, so the KL is infinite")
		return nil
	}
	result.KL = &estimate{kl.Value, kl.Error}
	return nil
}

// kl returns the KL between the right and the image of the left by a map,
//
//	KL = E[log p_right(y) − log p_left(S(y)) − log |det ∂S(y)/∂y|]
//
// from the origins S(y) [N, D] of points y of the right, and the log-determinants in their file.
// Both densities are the true ones, so it is of the map alone.
func (t mapTruth) kl(origins data.Points) (metric.Estimate, error) {
	logDets, err := data.ReadNPY(filepath.Join(t.folder, logDetsFile))
	if err != nil {
		return metric.Estimate{}, err
	}
	if origins.Len() != t.back.Len() || logDets.Len() != t.back.Len() {
		return metric.Estimate{}, fmt.Errorf("bench: there must be an origin and a log-determinant for each of %d points, got %d and %d", t.back.Len(), origins.Len(), logDets.Len())
	}
	logP, err := t.pair.Right().LogProb(t.back)
	if err != nil {
		return metric.Estimate{}, err
	}
	logQ, err := t.pair.Left().LogProb(origins)
	if err != nil {
		return metric.Estimate{}, err
	}
	for i := range logQ {
		logQ[i] += logDets.At(i, 0)
	}
	return metric.KLFromLogProbs(logP, logQ)
}

// optimalPeers returns our own ways to learn a map and those of others. Each process works on one
// processor, without a GPU.
func optimalPeers(core int) func(executable, python, folder string) []peer {
	return func(executable, python, folder string) []peer {
		alone := append([]string{"env", "CUDA_VISIBLE_DEVICES=", "JAX_PLATFORMS=cpu", "OMP_NUM_THREADS=1"}, pinned(core)...)
		own := func(name, method string) peer {
			return peer{name, func(t string) []string { return append(alone[:len(alone):len(alone)], executable, "-as", method, t) }}
		}
		program := func(name, file string, options ...string) peer {
			return peer{name, func(t string) []string {
				return append(append(alone[:len(alone):len(alone)], python, filepath.Join(folder, file), t), options...)
			}}
		}
		return []peer{
			own(ours, knownMethod),
			own(ours+" from points alone", pointsMethod),
			program("OT-CFM", "optimal_cfm.py"),
			program("OTT-JAX expectile dual", "optimal_ott.py", "expectile"),
			program("OTT-JAX W2 dual", "optimal_ott.py", "dual"),
			own("linear map", linearMethod),
		}
	}
}

// pinned returns the words before a command that keep it on one processor, none where the system
// has no taskset.
func pinned(core int) []string {
	if _, err := exec.LookPath("taskset"); err != nil {
		return nil
	}
	return []string{"taskset", "-c", strconv.Itoa(core)}
}
