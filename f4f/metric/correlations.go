package metric

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// CorrelationMatrix holds the correlation coefficients of the features of a sample, or the
// differences of those of two samples.
type CorrelationMatrix struct {
	Names      []string     // of the columns [D]; the number of a column, as text, if it has no name
	Cells      [][]Estimate // [D, D], symmetric
	Difference bool         // whether the cells are differences
}

// Correlations returns Pearson's correlation coefficient of each pair of features of x [N, D],
// weighted by the weights of x, with standard errors:
//
//	r = Σ w u v / Σ w,   u = (x_j − mean)/σ_j,   v = (x_k − mean)/σ_k
//	error = √(Σ w² (u v − r (u² + v²)/2)²) / Σ w
//
// The error is that of the linear expansion of r in the points. It doesn't assume a normal
// distribution. A feature that is constant has correlation NaN with all others. An angle counts as
// a number, wherever the circle is cut: put it on the circle first (data.Points.OnCircle).
// Correlations returns an error if there are fewer than 2 points, if a feature isn't finite, or if
// the sum of the weights isn't above 0.
func Correlations(x data.Points) (CorrelationMatrix, error) {
	if x.Len() < 2 {
		return CorrelationMatrix{}, fmt.Errorf("metric: correlations need at least 2 points, got %d", x.Len())
	}
	if err := checkSet(x); err != nil {
		return CorrelationMatrix{}, fmt.Errorf("metric: correlations: %w", err)
	}
	dim, weights := x.Dim(), weightsOf(x)
	scaled := make([][]float64, dim)
	total := sumOf(weights, x.Len())
	for j := range scaled {
		scaled[j] = make([]float64, x.Len())
		mean, variance := 0.0, 0.0
		for i := range scaled[j] {
			mean += weightAt(weights, i) / total * x.At(i, j)
		}
		for i := range scaled[j] {
			scaled[j][i] = x.At(i, j) - mean
			variance += weightAt(weights, i) / total * scaled[j][i] * scaled[j][i]
		}
		for i := range scaled[j] {
			scaled[j][i] /= math.Sqrt(variance) // NaN if negative weights leave no variance
		}
	}
	m := CorrelationMatrix{Names: make([]string, dim), Cells: make([][]Estimate, dim)}
	for j := range m.Cells {
		m.Names[j], m.Cells[j] = featureName(x, j), make([]Estimate, dim)
		m.Cells[j][j].Value = 1
		for k := range j {
			r := correlation(scaled[j], scaled[k], weights, total)
			m.Cells[j][k], m.Cells[k][j] = r, r
		}
	}
	return m, nil
}

// correlation returns the correlation of two standardised features.
func correlation(u, v, weights []float64, total float64) Estimate {
	r, squares := 0.0, 0.0
	for i := range u {
		r += weightAt(weights, i) / total * u[i] * v[i]
	}
	for i := range u {
		influence := weightAt(weights, i) / total * (u[i]*v[i] - r*(u[i]*u[i]+v[i]*v[i])/2)
		squares += influence * influence
	}
	return Estimate{Value: r, Error: math.Sqrt(squares)}
}

// CorrelationDifferences returns the correlation coefficients of x [N, D] minus those of the truth
// [M, D], with standard errors for independent samples. It returns the errors of Correlations, and
// one if the samples differ in dimension.
func CorrelationDifferences(truth, x data.Points) (CorrelationMatrix, error) {
	if err := checkPair(truth, x); err != nil {
		return CorrelationMatrix{}, err
	}
	a, err := Correlations(truth)
	if err != nil {
		return CorrelationMatrix{}, err
	}
	b, err := Correlations(x)
	if err != nil {
		return CorrelationMatrix{}, err
	}
	for j := range b.Cells {
		for k := range b.Cells[j] {
			b.Cells[j][k].Value -= a.Cells[j][k].Value
			b.Cells[j][k].Error = math.Hypot(a.Cells[j][k].Error, b.Cells[j][k].Error)
		}
	}
	b.Names, b.Difference = a.Names, true
	return b, nil
}

// Largest returns the pair of different features whose value is furthest from 0, and its cell. For
// fewer than two features, or if all cells are NaN, the names are empty.
func (m CorrelationMatrix) Largest() (first, second string, cell Estimate) {
	for j := range m.Cells {
		for k := range min(j, len(m.Cells[j])) {
			if v := m.Cells[j][k]; !math.IsNaN(v.Value) && (first == "" || math.Abs(v.Value) > math.Abs(cell.Value)) {
				first, second, cell = m.Names[k], m.Names[j], v
			}
		}
	}
	return first, second, cell
}
