package galaxies

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Quality is how good point estimates of redshifts are, by e = (z_phot − z)/(1 + z), as in Schmidt
// et al., "Evaluation of probabilistic photometric redshift estimation approaches for LSST",
// arXiv:2001.03621.
type Quality struct {
	Bias     float64 // the median of e
	SigmaIQR float64 // the interquartile range of e over 1.349: σ, if e is normal
	SigmaMAD float64 // 1.4826 times the median of |e − median|: σ, if e is normal
	Outliers float64 // the share with |e| > max(3 SigmaIQR, 0.06)
}

// Judge returns the quality of point estimates [N] of redshifts [N, 1]. It returns an error if there
// are none, or if their numbers differ.
func Judge(estimates []float64, redshift data.Points) (Quality, error) {
	n := len(estimates)
	if n == 0 || n != redshift.Len() || redshift.Dim() != 1 {
		return Quality{}, fmt.Errorf("galaxies: %d estimates need a redshift each, of one column, got %d rows of %d", n, redshift.Len(), redshift.Dim())
	}
	e := make([]float64, n)
	for i, estimate := range estimates {
		z := redshift.At(i, 0)
		e[i] = (estimate - z) / (1 + z)
	}
	slices.Sort(e)
	q := Quality{Bias: quantile(e, 0.5), SigmaIQR: (quantile(e, 0.75) - quantile(e, 0.25)) / 1.349}
	away := make([]float64, n)
	for i, v := range e {
		away[i] = math.Abs(v - q.Bias)
		if math.Abs(v) > math.Max(3*q.SigmaIQR, 0.06) {
			q.Outliers += 1 / float64(n)
		}
	}
	slices.Sort(away)
	q.SigmaMAD = 1.4826 * quantile(away, 0.5)
	return q, nil
}

// quantile returns a quantile of values in increasing order, interpolated between them as by NumPy.
func quantile(values []float64, share float64) float64 {
	whole, part := math.Modf(share * float64(len(values)-1))
	k := int(whole)
	return values[k] + part*(values[min(k+1, len(values)-1)]-values[k])
}

// String returns the quality as it is quoted.
func (q Quality) String() string {
	return fmt.Sprintf("bias %+.4f, σ_IQR %.4f, σ_MAD %.4f, outliers %.1f%%", q.Bias, q.SigmaIQR, q.SigmaMAD, 100*q.Outliers)
}
