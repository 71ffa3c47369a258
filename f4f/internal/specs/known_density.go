package specs

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/plan"
)

// KnownDensity returns the spec of a source's density, which needs no training. Where standardise
// is set, it has the scaler that a transport standardises its points by. It returns an error if the
// source has no density that graphs can compute.
func KnownDensity(source data.Source, precision plan.Precision, standardise bool) (Density, error) {
	if err := precision.Validate(); err != nil {
		return Density{}, err
	}
	known, err := KnownOf(source)
	if err != nil {
		return Density{}, err
	}
	known.Precision = precision
	s := Density{Kind: DensityKind, Name: source.Name(), Dim: source.Dim(), Known: known}
	if s.Dim < 1 {
		return s, fmt.Errorf("the dimension of points must be at least 1, got %d", s.Dim)
	}
	if standardise {
		scaler, err := known.scaler()
		if err != nil {
			return s, err
		}
		s.Scaler = &scaler
	}
	return s, nil
}

// IsGiven reports whether the density is given instead of learned: it has no map to a base
// distribution.
func (s Density) IsGiven() bool { return s.Known != nil || s.Image != nil }

// root returns the density whose points the density's are made of, by the transports of images.
func (s Density) root() Density {
	for s.Image != nil {
		s = s.Image.Left
	}
	return s
}

// SampleRoot draws n points of what the density's graph Make makes its points of: of its source if
// it is known, and of the base distribution of the flow whose image it is.
func (s Density) SampleRoot(n int, seed uint64) (data.Points, error) {
	root := s.root()
	if root.Known == nil {
		return root.SampleBase(n, seed)
	}
	from, err := root.Known.source()
	if err != nil {
		return data.Points{}, err
	}
	x, err := from.Sample(n, seed)
	if err == nil && (x.Len() != n || x.Dim() != s.Dim) {
		err = fmt.Errorf("%s must draw %d points of %d features, got %d of %d", from.Name(), n, s.Dim, x.Len(), x.Dim())
	}
	if err == nil {
		err = x.CheckFinite()
	}
	return x, err
}

// DType returns the dtype of the density's weights, or that of its spec if it has no weights. It
// returns an error that wraps fit.ErrCorrupt if there are none where there should be.
func (s Density) DType(weights fit.Snapshot) (dtypes.DType, error) {
	if s.Known != nil {
		return s.Known.Precision.DType(), nil
	}
	return numbers.DTypeOf(weights)
}

// CheckOwnPoints returns an error unless the log-densities [N] that a user function gives at points
// x [N, D] of its own source are finite, and the gradients [N·D] too.
func CheckOwnPoints(x data.Points, logProbs, gradients []float64) error {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	for i, l := range logProbs {
		if !finite(l) {
			return fmt.Errorf("the function given to DensityFunc has the log-density %v at %v, a point of its own source: it must be finite there; clamp before a division, a logarithm or a root", l, x.Row(i))
		}
	}
	for k, g := range gradients {
		if i, j := k/x.Dim(), k%x.Dim(); !finite(g) {
			return fmt.Errorf("the function given to DensityFunc has the derivative %v by column %s at %v, a point of its own source, where its log-density is %v: the gradient must be finite there; clamp before a division, a logarithm or a root", g, x.ColumnTitle(j), x.Row(i), logProbs[i])
		}
	}
	return nil
}

// OwnPoints returns how many points of its own source the density of a user function is looked at: 2,048,
// as many as a program takes at once, or all of a table that has fewer.
func (s Density) OwnPoints() int {
	const points = 2048
	if from, err := s.root().Known.source(); err == nil {
		if table, ok := from.(data.Finite); ok {
			return min(points, table.Points().Len())
		}
	}
	return points
}

// OwnPointsNote says that points x [N, D] seem to be no points of a density p, given the gradients [N·D] of
// log p there, or "" if they may be. Where p falls to 0 towards all sides, the means of ∂_j log p and of
// δ_jk + (x_k − m_k)∂_j log p are 0 over its points, for any m (integration by parts). An error of 0.15
// standard deviations in the place, or of a tenth in the scale or the correlation, shows in some 2,000
// points. Wrong shares of modes that lie apart don't.
func OwnPointsNote(x data.Points, gradients []float64) string {
	n, d, weights := x.Len(), x.Dim(), x.Weights()
	centred, deviations := make([][]float64, d), make([]float64, d)
	for k := range d {
		centred[k] = make([]float64, n)
		for i := range n {
			centred[k][i] = x.At(i, k)
		}
		mean, deviation := stat.MeanStdDev(centred[k], weights)
		for i := range n {
			centred[k][i] -= mean
		}
		deviations[k] = deviation
	}
	values := make([]float64, n)
	for j := range d {
		for k := -1; k < d; k++ { // −1 for the gradient itself
			for i := range n {
				slope := gradients[i*d+j] * deviations[j]
				switch {
				case k < 0:
					values[i] = slope
				case k == j:
					values[i] = 1 + centred[j][i]/deviations[j]*slope
				default:
					values[i] = centred[k][i] / deviations[k] * slope
				}
			}
			if value, sigma := meanAndError(values, weights); math.Abs(value) > 6*sigma && math.Abs(value) > 1e-3 {
				what := "place"
				if k == j {
					what = "scale"
				} else if k >= 0 {
					what = "relation to column " + x.ColumnTitle(k)
				}
				return fmt.Sprintf("the source may not draw from the log-density: of %d of its points the %s of column %s is another than that of the density, by %.3g ± %.2g of a standard deviation (the mean of a derivative of log p that is 0 for points of p). If both are right, the density has an edge: give it a tail there",
					n, what, x.ColumnTitle(j), math.Abs(value), sigma)
			}
		}
	}
	return ""
}

// meanAndError returns the mean of values and its standard error. weights may be nil.
func meanAndError(values, weights []float64) (mean, sigma float64) {
	mean = stat.Mean(values, weights)
	sum, squares := 0.0, 0.0
	for i, v := range values {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		sum, squares = sum+w, squares+w*w*(v-mean)*(v-mean)
	}
	return mean, math.Sqrt(squares) / sum
}
