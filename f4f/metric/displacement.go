package metric

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Distance is how far a map moves points, in the points' unit: means over the points and their
// standard errors.
type Distance struct {
	L1, L1Error               float64 // of Σ_d |y_d − x_d|
	Euclidean, EuclideanError float64 // of √Σ_d (y_d − x_d)²
}

// String returns a text such as "L1 1.2345 ± 0.0067, Euclidean 0.9876 ± 0.0054".
func (d Distance) String() string {
	return fmt.Sprintf("L1 %v, Euclidean %v", Estimate{Value: d.L1, Error: d.L1Error}, Estimate{Value: d.Euclidean, Error: d.EuclideanError})
}

// Displacement returns the mean distance from each point of x [N, D] to its image, the point of y
// [N, D] in the same row. The means are weighted by the weights of x, or by those of y if x has
// none. A column that is an angle (data.Points.WithPeriod) in one of the sets moves the shorter way
// around the circle. Displacement returns an error if the shapes differ, if there are no points, if
// a feature is NaN or infinite, if both sets have weights that differ, or if an angle has another
// period in the other set.
func Displacement(x, y data.Points) (Distance, error) {
	l1, euclidean, weights, err := distancesOf(x, y)
	if err != nil {
		return Distance{}, err
	}
	a, b := weightedMean(l1, weights), weightedMean(euclidean, weights)
	return Distance{L1: a.Value, L1Error: a.Error, Euclidean: b.Value, EuclideanError: b.Error}, nil
}

// distancesOf returns both distances of each point to its image, and the weights of the points.
func distancesOf(x, y data.Points) (l1, euclidean, weights []float64, err error) {
	if err := checkPair(x, y); err != nil {
		return nil, nil, nil, err
	}
	if x.Len() != y.Len() {
		return nil, nil, nil, fmt.Errorf("metric: a displacement needs each point's image, got %d points and %d images", x.Len(), y.Len())
	}
	periods, err := commonPeriods(x, y)
	if err != nil {
		return nil, nil, nil, err
	}
	turns := turnsOf(periods)
	l1, euclidean = make([]float64, x.Len()), make([]float64, x.Len())
	for i := range l1 {
		l1[i], euclidean[i] = distance(x.Row(i), y.Row(i), turns, true), distance(x.Row(i), y.Row(i), turns, false)
	}
	if weights, err = weightsOfBoth(x, y); err != nil {
		return nil, nil, nil, err
	}
	return l1, euclidean, weights, nil
}

// weightsOfBoth returns the weights of points and of their images, as weightsOf does: those of
// either if the other has none. It returns an error if they differ.
func weightsOfBoth(x, y data.Points) ([]float64, error) {
	switch {
	case x.Weights() == nil:
		return weightsOf(y), nil
	case y.Weights() != nil && !slices.Equal(x.Weights(), y.Weights()):
		return nil, errors.New("metric: points and their images must have the same weights, or one of them none (WithWeights(nil))")
	}
	return weightsOf(x), nil
}

// checkPair returns an error if x and y can't be compared: if either is empty or not finite, if the
// sum of its weights isn't above 0, or if their dimensions differ.
func checkPair(x, y data.Points) error {
	if x.Len() == 0 || y.Len() == 0 {
		return fmt.Errorf("metric: both sets must hold points, got %d and %d", x.Len(), y.Len())
	}
	if x.Dim() != y.Dim() {
		return fmt.Errorf("metric: both sets must have one dimension, got %d and %d", x.Dim(), y.Dim())
	}
	if a, b := x.ColumnNames(), y.ColumnNames(); !slices.Equal(a, b) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))) {
		return fmt.Errorf("metric: both sets must have their columns in one order, got %q and %q: choose them in that order (Points.Columns)", a, b)
	}
	if err := checkSet(x); err != nil {
		return fmt.Errorf("metric: the first set: %w", err)
	}
	if err := checkSet(y); err != nil {
		return fmt.Errorf("metric: the second set: %w", err)
	}
	return nil
}

// checkSet returns an error if points aren't finite, or if the sum of their weights isn't above 0.
func checkSet(p data.Points) error {
	if err := p.CheckFinite(); err != nil {
		return err
	}
	return p.CheckWeights()
}
