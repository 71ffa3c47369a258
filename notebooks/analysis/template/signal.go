package template

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Signal draws n events of a resonance with a mass of 3.5 TeV that decays to two particles of
// 130 GeV and 350 GeV, each seen as one jet of two prongs: x [n, 5] and the masses m [n, 1], as
// Background does. Masses are measured to 3%. It returns an error unless n is at least 1.
func Signal(n int, seed uint64) (x, m data.Points, err error) {
	if n < 1 {
		return x, m, fmt.Errorf("template: the number of events must be at least 1, got %d", n)
	}
	rng := rand.New(rand.NewPCG(seed, 0x7369676e))
	events := newEvents(n)
	prong := func(mass float64) aJet {
		z := rng.NormFloat64()
		if rng.Float64() < 0.25 { // energy lost from the jet
			z -= 2 * rng.ExpFloat64()
		}
		tau := -0.6 + 0.6*rng.NormFloat64()
		return aJet{mass * math.Exp(0.09*z), 1 / (1 + math.Exp(-tau))}
	}
	for len(events.m) < n {
		mass := 3.5 * (1 + 0.03*rng.NormFloat64())
		// The decay is isotropic: tanh(Δη/2) is the cosine of its angle.
		eta := 2 * math.Atanh(0.98*rng.Float64())
		phi := math.Pi - 0.12*rng.ExpFloat64()
		if mass/math.Sqrt(2*(math.Cosh(eta)-math.Cos(phi))) < leastPT {
			continue // the trigger doesn't see it
		}
		events.add(mass, prong(130), prong(350), math.Hypot(eta, phi))
	}
	return events.points()
}
