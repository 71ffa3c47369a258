package metric

import (
	"fmt"
	"math"
)

// SICPoint is a point of a significance improvement characteristic.
type SICPoint struct {
	Signal float64  // the signal efficiency ε_S
	Gain   Interval // the significance improvement ε_S/√ε_B
}

// String returns a text such as "2.5512 (2.3301 to 2.7402 at 68%) at ε_S = 0.231".
func (p SICPoint) String() string { return fmt.Sprintf("%v at ε_S = %.3f", p.Gain, p.Signal) }

// defaultMostError is the relative error of ε_B beyond which SIC ends.
const defaultMostError = 0.2

// SIC returns the significance improvement characteristic ε_S/√ε_B, by which a cut on the scores
// multiplies the significance S/√B, at the signal efficiencies of the curve (Gallicchio et al.,
// arXiv 1010.3698). It leaves out the points where too few background events pass: where the
// relative error 1/√Passing of ε_B is above mostError. 0 means 0.2, which is 25 events, as in
// analyses with ANODE (arXiv 2001.04990), CATHODE and CURTAINs. The intervals are those of ε_B. A
// negative mostError leaves out all points.
func (c ROCCurve) SIC(mostError float64) []SICPoint {
	if mostError == 0 {
		mostError = defaultMostError
	}
	var points []SICPoint
	for i, s := range c.Signal {
		if i >= len(c.Background) || i >= len(c.Passing) {
			break
		}
		b := c.Background[i]
		if !(b.Value > 0) || !(1/math.Sqrt(c.Passing[i]) <= mostError) {
			continue
		}
		gain := func(background float64) float64 { return s / math.Sqrt(background) }
		points = append(points, SICPoint{s, Interval{Value: gain(b.Value), Low: gain(b.High), High: gain(b.Low), Median: gain(b.Median), Confidence: b.Confidence}})
	}
	return points
}

// BestSIC returns the point of SIC with the greatest gain, which is NaN if there is none. As the
// greatest of many points with errors it is biased upwards.
func (c ROCCurve) BestSIC(mostError float64) SICPoint {
	nan := math.NaN()
	best := SICPoint{Signal: nan, Gain: Interval{Value: nan, Low: nan, High: nan, Median: nan}}
	for _, p := range c.SIC(mostError) {
		if !(p.Gain.Value <= best.Gain.Value) {
			best = p
		}
	}
	return best
}
