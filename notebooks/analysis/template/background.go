package template

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Features are the names of the features of an event, in their order.
var Features = []string{"mJ", "dmJ", "tau1", "tau2", "dR"}

// The background is toy Monte Carlo of two jets from light quarks and gluons.
const (
	beam      = 13.0 // energy of the collisions, TeV
	power1    = 10.0 // of (1 − m/beam) in the spectrum
	power2    = 5.0  // of m/beam in the spectrum
	leastPT   = 1.2  // transverse momentum, in TeV, that the trigger asks of the jets
	spreadEta = 1.1  // width of the difference of pseudorapidities without the trigger
)

// Background draws n background events with masses between two values in TeV, x [n, 5] and the
// masses m [n, 1]. The features are the mass of the lighter jet and how much heavier the other is,
// both in GeV, the N-subjettiness ratio τ₂₁ of each, between 0 and 1, and the distance ΔR of the
// jets. All depend on the mass, smoothly. It returns an error unless n is at least 1 and the masses
// are above 2.5, in order, and below 13.
func Background(n int, from, to float64, seed uint64) (x, m data.Points, err error) {
	if n < 1 {
		return x, m, fmt.Errorf("template: the number of events must be at least 1, got %d", n)
	}
	if !(from > 2*leastPT && from < to && to < beam) {
		return x, m, fmt.Errorf("template: masses must lie between 2.4 and 13 TeV, the first below the second, got %g and %g", from, to)
	}
	rng := rand.New(rand.NewPCG(seed, 0x6261636b))
	truth := Spectrum{power1, power2, 0}
	draw := truth.sampler(from, to)
	events := newEvents(n)
	for range n {
		mass := draw(rng)
		eta := deltaEta(mass, rng)
		phi := math.Pi - 0.12*rng.ExpFloat64()
		pt := mass / math.Sqrt(2*(math.Cosh(eta)-math.Cos(phi)))
		events.add(mass, jet(mass, pt, rng), jet(mass, pt, rng), math.Hypot(eta, phi))
	}
	return events.points()
}

// deltaEta draws the difference of the jets' pseudorapidities. The trigger's threshold on the
// transverse momentum cuts it off, at an edge that rises with the mass.
func deltaEta(mass float64, rng *rand.Rand) float64 {
	edge := math.Acosh(mass*mass/(2*leastPT*leastPT) - 1)
	for {
		if eta := math.Abs(spreadEta * rng.NormFloat64()); eta < edge {
			return eta
		}
	}
}

// aJet is a jet with its mass, in GeV, and its N-subjettiness ratio τ₂₁.
type aJet struct{ mass, tau float64 }

// jet draws a background jet. Jets of gluons are heavier and have larger τ₂₁ than jets of quarks.
// Their share falls with the mass of the event.
func jet(mass, pt float64, rng *rand.Rand) aJet {
	centre, width, shift := math.Log(0.07), 0.45, -0.1 // of quarks
	if rng.Float64() < 1/(1+math.Exp(1.4*(mass-3.4))) {
		centre, width, shift = math.Log(0.13), 0.38, 0.55
	}
	z := rng.NormFloat64()
	if rng.Float64() < 0.15 { // hard radiation: a heavy tail
		z += 0.8 * rng.ExpFloat64()
	}
	ρ := math.Exp(centre + width*z - 0.15*math.Log(pt/1.5))
	ρ = 0.7 * math.Tanh(ρ/0.7) // a jet's mass ends where its cone does
	tau := shift + 0.35 - 0.35*z + 0.6*rng.NormFloat64() - 0.25*(pt-1.5)
	return aJet{1000 * pt * ρ, 1 / (1 + math.Exp(-tau))}
}

// events are events in the making.
type events struct{ x, m []float32 }

func newEvents(n int) *events {
	return &events{make([]float32, 0, n*len(Features)), make([]float32, 0, n)}
}

// add adds an event of two jets.
func (e *events) add(mass float64, a, b aJet, dR float64) {
	if a.mass > b.mass {
		a, b = b, a
	}
	for _, v := range []float64{a.mass, b.mass - a.mass, a.tau, b.tau, dR} {
		e.x = append(e.x, float32(v))
	}
	e.m = append(e.m, float32(mass))
}

// points returns the features and the masses of the events.
func (e *events) points() (x, m data.Points, err error) {
	if x, err = data.NewPoints(len(Features), e.x); err != nil {
		return x, m, err
	}
	if x, err = x.WithColumnNames(Features...); err != nil {
		return x, m, err
	}
	if m, err = data.NewPoints(1, e.m); err != nil {
		return x, m, err
	}
	m, err = m.WithColumnNames("m")
	return x, m, err
}
