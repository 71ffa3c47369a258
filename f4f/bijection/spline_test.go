package bijection_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// regimes are ways to draw the numbers that describe a spline [3K−1], from where training starts to where no training should get.
var regimes = []struct {
	name string
	draw func(rng *rand.Rand) float64
}{
	{"near the start", func(rng *rand.Rand) float64 { return 0.1 * rng.NormFloat64() }},
	{"far", func(rng *rand.Rand) float64 { return 3 * rng.NormFloat64() }},
	{"very far", func(rng *rand.Rand) float64 { return 15 * rng.NormFloat64() }},
	{"saturated", func(rng *rand.Rand) float64 { return 50 * float64(2*rng.IntN(2)-1) }},
	{"saturated or not", func(rng *rand.Rand) float64 { return []float64{-50, 50, 0, 0, rng.NormFloat64()}[rng.IntN(5)] }},
}

// splines are many splines and points on each.
type splines struct {
	spline     bijection.Spline
	parameters [][]float64 // [splines][3K−1]
	points     [][]float64 // [splines][points], ascending
}

// drawSplines draws so many splines in a regime, each with points at its knots and just beside them, at the bound and just beside it, beyond, and anywhere. Numbers are such
// as float32 holds.
func drawSplines(s bijection.Spline, count int, regime func(*rand.Rand) float64, rng *rand.Rand) splines {
	all := splines{spline: s}
	round := func(v float64) float64 { return float64(float32(v)) }
	for range count {
		θ := make([]float64, s.Parameters())
		for i := range θ {
			θ[i] = round(regime(rng))
		}
		var x []float64
		add := func(v float64) {
			below, above := math.Nextafter32(float32(v), -1e9), math.Nextafter32(float32(v), 1e9)
			x = append(x, round(v), float64(below), float64(above), round(v-1e-5), round(v+1e-5))
		}
		for _, knot := range knots(s, θ[:s.Bins]) {
			add(knot)
		}
		for _, knot := range knots(s, θ[s.Bins:2*s.Bins]) { // where the inverse has its own
			add(knot)
		}
		x = append(x, 0, 1.5*s.Bound, -1.5*s.Bound, 1e3, -1e3, 1e15, -1e15)
		for range 40 {
			x = append(x, round(s.Bound*(2*rng.Float64()-1)))
		}
		slices.Sort(x)
		all.parameters, all.points = append(all.parameters, θ), append(all.points, x)
	}
	return all
}

// knots are where bins begin and end, ±Bound included, by their logits [K] (eq. 3 before the equations: a softmax, and none less than a share of 1e-3).
func knots(s bijection.Spline, logits []float64) []float64 {
	most, sum := slices.Max(logits), 0.0
	for _, u := range logits {
		sum += math.Exp(u - most)
	}
	at := []float64{-s.Bound}
	for _, u := range logits {
		share := 1e-3 + (1-1e-3*float64(s.Bins))*math.Exp(u-most)/sum
		at = append(at, at[len(at)-1]+2*s.Bound*share)
	}
	at[s.Bins] = s.Bound
	return at
}

// through is a direction's value, log-slope and gradients at every point of every spline, [splines][points] in float64; and the gradients by the parameters of the sum of values and of that of log-slopes.
type through struct{ y, logSlope, back, backLogSlope [][]float64 }

// evaluator runs splines there and back on a backend.
type evaluator struct {
	spline bijection.Spline
	exec   *Exec
}
