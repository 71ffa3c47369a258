package calibration

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/notebooks/analysis/internal/rivals"
)

//go:embed trees.py
var treesProgram string

// folds is the number of parts for out-of-fold scores.
const folds = 3

// Scores returns how gradient-boosted trees (scikit-learn's HistGradientBoostingClassifier) score
// the rows of a [N, D] and b [M, D]: the log-odds of being of b, each by trees that were trained
// without the row. If x [K, D] has rows, they are scored by the mean of all trees. Weights of a and
// b count, of any sign.
//
// The first call installs scikit-learn in the user's cache folder.
func Scores(ctx context.Context, a, b, x data.Points) (ofA, ofB, ofX []float64, err error) {
	env, err := rivals.ScikitLearn().Install(ctx)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("calibration: %w", err)
	}
	folder, err := os.MkdirTemp("", "trees-*")
	if err != nil {
		return nil, nil, nil, fmt.Errorf("calibration: %w", err)
	}
	defer os.RemoveAll(folder)
	in, out := filepath.Join(folder, "in.npz"), filepath.Join(folder, "out.npz")
	arrays := map[string]data.Points{"a": a, "b": b}
	if x.Len() > 0 {
		arrays["x"] = x
	}
	if err := data.WriteNPZ(in, arrays); err != nil {
		return nil, nil, nil, fmt.Errorf("calibration: %w", err)
	}
	if err := env.Run(ctx, nil, treesProgram, in, out, fmt.Sprint(folds)); err != nil {
		return nil, nil, nil, fmt.Errorf("calibration: %w", err)
	}
	read := func(name string) []float64 {
		p, failed := data.ReadNPZ(out, name)
		if failed != nil {
			err = fmt.Errorf("calibration: %w", failed)
		}
		scores := make([]float64, p.Len())
		for i := range scores {
			scores[i] = p.At(i, 0)
		}
		return scores
	}
	ofA, ofB = read("a"), read("b")
	if x.Len() > 0 {
		ofX = read("x")
	}
	return ofA, ofB, ofX, err
}

// Reweight returns the weights of the rows of x that make the simulation stand for the data: the
// density ratio that gradient-boosted trees find between them, the exponential of their log-odds.
// The rows of x must not be among those of simulation. Multiply them with the weights that x has by
// metric.Weights.Times.
func Reweight(ctx context.Context, simulation, measured, x data.Points) (metric.Weights, error) {
	_, _, scores, err := Scores(ctx, simulation, measured, x)
	if err != nil {
		return nil, err
	}
	w := make(metric.Weights, len(scores))
	sum := 0.0
	for i, s := range scores {
		w[i] = math.Exp(s)
		sum += w[i]
	}
	for i := range w {
		w[i] *= float64(len(w)) / sum
	}
	return w, nil
}
