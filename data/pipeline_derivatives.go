package data

import (
	"fmt"
	"math"
)

// Derivatives returns, for each feature of points x [N, D], the logarithm of the derivative of its
// image, log ∂u_j/∂x_j [N·D], and the derivative of that logarithm, ∂/∂x_j log ∂u_j/∂x_j [N·D].
// Both are 0 in a column without maps. The second is computed by finite differences in float64. It
// returns the errors of Transform, and one if a column has noise: its values have probabilities,
// which have no derivative.
func (t Pipeline) Derivatives(x Points) (logSlopes, bends []float64, err error) {
	if err := t.Validate(x.Dim()); err != nil {
		return nil, nil, err
	}
	logSlopes, bends = make([]float64, len(x.values)), make([]float64, len(x.values))
	for j, c := range t.columns {
		if c == nil {
			continue
		}
		if c.addsNoise() {
			return nil, nil, fmt.Errorf("data: column %s has noise (%s): its values have a probability, which has no derivative; train without that map, on values without ties", x.ColumnTitle(j), t)
		}
		low, high := c.domain()
		for i := range x.Len() {
			_, logSlope, err := c.forward(x, i, j, 0)
			if err != nil {
				return nil, nil, err
			}
			// A step of 1e-4 in u, but well within the domain.
			v := x.At(i, j)
			step := math.Min(1e-4*math.Exp(-logSlope), 1e-3*math.Min(v-low, high-v))
			at := i*x.d + j
			logSlopes[at], bends[at] = logSlope, (c.logSlope(v+step)-c.logSlope(v-step))/((v+step)-(v-step))
		}
	}
	return logSlopes, bends, nil
}

// logSlope returns the logarithm of the derivative of a column's image at a value in its domain.
func (c *fittedColumn) logSlope(v float64) (sum float64) {
	for _, m := range c.maps {
		var l float64
		v, l = m.forward(v)
		sum += l
	}
	return sum
}
