package metric

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// Predictions are predictive distributions F_i of one feature, one for each of N rows, such as that
// of a redshift given photometry. Predict, PredictionsOnGrid and PredictionsOfSamples make them.
// The zero value holds none. An angle counts as a number: the period of a feature isn't used.
type Predictions struct {
	n   int
	are forecasts
}

// forecasts are distributions of one feature, by the number of the row.
type forecasts interface {
	pit(i int, y float64) float64
	crps(i int, y float64) float64
	quantile(i int, share float64) float64
}

// Len returns the number of rows.
func (p Predictions) Len() int { return p.n }

// PIT returns the probability integral transforms u_i = F_i(y_i) of the true values y [N, 1]: the
// predicted probability of a value of at most y_i. If the predictions are calibrated, they are
// uniform between 0 and 1. They keep the weights of y. PIT returns an error if y has another number
// of rows or more than one feature, or if a value isn't finite.
func (p Predictions) PIT(y data.Points) (PIT, error) {
	if err := p.check(y); err != nil {
		return PIT{}, err
	}
	u := PIT{Values: make([]float64, p.n), Weights: weightsOf(y)}
	for i := range u.Values {
		u.Values[i] = p.are.pit(i, y.At(i, 0))
	}
	return u, nil
}

// CRPS returns the mean over the rows of the continuous ranked probability score of the true values
// y [N, 1], in the unit of y, with its standard error; Estimate.Interval makes an interval of it:
//
//	CRPS_i = ∫ (F_i(x) − 1[x ≥ y_i])² dx = E|X − y_i| − ½ E|X − X'|,   X, X' from F_i
//
// Smaller is better; the least mean is that of the true distributions. For a prediction that is
// certain it is the absolute error (Gneiting and Raftery, "Strictly Proper Scoring Rules,
// Prediction, and Estimation", 2007). The mean is weighted by the weights of y. CRPS returns the
// errors of PIT.
func (p Predictions) CRPS(y data.Points) (Estimate, error) {
	scores, err := p.Scores(y)
	if err != nil {
		return Estimate{}, err
	}
	return weightedMean(scores, weightsOf(y)), nil
}

// Scores returns the CRPS of each row [N], in the unit of y. The mean of the differences of the
// scores of two predictions of the same rows tells which is better; see Mean. It returns the errors
// of PIT.
func (p Predictions) Scores(y data.Points) ([]float64, error) {
	if err := p.check(y); err != nil {
		return nil, err
	}
	scores := make([]float64, p.n)
	for i := range scores {
		scores[i] = p.are.crps(i, y.At(i, 0))
	}
	return scores, nil
}

// check returns an error unless there is a true value for each prediction.
func (p Predictions) check(y data.Points) error {
	if p.n == 0 {
		return fmt.Errorf("metric: there are no predictions to judge: make them by Predict, PredictionsOnGrid or PredictionsOfSamples")
	}
	if y.Len() != p.n || y.Dim() != 1 {
		return fmt.Errorf("metric: %d predictions need a true value each, of one feature, got %d rows of %d", p.n, y.Len(), y.Dim())
	}
	if err := checkSet(y); err != nil {
		return fmt.Errorf("metric: the true values: %w", err)
	}
	return nil
}

// Mean returns the mean of values [N] and its standard error, weighted by weights [N] of any sign,
// or unweighted if weights is nil. Use it for values of points that no other metric makes a mean
// of, such as log-densities on held-out rows, and for differences of such values between two models
// on the same rows. It returns an error if there are no values, if the lengths differ, if a value
// or weight isn't finite, or if the sum of the weights isn't above 0.
func Mean(values, weights []float64) (Estimate, error) {
	if len(values) == 0 || weights != nil && len(weights) != len(values) {
		return Estimate{}, fmt.Errorf("metric: a mean needs values, and a weight for each if there are weights, got %d values and %d weights", len(values), len(weights))
	}
	for i, v := range values {
		if w := weightAt(weights, i); !isFinite(v) || !isFinite(w) {
			return Estimate{}, fmt.Errorf("metric: values and weights of a mean must be finite, got %v with weight %v in row %d", v, w, i)
		}
	}
	if sum := sumOf(weights, len(values)); !(sum > 0) {
		return Estimate{}, fmt.Errorf("metric: the weights of a mean must have a sum above 0, got %v", sum)
	}
	return weightedMean(values, weights), nil
}
