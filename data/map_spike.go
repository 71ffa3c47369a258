package data

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Spike is for a column that has exactly the value at in a share of the rows and is continuous in
// the others, such as an energy that is 0 where there is no jet. Samples have exactly that value,
// in the share that the flow has learned. Spike must be the first map of its column. The maps after
// it apply to the other values; Quantile is added at the end if it isn't there. A fit returns an
// error if no row has the value, or fewer than 20 rows have another one.
//
// The column becomes standard normal: u = Φ⁻¹(F(v)), where F jumps at the value by its share.
// Values on either side keep their order, and the value itself is spread over the interval in
// between, by noise that is uniform in F (the randomised probability integral transform:
// Rüschendorf, "On the distributional transform, Sklar's theorem, and the empirical copula
// process", 2009). So the flow sees no gap and no edge. If all other values are on one side of it,
// so are all samples.
//
// A transport moves such a row by its noise: it may leave the value, and others come onto it, even
// where both sides are alike, since only the distribution counts. Started as the identity and held
// there by a penalty (f4f.BetweenPlan.IdentityStart and Penalty), it keeps rows on the value where
// both sides have it in one share.
//
// For a row with that value, the log-prob is the logarithm of a probability in this column, an
// integral over the interval, and of a density in the other columns: see Pipeline.
func Spike(at float64) ColumnMap {
	return ColumnMap{kind: spikeName, parameters: [2]float64{float64(float32(at))}}
}

var spikeName = register("spike", mapKind{
	name: "Spike", parameters: 1, single: true, noisy: true,
	allows: func(m ColumnMap) error {
		if at := m.parameters[0]; !finite(at) || float64(float32(at)) != at {
			return fmt.Errorf("data: Spike needs a finite value within float32's range, got %g", at)
		}
		return nil
	},
})

// The sides of a spike that the other values are on.
const (
	onBothSides = 0
	allBelow    = -1
	allAbove    = 1
)

// spike opens a place for one value between the others, which are standard normal.
type spike struct {
	At    float64 `json:"at"`
	Share float64 `json:"share"` // of the rows that have the value
	Side  int     `json:"side"`
	// Place is where the value lies among the others, which the maps after the Spike made standard
	// normal. It counts for nothing if all of them are on one side and none can be beyond it.
	Place   float64 `json:"place"`
	Bounded bool    `json:"bounded"` // the other values can't reach beyond the value whatever u is
}

// fills returns the shares of the standard normal that the other values fill below and above the
// place.
func (s *spike) fills() (below, above float64) {
	below, above = 1, 1
	switch {
	case s.Bounded:
	case s.Side == allBelow:
		below = normalCDF(s.Place)
	case s.Side == allAbove:
		above = normalCDF(-s.Place)
	}
	return below, above
}

// edges returns the shares of the column below and above the value.
func (s *spike) edges() (below, above float64) {
	switch s.Side {
	case allBelow:
		return 1 - s.Share, 0
	case allAbove:
		return 0, 1 - s.Share
	}
	return (1 - s.Share) * normalCDF(s.Place), (1 - s.Share) * normalCDF(-s.Place)
}

// interval returns the ends of the interval that the value is spread over.
func (s *spike) interval() (low, high float64) {
	below, above := s.edges()
	return mathext.NormalQuantile(below), -mathext.NormalQuantile(above)
}

// takes reports whether a value, not that of the spike, is on a side where there were any.
func (s *spike) takes(v float64) bool {
	return s.Side == onBothSides || (v > s.At) == (s.Side == allAbove)
}

// atom returns the image of the value under noise from 0 to 1, and log du/dnoise.
func (s *spike) atom(noise float64) (u, logDerivative float64) {
	below, above := s.edges()
	if below+s.Share*noise < 0.5 {
		u = mathext.NormalQuantile(below + s.Share*noise)
	} else { // from the other end, where little is left
		u = -mathext.NormalQuantile(above + s.Share*(1-noise))
	}
	return u, -s.atomLogDerivative(u)
}

// atomLogDerivative returns log dnoise/du at the image u of the value.
func (s *spike) atomLogDerivative(u float64) float64 {
	return logGaussian(u, 1) - math.Log(s.Share)
}

// holds reports whether u is an image of the value.
func (s *spike) holds(u float64) bool {
	low, high := s.interval()
	return u >= low && u <= high
}

// open makes room for the value: it returns the image of u, which the maps after the Spike made of
// another value, and log of the derivative.
func (s *spike) open(u float64) (opened, logDerivative float64) {
	below, above := s.fills()
	if s.Side == allBelow || s.Side == onBothSides && u < s.Place {
		return withShare(u, (1-s.Share)/below)
	}
	opened, logDerivative = withShare(-u, (1-s.Share)/above)
	return -opened, logDerivative
}

// close undoes open.
func (s *spike) close(u float64) (closed, logDerivative float64) {
	below, above := s.fills()
	low, _ := s.interval()
	if s.Side == allBelow || s.Side == onBothSides && u < low {
		return withShare(u, below/(1-s.Share))
	}
	closed, logDerivative = withShare(-u, above/(1-s.Share))
	return -closed, logDerivative
}

// withShare returns v with Φ(v) = share·Φ(u), and log dv/du.
func withShare(u, share float64) (v, logDerivative float64) {
	const far = -30 // below, Φ is close to float64's least numbers: there log Φ(u) is about −u²/2
	if u < far {
		return u - math.Log(share)/u, math.Log1p(math.Log(share) / (u * u))
	}
	v = mathext.NormalQuantile(math.Min(share*normalCDF(u), 1))
	if v > 8 { // by rounding of a share near 1
		v = 8
	}
	return v, math.Log(share) + logGaussian(u, 1) - logGaussian(v, 1)
}

// beside returns the domain of a value v that isn't that of the spike: one side of it.
func (s *spike) beside(v, low, high float64) (float64, float64) {
	if s.Side == allBelow || s.Side == onBothSides && v < s.At {
		return low, math.Min(high, s.At)
	}
	return math.Max(low, s.At), high
}

// validate returns an error if no fit could have made the spike, which may come from a file.
func (s *spike) validate() error {
	if !finite(s.At, s.Share, s.Place) || !(s.Share > 0) || !(s.Share < 1) || s.Side < allBelow || s.Side > allAbove || s.Side == onBothSides && s.Bounded {
		return fmt.Errorf("data: a spike must have a finite value and place, a share above 0 and below 1, and a side, got %+v", *s)
	}
	return nil
}
