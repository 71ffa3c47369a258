package metric

import (
	"cmp"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// DisplacementCurve is the share of points that a map moves by at most a distance.
type DisplacementCurve struct {
	Distances []float64  // [K], increasing from 0, in the points' unit
	Shares    []Estimate // [K], of the points moved by at most that distance
}

// curvePoints is the number of steps of a curve.
const curvePoints = 200

// CumulativeDisplacement returns the share of the points x [N, D] that lie within each distance of
// their images, the points of y [N, D] in the same rows: the distribution function of the Euclidean
// distance |y − x|. Its distances are those of the quantiles in steps of 0.5%. Points count by
// their weights, as in Displacement, and the errors are √Σw²(1[|y − x| ≤ d] − share)² / Σw. Angles
// (data.Points.WithPeriod) move the shorter way around the circle. It returns the errors of
// Displacement.
func CumulativeDisplacement(x, y data.Points) (DisplacementCurve, error) {
	_, distances, weights, err := distancesOf(x, y)
	if err != nil {
		return DisplacementCurve{}, err
	}
	order := make([]int, len(distances))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distances[a], distances[b]) })
	total, squares := 0.0, 0.0
	for i := range distances {
		w := weightAt(weights, i)
		total, squares = total+w, squares+w*w
	}
	c := DisplacementCurve{Distances: []float64{0}, Shares: []Estimate{{}}}
	sum, square := 0.0, 0.0
	for k, i := range order {
		w := weightAt(weights, i)
		sum, square = sum+w, square+w*w
		last := k == len(order)-1
		if !last && distances[order[k+1]] == distances[i] {
			continue
		}
		share := sum / total
		// Σw²(1[d_i ≤ d] − F)² from the sums of squares on either side. Rounding may put the right
		// one below 0 at the last point.
		e := Estimate{Value: share, Error: math.Sqrt(square*(1-share)*(1-share)+max(squares-square, 0)*share*share) / total}
		if n := len(c.Distances) - 1; distances[i] == 0 {
			c.Shares[0] = e
		} else if last || math.Abs(share-c.Shares[n].Value) >= 1.0/curvePoints {
			c.Distances, c.Shares = append(c.Distances, distances[i]), append(c.Shares, e)
		}
	}
	return c, nil
}

// Within returns the distance by which a share of the points moves at most, such as 0.5 for the
// median. It is the first distance of the curve at which the share is reached, or NaN if none is.
func (c DisplacementCurve) Within(share float64) float64 {
	for i, s := range c.Shares {
		if s.Value >= share && i < len(c.Distances) {
			return c.Distances[i]
		}
	}
	return math.NaN()
}
