package data

import (
	"fmt"
	"math"
)

// Scaler standardises points feature by feature: z_j = (x_j − Mean_j) / Std_j. The points that it
// was fitted to then have mean 0 and standard deviation 1 in every feature, which puts most of them
// within the tail bound of a spline flow.
//
// The density changes accordingly: log p(x) = log p(z) + LogDet().
type Scaler struct {
	Mean []float64 `json:"mean"` // [D]
	Std  []float64 `json:"std"`  // [D], each above 0
}

// FitScaler returns the mean and the standard deviation (divided by N, not N−1) of every feature of
// p [N, D], computed in float64. If the points have weights w, these are
//
//	Mean_j = Σ_i w_i x_ij / Σ_i w_i,   Std_j² = Σ_i w_i (x_ij − Mean_j)² / Σ_i w_i
//
// It returns an error if p holds no point, a NaN or an infinity, or if a feature has the same value
// in every point of weight other than 0: a constant can't be standardised and has no density. With
// negative weights it also returns an error if their sum or a Std_j² isn't above 0.
func FitScaler(p Points) (Scaler, error) {
	if p.Len() == 0 {
		return Scaler{}, fmt.Errorf("data: a scaler must be fitted to at least one point, got none")
	}
	if err := p.CheckFinite(); err != nil {
		return Scaler{}, err
	}
	if err := p.CheckWeights(); err != nil {
		return Scaler{}, err
	}
	n, d := p.Dims()
	s := Scaler{Mean: make([]float64, d), Std: make([]float64, d)}
	sum, weight := float64(n), func(int) float64 { return 1 }
	if p.Weighted() {
		total, scale := p.sumOfWeights()
		sum, weight = total, func(i int) float64 { return p.weights[i] / scale }
	}
	for i := range n {
		w := weight(i)
		for j, v := range p.Row(i) {
			s.Mean[j] += w * float64(v)
		}
	}
	for j := range d {
		s.Mean[j] /= sum
	}
	// This is a second pass, because E x² − (E x)² loses all digits where the mean is large
	// compared with the spread.
	for i := range n {
		w := weight(i)
		for j, v := range p.Row(i) {
			u := float64(v) - s.Mean[j]
			s.Std[j] += w * (u * u)
		}
	}
	for j := range d {
		variance := s.Std[j] / sum
		s.Std[j] = math.Sqrt(variance)
		if constant(p, j) {
			value := p.Row(p.firstCounting())[j]
			return Scaler{}, fmt.Errorf("data: column %s is %v in all %d points; a constant has no density and can't be standardised, leave the column out%s",
				p.ColumnTitle(j), value, n, roundingHint(float64(value)))
		}
		if !(variance > 0) {
			return Scaler{}, fmt.Errorf("data: the variance of column %s must be above 0, but negative weights make it %.3g: too few points have positive weights where the others are; fit the scaler to points without weights (WithWeights(nil))",
				p.ColumnTitle(j), variance)
		}
	}
	return s, nil
}

// constant reports whether feature j is the same in every point that counts. It doesn't use Std:
// the mean of a constant is rounded, which leaves a Std of about 1e-17 instead of 0.
func constant(p Points, j int) bool {
	first := p.firstCounting()
	for i := range p.Len() {
		if p.weightOf(i) != 0 && p.Row(i)[j] != p.Row(first)[j] {
			return false
		}
	}
	return true
}

// roundingHint explains, for an error message, why a column that varied in the source may be
// constant in float32. It returns "" where float32's steps at v are small.
func roundingHint(v float64) string {
	if step := Float32Step(v); step > 1e-2 {
		return fmt.Sprintf(", or subtract an offset before it becomes float32 if it varied by less than float32's steps of %g there", step)
	}
	return ""
}

// Transform returns z = (x − Mean) / Std for every point, [N, D]. It computes in float64 and rounds
// the result to float32. It returns an error if the scaler isn't valid for points of this
// dimension.
func (s Scaler) Transform(x Points) (Points, error) {
	return s.apply(x, func(v, mean, std float64) float64 { return (v - mean) / std })
}

// InverseTransform returns x = z·Std + Mean for every point, [N, D]. It is the inverse of
// Transform, up to float32 rounding, and has the same errors.
func (s Scaler) InverseTransform(z Points) (Points, error) {
	return s.apply(z, func(v, mean, std float64) float64 { return v*std + mean })
}

// LogDet returns log|det ∂z/∂x| of Transform, −Σ_j log Std_j, in nats. It is the same at every
// point. The log-det of InverseTransform is its negative.
func (s Scaler) LogDet() float64 {
	sum := 0.0
	for _, std := range s.Std {
		sum -= math.Log(std)
	}
	return sum
}

// apply applies f to every feature of p, in float64.
func (s Scaler) apply(p Points, f func(v, mean, std float64) float64) (Points, error) {
	if err := s.Validate(p.Dim()); err != nil {
		return Points{}, err
	}
	d := p.Dim()
	out := make([]float32, len(p.Values()))
	for i, v := range p.Values() {
		out[i] = float32(f(float64(v), s.Mean[i%d], s.Std[i%d]))
	}
	scaled, err := NewPoints(d, out)
	scaled = scaled.like(p)
	if p.periods == nil {
		return scaled, err
	}
	periods := make([][2]float64, d) // in the unit of the result
	for j, period := range p.periods {
		if period[0] != period[1] {
			periods[j] = [2]float64{f(period[0], s.Mean[j], s.Std[j]), f(period[1], s.Mean[j], s.Std[j])}
		}
	}
	return scaled.around(periods), err
}

// Validate returns an error if the scaler, which may come from a file, isn't valid for points of
// dimension dim.
func (s Scaler) Validate(dim int) error {
	if len(s.Mean) != dim || len(s.Std) != dim {
		return fmt.Errorf("data: a scaler must have the dimension of its points, got means of %d features, deviations of %d and points of %d",
			len(s.Mean), len(s.Std), dim)
	}
	for j, std := range s.Std {
		if !(std > 0) || math.IsInf(std, 0) || math.IsNaN(s.Mean[j]) || math.IsInf(s.Mean[j], 0) {
			return fmt.Errorf("data: a scaler must have finite means and finite deviations above 0, got mean %v and deviation %v of column %d",
				s.Mean[j], std, j)
		}
	}
	return nil
}
