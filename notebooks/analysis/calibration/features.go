package calibration

import (
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// feature describes one feature of an event: how its latent z depends on the two hidden causes and
// on the conditions, what the simulation gets wrong, and what the detector makes of z.
type feature struct {
	name string
	unit string
	shape
	simulated shape // the shape in the simulation, where it is another one

	// The latent: z = pt·t + eta·e + rho·r + cause[0]·h₀ + cause[1]·h₁ + √(1 − cause²) ε.
	pt, eta, rho float64
	cause        [2]float64

	// The data: z' = z + shift + shiftPt·t + shiftEta·e + (scale + scaleEta·e)(z − m) + mix·z_{−1}.
	shift, shiftPt, shiftEta float64
	scale, scaleEta          float64
	mix                      float64
}

// shape is what a feature looks like: the feature as a function of its latent, and the maps of the
// column in a plan.
type shape struct {
	g        func(z float64) float64
	maps     []data.ColumnMap
	periodic bool
}

// edge returns a feature between 0 and top, such as R9.
func edge(top, at, width float64) shape {
	return shape{func(z float64) float64 { return top / (1 + math.Exp(-at-width*z)) }, []data.ColumnMap{data.Logit(0, top)}, false}
}

// positive returns a lognormal feature, such as a width.
func positive(median, sigma float64) shape {
	return shape{func(z float64) float64 { return median * math.Exp(sigma*z) }, []data.ColumnMap{data.Log}, false}
}

// isolation returns a feature that is exactly 0 below a latent, and has a heavy tail above: about
// z^-3 at σ = 0.9.
func isolation(from, median, sigma float64) shape {
	return shape{func(z float64) float64 {
		if z <= from {
			return 0
		}
		return median * (math.Exp(sigma*(z-from)) - 1)
	}, []data.ColumnMap{data.Spike(0), data.Log}, false}
}

// tails returns a feature about a centre with heavy tails on both sides.
func tails(centre, width, heaviness float64) shape {
	return shape{func(z float64) float64 { return centre + width*math.Sinh(heaviness*z)/heaviness }, []data.ColumnMap{data.Robust, data.Asinh(1)}, false}
}

// angle returns an angle in radians, in [−π, π).
func angle(centre, width float64) shape {
	return shape{func(z float64) float64 {
		φ := math.Mod(centre+width*z+math.Pi, 2*math.Pi)
		if φ < 0 {
			φ += 2 * math.Pi
		}
		return φ - math.Pi
	}, []data.ColumnMap{data.Angle(-math.Pi, math.Pi)}, true}
}

// features are all features, in their order. The first five are those of the tutorial.
var features = []feature{
	{"r9", "", edge(1, 2.2, 0.9), edge(0.98, 2.2, 0.9), 0.25, -0.35, -0.10, [2]float64{0.7, 0.2}, -0.18, 0.10, -0.12, 0.06, 0.05, 0},
	{"sieie", "", positive(0.0098, 0.22), shape{}, -0.10, 0.45, 0.10, [2]float64{-0.6, 0.3}, 0.22, -0.08, 0.10, -0.05, 0.06, 0.10},
	{"phIso", "GeV", isolation(-0.35, 1.6, 0.85), shape{}, -0.20, 0.10, 0.40, [2]float64{-0.3, -0.5}, 0.16, 0.06, -0.08, 0.08, -0.04, -0.08},
	{"psi", "rad", angle(0.4, 1.25), shape{}, 0.10, 0.25, 0, [2]float64{0.3, 0.5}, 0.20, 0.08, 0.10, 0.05, 0, 0.10},
	{"eop", "", tails(1.0, 0.06, 0.7), shape{}, 0.15, -0.10, -0.05, [2]float64{0.2, 0.6}, -0.20, 0.12, 0.08, 0.10, 0.05, 0.06},

	{"s4", "", edge(1, 1.9, 0.7), shape{}, 0.20, -0.25, -0.10, [2]float64{0.75, 0.1}, -0.15, 0.08, -0.06, 0.05, 0.04, 0.08},
	{"sipip", "", positive(0.0100, 0.24), shape{}, -0.12, 0.40, 0.08, [2]float64{-0.55, 0.25}, 0.16, -0.06, 0.08, -0.04, 0.05, 0.06},
	{"sieip", "", tails(0, 0.00003, 0.6), shape{}, 0, 0, 0, [2]float64{0.1, -0.3}, 0.06, 0, 0.05, 0.10, 0.06, -0.06},
	{"etaWidth", "", positive(0.011, 0.30), shape{}, -0.15, 0.30, 0.12, [2]float64{-0.5, 0.4}, 0.14, -0.05, 0.06, 0.05, 0.04, 0.05},
	{"phiWidth", "", positive(0.030, 0.45), shape{}, -0.10, 0.25, 0.15, [2]float64{-0.4, 0.6}, 0.12, 0.06, 0.05, 0.06, -0.03, 0.06},
	{"chIso", "GeV", isolation(0.10, 1.2, 0.90), shape{}, -0.20, 0.05, 0.35, [2]float64{-0.2, -0.5}, -0.12, 0.05, 0.06, 0.06, 0.03, 0.06},
	{"trkIso", "GeV", isolation(-0.10, 1.4, 0.80), shape{}, -0.15, 0.05, 0.30, [2]float64{-0.2, -0.6}, 0.10, -0.05, 0.05, 0.05, 0.04, 0.05},
	{"hoe", "", isolation(-0.20, 0.012, 0.95), shape{}, 0.10, 0.15, 0.20, [2]float64{-0.4, -0.2}, 0.15, 0.05, -0.06, -0.05, 0.04, 0.06},
	{"energyErr", "", positive(0.018, 0.35), shape{}, -0.35, 0.35, 0.10, [2]float64{-0.5, 0.3}, 0.14, -0.06, 0.06, 0.05, 0.04, 0.05},
	{"dEta", "", tails(0, 0.0011, 0.5), shape{}, 0, 0.05, 0, [2]float64{0.1, 0.2}, 0.10, 0.04, 0.06, 0.08, 0.05, -0.05},
	{"dPhi", "", tails(0.001, 0.016, 0.6), shape{}, -0.10, 0.05, 0, [2]float64{-0.2, 0.5}, -0.12, 0.05, 0.05, 0.08, 0.04, 0.06},
	{"fBrem", "", edge(1, -0.9, 1.0), shape{}, -0.05, 0.30, 0, [2]float64{-0.2, 0.7}, 0.14, 0.05, 0.08, 0.06, 0.03, 0.05},
}

// Names returns the names of the first n features, at most 17.
func Names(n int) (names []string) {
	for _, f := range features[:min(max(n, 0), len(features))] {
		names = append(names, f.name)
	}
	return names
}

// Titles returns the names of the first n features with their units, for the axes of figures.
func Titles(n int) (titles []string) {
	for _, f := range features[:min(max(n, 0), len(features))] {
		if f.unit != "" {
			titles = append(titles, f.name+" ("+f.unit+")")
		} else {
			titles = append(titles, f.name)
		}
	}
	return titles
}

// of returns the shape of the feature in the simulation or in the data.
func (f *feature) of(simulated bool) shape {
	if simulated && f.simulated.g != nil {
		return f.simulated
	}
	return f.shape
}

// Prepared returns the plan of a base for the events' table, with maps for the columns of all
// features.
func (e Events) Prepared(p f4f.BasePlan) f4f.BasePlan {
	for j := range features[:e.X.Dim()] {
		p = p.Column(features[j].name, features[j].of(e.Truth.Len() > 0).maps...)
	}
	return p
}
