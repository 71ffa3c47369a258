package data

import (
	"math"
	"math/rand/v2"
)

// vonMises is the von Mises distribution on the circle, p(φ) = exp(κ cos(φ − mean)) / (2π I₀(κ)).
type vonMises struct{ mean, κ float64 }

// logDensity returns log p(φ), for φ modulo 2π.
func (v vonMises) logDensity(φ float64) float64 {
	// exp(κ(cos − 1)) / (2π e^−κ I₀(κ))
	return v.κ*(math.Cos(φ-v.mean)-1) - math.Log(2*math.Pi) - logScaledBesselI0(v.κ)
}

// draw draws an angle, by rejection from a wrapped Cauchy distribution (Best and Fisher, "Efficient
// Simulation of the von Mises Distribution", 1979). κ must be above 0.
func (v vonMises) draw(rng *rand.Rand) float64 {
	τ := 1 + math.Sqrt(1+4*v.κ*v.κ)
	ρ := (τ - math.Sqrt(2*τ)) / (2 * v.κ)
	r := (1 + ρ*ρ) / (2 * ρ)
	for {
		z := math.Cos(math.Pi * rng.Float64())
		f := (1 + r*z) / (r + z)
		c := v.κ * (r - f)
		if u := rng.Float64(); c*(2-c) > u || math.Log(c/u)+1 >= c {
			φ := math.Acos(max(-1, min(1, f)))
			if rng.Float64() < 0.5 {
				φ = -φ
			}
			return v.mean + φ
		}
	}
}

// torusComponent is a distribution of two angles: the first has a von Mises distribution, and so
// has the second less so many times the first.
type torusComponent struct {
	first, second vonMises
	times         float64 // a whole number, so that the density is continuous on the torus
}

// VonMisesMixture returns a distribution of two angles in radians, in [−π, π)²: two clusters, which
// lie across the ends of the angles, and a band that winds about the torus. With v(φ; μ, κ) the von
// Mises density,
//
//	p(x, y) = ⅓ v(x; π, 4) v(y; ½, 6) + ⅓ v(x; −1, 8) v(y; π, 3) + ⅓ v(x; 1, 1) v(y − x; −2, 10)
//
// The density is 0 outside, so that it counts each point of the torus once.
func VonMisesMixture() *Plane { return vonMisesMixture }

var torusComponents = []torusComponent{
	{vonMises{math.Pi, 4}, vonMises{0.5, 6}, 0},
	{vonMises{-1, 8}, vonMises{math.Pi, 3}, 0},
	{vonMises{1, 1}, vonMises{-2, 10}, 1},
}

var vonMisesMixture = newPlane("von Mises mixture", 2.428265,
	func(rng *rand.Rand) (x, y float64) {
		c := torusComponents[rng.IntN(len(torusComponents))]
		x = c.first.draw(rng)
		return radians(x), radians(c.second.draw(rng) + c.times*x)
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			if most := float64(float32(math.Pi)); math.Abs(x) > most || math.Abs(y) > most {
				return math.Inf(-1)
			}
			total := math.Inf(-1)
			for _, c := range torusComponents {
				total = logAdd(total, c.first.logDensity(x)+c.second.logDensity(y-c.times*x))
			}
			return total - math.Log(float64(len(torusComponents)))
		}
	}).onTorus()

// radians returns an angle moved by whole turns into [−π, π), as float32 rounds it.
func radians(φ float64) float64 {
	if φ = math.Remainder(φ, 2*math.Pi); float32(φ) >= math.Pi {
		return -math.Pi
	}
	return φ
}
