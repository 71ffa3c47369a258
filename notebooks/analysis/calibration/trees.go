package calibration

import (
	"context"
	_ "embed"
	"fmt"
	"math"

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
	arrays, names := map[string]data.Points{"a": a, "b": b}, []string{"a", "b"}
	if x.Len() > 0 {
		arrays["x"], names = x, append(names, "x")
	}
	scored, err := rivals.Exchange(ctx, rivals.ScikitLearn(), treesProgram, arrays, names, fmt.Sprint(folds))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("calibration: %w", err)
	}
	scores := func(name string) []float64 {
		p := scored[name]
		values := make([]float64, p.Len())
		for i := range values {
			values[i] = p.At(i, 0)
		}
		return values
	}
	if x.Len() > 0 {
		ofX = scores("x")
	}
	return scores("a"), scores("b"), ofX, nil
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
