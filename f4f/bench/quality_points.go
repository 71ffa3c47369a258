package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// peerPoints is the number of points of a distribution that peers train on, testPoints the number
// that every flow is scored by.
const peerPoints, testPoints = 1_000_000, 100_000

// testSeed is the seed of the test points. The seeds of the training points are those of the
// trials, from 1, so they differ.
const testSeed = 20_221_104

// score is a measure of a flow's quality, in nats.
type score struct {
	Value float64 `json:"nats"`
	Error float64 `json:"error"` // standard error over the test points
}

// truth is what the flows of a case are scored by.
type truth struct {
	folder     string
	logDensity []float64 // of each test point; nil for a table, whose density is unknown
}

// writeTruth writes the points of a case to a folder: the test points, and for a table also the
// training rows.
func writeTruth(ctx context.Context, c qualityCase, folder, python, programs string) (t truth, err error) {
	t.folder = folder
	if c.kind == tableCase {
		if said, err := exec.CommandContext(ctx, python, filepath.Join(programs, "tables.py"), c.left, folder).CombinedOutput(); err != nil {
			return t, fmt.Errorf("the table %s could not be written: %w: %s", c.left, err, bytes.TrimSpace(said))
		}
		return t, nil
	}
	set, err := data.ByName(c.source())
	if err != nil {
		return t, err
	}
	x, err := set.Sample(testPoints, testSeed)
	if err != nil {
		return t, err
	}
	logDensity, err := set.LogProb(x)
	if err != nil {
		return t, err
	}
	// Rounding may put a point where the density is zero, see metric.KLFromLogProbs. Such points
	// are left out of the score.
	var inside []int
	for i, v := range logDensity {
		if !math.IsInf(v, -1) {
			inside, t.logDensity = append(inside, i), append(t.logDensity, v)
		}
	}
	if x, err = x.Pick(inside...); err != nil {
		return t, err
	}
	return t, data.WriteNPY(filepath.Join(folder, "test.npy"), x)
}

// writeTraining writes the points of a distribution that peers train on with a seed.
func writeTraining(c qualityCase, folder string, seed uint64) error {
	set, err := data.ByName(c.left)
	if err != nil {
		return err
	}
	x, err := set.Sample(peerPoints, seed)
	if err != nil {
		return err
	}
	return data.WriteNPY(filepath.Join(folder, "train.npy"), x)
}

// judge scores the log-densities that a process wrote to a file: by KL(truth‖flow), or for a table
// by the mean log-likelihood.
func (t truth) judge(file string) (s score, err error) {
	column, err := data.ReadNPY(filepath.Join(t.folder, file)) // it returns an error for values that aren't finite
	if err != nil {
		return s, err
	}
	logProb := make([]float64, column.Len())
	for i := range logProb {
		logProb[i] = float64(column.Row(i)[0])
	}
	if t.logDensity != nil {
		e, err := metric.KLFromLogProbs(t.logDensity, logProb)
		return score{e.Value, e.Error}, err
	}
	test, err := data.ReadNPY(filepath.Join(t.folder, "test.npy"))
	if err != nil {
		return s, err
	}
	if test.Len() != len(logProb) {
		return s, fmt.Errorf("bench: there must be a log-density for each of %d test rows, got %d", test.Len(), len(logProb))
	}
	mean, std := stat.MeanStdDev(logProb, nil)
	return score{mean, stat.StdErr(std, float64(len(logProb)))}, nil
}
