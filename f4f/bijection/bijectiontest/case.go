package bijectiontest

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// Case is a bijection to test.
type Case struct {
	Name           string              // name of the subtest
	Bijection      bijection.Bijection // the bijection to test
	Dim, Condition int                 // D, and C or 0 for none
	// Angles are the features for which [−TailBound, TailBound) stands for the whole circle. Their
	// points are drawn within it and on its ends, and their differences are measured on the circle.
	Angles []int
	// TailBound is where the bijection stops acting; 0 means 4. Points are drawn within it, on it
	// and far beyond it.
	TailBound float64
	// Far is the distance from 0 of the farthest points; 0 means 1000. Set it lower for a bijection
	// that acts everywhere and squeezes distant points so far that float32 can't undo it.
	Far float64
	// Spread is the standard deviation of the noise that is added to the weights; 0 means 0.05.
	Spread float64
}

// isAngle reports whether feature j is an angle.
func (c Case) isAngle(j int) bool { return slices.Contains(c.Angles, j) }

// difference returns a−b, two values of feature j. For an angle it is the shortest way on the
// circle.
func (c Case) difference(a, b float64, j int) float64 {
	if c.isAngle(j) {
		return math.Remainder(a-b, 2*c.TailBound)
	}
	return a - b
}

// rows is prime, so that a transposed axis can't pass for another.
const rows = 67

// points returns points in the middle, on the edge and beyond the bound, and their conditions, both
// row-major.
func (c Case) points() (x, condition []float64) {
	rng := rand.New(rand.NewPCG(uint64(c.Dim), uint64(c.Condition)))
	special := []float64{
		0, 1e-6, -1e-6, c.TailBound, -c.TailBound, math.Nextafter(c.TailBound, 0), math.Nextafter(c.TailBound, 9),
		1.1 * c.TailBound, -1.25 * c.TailBound, -3 * c.TailBound, c.Far, -c.Far,
	}
	for i := range rows {
		for j := range c.Dim {
			v := rng.NormFloat64() * c.TailBound / 2
			// Some rows are special in one feature, some in all. Features far out come together: a
			// single one drives a network so far that the spline of an ordinary feature beside it
			// gets slopes of e⁻²⁰, which float32 can't undo.
			if s := special[i%len(special)]; i < 3*len(special) && (j == i%c.Dim || i%3 == 0 || math.Abs(s) > 2*c.TailBound) {
				v = s
			}
			if len(c.Angles) > 0 { // an angle is never far out, so no feature beside it may be
				most := 1.25 * c.TailBound
				if c.isAngle(j) {
					most = c.TailBound
				}
				v = math.Max(-most, math.Min(v, most))
			}
			x = append(x, float64(float32(v)))
		}
	}
	for range rows * c.Condition {
		condition = append(condition, float64(float32(rng.NormFloat64())))
	}
	return x, condition
}
