package columns

import "math"

// Float32Step returns the distance from |v| to the next larger float32: 8 at 1e8, 1.2e-7 at 1.
// Values that differ by much less are the same float32.
func Float32Step(v float64) float64 {
	f := float32(math.Abs(v))
	return float64(math.Nextafter32(f, float32(math.Inf(1))) - f)
}
