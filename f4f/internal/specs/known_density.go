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

// OwnPointsNote says that points x [N, D] are no points of a density p, given the gradients [N·D] of log p
// there, or "" if they may be. Where p falls to 0 towards all sides, the means of ∂_j log p and of
// 1 + (x_j − m)∂_j log p are 0 over its points, for any m (integration by parts). An error of 0.15 standard
// deviations in the place or of a tenth in the scale shows in some 2,000 points.
func OwnPointsNote(x data.Points, gradients []float64) string {
	n, d := x.Len(), x.Dim()
	at, slope, scale := make([]float64, n), make([]float64, n), make([]float64, n)
	for j := range d {
		for i := range n {
			at[i], slope[i] = x.At(i, j), gradients[i*d+j]
		}
		mean := stat.Mean(at, nil)
		for i := range n {
			scale[i] = 1 + (at[i]-mean)*slope[i]
		}
		for _, of := range []struct {
			what   string
			values []float64
		}{{"∂ log p/∂x", slope}, {"1 + (x − mean)·∂ log p/∂x", scale}} {
			value, deviation := stat.MeanStdDev(of.values, nil)
			if sigma := stat.StdErr(deviation, float64(n)); math.Abs(value) > 6*sigma && math.Abs(value) > 1e-3 {
				return fmt.Sprintf("the source may not draw from the log-density: over %d of its points the mean of %s is %.3g ± %.2g, and it is 0 for points of a density that has no edge. Look at column %s of both",
					n, of.what, value, sigma, x.ColumnTitle(j))
			}
		}
	}
	return ""
}
