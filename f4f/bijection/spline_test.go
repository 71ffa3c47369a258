package bijection_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/accuracy"
)

// regimes are ways to draw a spline's parameters [3K−1], from where training starts to where no
// training should get.
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

// splines are many splines, with points on each.
type splines struct {
	spline     bijection.Spline
	parameters [][]float64 // [splines][3K−1]
	points     [][]float64 // [splines][points], ascending
}

// drawSplines draws splines in a regime, each with points at its knots and a few roundings beside
// them, at the bound and just beside it, beyond, and anywhere. All numbers are representable in the
// precision.
func drawSplines(s bijection.Spline, dtype dtypes.DType, count int, regime func(*rand.Rand) float64, rng *rand.Rand) splines {
	all := splines{spline: s}
	round := func(v float64) float64 { return float64(float32(v)) }
	next := func(v, towards float64) float64 { return float64(math.Nextafter32(float32(v), float32(towards))) }
	if dtype == dtypes.Float64 {
		round, next = func(v float64) float64 { return v }, math.Nextafter
	}
	for range count {
		θ := make([]float64, s.Parameters())
		for i := range θ {
			θ[i] = round(regime(rng))
		}
		var x []float64
		add := func(v float64) {
			v = round(v)
			below, above := v, v
			for range 4 {
				below, above = next(below, -1e9), next(above, 1e9)
				x = append(x, below, above)
			}
			x = append(x, v, round(v-1e-5), round(v+1e-5))
		}
		for _, knot := range knots(s, θ[:s.Bins]) {
			add(knot)
		}
		for _, knot := range knots(s, θ[s.Bins:2*s.Bins]) { // the knots of the inverse
			add(knot)
		}
		x = append(x, 0, 1.5*s.Bound, -1.5*s.Bound, 1e3, -1e3, 0x1p60, -0x1p60)
		for range 40 {
			x = append(x, round(s.Bound*(2*rng.Float64()-1)))
		}
		slices.Sort(x)
		all.parameters, all.points = append(all.parameters, θ), append(all.points, x)
	}
	return all
}

// knots returns the edges of the bins, ±Bound included, from their logits [K]. They are the running
// sum of a softmax, with no bin smaller than a share of 1e-3.
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

// exactly is a spline given by its knots, which are computed in float64, and its slopes there. It
// evaluates eq. 4 in so many bits that differences are exact to float64.
type exactly struct{ x, y, δ []float64 }

func exact(s bijection.Spline, θ []float64) exactly {
	e := exactly{x: knots(s, θ[:s.Bins]), y: knots(s, θ[s.Bins:2*s.Bins])}
	for _, u := range θ[2*s.Bins:] {
		e.δ = append(e.δ, 1e-3+math.Max(u, 0)+math.Log1p(math.Exp(-math.Abs(u))))
	}
	if !s.FreeEnds {
		e.δ = slices.Concat([]float64{1}, e.δ, []float64{1})
	}
	return e
}

const bits = 250

func big250(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }

func (e exactly) at(x *big.Float) *big.Float {
	last := len(e.x) - 1
	if x.Cmp(big250(e.x[0])) <= 0 || x.Cmp(big250(e.x[last])) >= 0 {
		return x
	}
	k := 0
	for k < last-1 && x.Cmp(big250(e.x[k+1])) >= 0 {
		k++
	}
	add := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(bits).Add(a, b) }
	sub := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(bits).Sub(a, b) }
	mul := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(bits).Mul(a, b) }
	quo := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(bits).Quo(a, b) }
	w, h := sub(big250(e.x[k+1]), big250(e.x[k])), sub(big250(e.y[k+1]), big250(e.y[k]))
	s, ξ, δ0, δ1 := quo(h, w), quo(sub(x, big250(e.x[k])), w), big250(e.δ[k]), big250(e.δ[k+1])
	mixed := mul(ξ, sub(big250(1), ξ))
	α := mul(h, add(mul(s, mul(ξ, ξ)), mul(δ0, mixed)))
	β := add(s, mul(sub(add(δ1, δ0), mul(big250(2), s)), mixed))
	return add(big250(e.y[k]), quo(α, β))
}

// value returns the spline at x.
func (e exactly) value(x float64) float64 {
	v, _ := e.at(big250(x)).Float64()
	return v
}

// logSlope returns the logarithm of the slope at x, by a central difference.
func (e exactly) logSlope(x float64) float64 {
	h := new(big.Float).SetPrec(bits).SetMantExp(big250(1), -100)
	up, down := new(big.Float).SetPrec(bits).Add(big250(x), h), new(big.Float).SetPrec(bits).Sub(big250(x), h)
	rise := new(big.Float).SetPrec(bits).Sub(e.at(up), e.at(down))
	slope, _ := rise.Quo(rise, h.Add(h, h)).Float64()
	return math.Log(slope)
}

// logSlopes returns the smallest and the largest log-slope between two points close to each other:
// at either, in between, or at a knot.
func (e exactly) logSlopes(from, to float64) (least, most float64) {
	at := []float64{from, (3*from + to) / 4, (from + to) / 2, (from + 3*to) / 4, to}
	for _, knot := range e.x {
		if knot > from && knot < to {
			at = append(at, knot)
		}
	}
	least, most = math.Inf(1), math.Inf(-1)
	for _, x := range at {
		l := e.logSlope(x)
		least, most = math.Min(least, l), math.Max(most, l)
	}
	return least, most
}

// passed is what a spline program returns at each point.
type passed struct {
	y, logSlope            []float64 // Forward at x
	back, backLogSlope     []float64 // Inverse at y
	there, thereLogSlope   []float64 // Inverse at x
	byX, byθ               []float64 // gradients of the sum of Forward's value and log-slope
	inverseByX, inverseByθ []float64 // and of those of Inverse
}

// program is a spline in both directions with all gradients. Its first pass compiles it, for a
// precision and a number of points.
func program(t *testing.T, b compute.Backend, s bijection.Spline) *Exec {
	t.Helper()
	exec, err := NewExec(b, func(x, θ *Node) []*Node {
		y, l := s.Forward(x, θ)
		back, backL := s.Inverse(y, θ)
		there, thereL := s.Inverse(x, θ)
		g := Gradient(ReduceAllSum(Add(y, l)), x, θ)
		ig := Gradient(ReduceAllSum(Add(there, thereL)), x, θ)
		return []*Node{y, l, back, backL, there, thereL, g[0], g[1], ig[0], ig[1]}
	})
	if err != nil {
		t.Fatal(err)
	}
	return exec
}

// pass runs a spline's program at points x [points] with parameters [points][3K−1].
func pass(t *testing.T, program *Exec, dtype dtypes.DType, x []float64, θ [][]float64) (p passed) {
	t.Helper()
	n, count := len(x), len(θ[0])
	columns := make([]float64, 0, n*count) // [3K−1, points]
	for k := range count {
		for i := range x {
			columns = append(columns, θ[i][k])
		}
	}
	outputs, err := program.Call(asTensor(dtype, x, 1, n), asTensor(dtype, columns, 1, count, n))
	if err != nil {
		t.Fatal(err)
	}
	for i, into := range []*[]float64{&p.y, &p.logSlope, &p.back, &p.backLogSlope, &p.there, &p.thereLogSlope, &p.byX, &p.byθ, &p.inverseByX, &p.inverseByθ} {
		*into = asFloats(t, outputs[i])
	}
	return p
}

// Splines far from where training starts keep their promises at every kind of point. In both
// directions their results are within a few roundings of the bound of a spline in exact arithmetic.
// They are monotone, end at the bound and leave values beyond unchanged. No gradient is infinite or
// NaN.
//
//	go test ./f4f/bijection -run SplinesFar -long -v
func TestSplinesFarFromTheStartKeepTheirPromises(t *testing.T) {
	count := 5
	if *long {
		count = 100
	}
	for _, choice := range []string{"go", "xla"} {
		b := open(t, choice)
		for _, s := range []bijection.Spline{{Bins: 8, Bound: 4}, {Bins: 2, Bound: 0.5}, {Bins: 28, Bound: 4}, {Bins: 6, Bound: 1, FreeEnds: true}} {
			there := program(t, b, s)
			defer there.Finalize()
			for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
				for r, regime := range regimes {
					if s.Bins > 8 && regime.name != "far" && !*long {
						continue // so many bins are searched by a loop, which is slow to compile
					}
					if s.Bins != 8 && choice == "xla" && dtype == dtypes.Float64 && !*long {
						continue // as slow, and covered by the Go backend
					}
					all := drawSplines(s, dtype, count, regime.draw, rand.New(rand.NewPCG(uint64(r), uint64(s.Bins))))
					t.Run(fmt.Sprintf("%s/bins=%d/free=%t/%s/%s", choice, s.Bins, s.FreeEnds, regime.name, dtype), func(t *testing.T) { all.hold(t, there, dtype) })
				}
			}
		}
	}
}

// hold tests all the promises.
func (all splines) hold(t *testing.T, there *Exec, dtype dtypes.DType) {
	s, ε := all.spline, 0x1p-23
	if dtype == dtypes.Float64 {
		ε = 0x1p-52
	}
	var x []float64
	var θ [][]float64
	for i, points := range all.points {
		x = append(x, points...)
		for range points {
			θ = append(θ, all.parameters[i])
		}
	}
	p := pass(t, there, dtype, x, θ)
	for name, values := range map[string][]float64{"value": p.y, "log-slope": p.logSlope, "value back": p.back, "log-slope back": p.backLogSlope, "inverse": p.there, "inverse's log-slope": p.thereLogSlope,
		"gradient by x": p.byX, "gradient by parameters": p.byθ, "inverse's gradient by y": p.inverseByX, "inverse's gradient by parameters": p.inverseByθ} {
		if i := slices.IndexFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); i >= 0 {
			t.Errorf("a %s is %v, at x = %v of the spline %v", name, values[i], x[i%len(x)], θ[i%len(x)])
		}
	}
	// Edges of bins are sums of sizes, each rounded, and the result is computed from them in a few
	// steps.
	slack := 16 * ε * s.Bound
	limit := accuracy.Of(dtype)
	worst, failures, at := 0.0, 0, 0
	for n, points := range all.points {
		e := exact(s, all.parameters[n])
		for j := range points {
			i := at
			at++
			complain := func(format string, args ...any) {
				t.Helper()
				if failures++; failures <= 5 {
					t.Errorf("%s; at x = %v of the spline %v", fmt.Sprintf(format, args...), x[i], θ[i])
				}
			}
			if math.Abs(x[i]) > s.Bound {
				if p.y[i] != x[i] || p.back[i] != x[i] || p.there[i] != x[i] || p.logSlope[i] != 0 || p.backLogSlope[i] != 0 || p.thereLogSlope[i] != 0 {
					complain("beyond the bound it gives %v and %v, back %v and %v, inverted %v and %v", p.y[i], p.logSlope[i], p.back[i], p.backLogSlope[i], p.there[i], p.thereLogSlope[i])
				}
				continue
			}
			if p.byX[i] == 0 {
				complain("the gradient by x is 0")
			}
			// The inverse magnifies rounding by up to 1/slope, which is 1 at the bound unless it is free.
			if math.Abs(x[i]) == s.Bound && !(math.Abs(p.y[i]-x[i]) <= slack && (s.FreeEnds || math.Abs(p.there[i]-x[i]) <= slack)) {
				complain("at the bound it gives %v, inverted %v", p.y[i], p.there[i])
			}
			if j > 0 && p.y[i] < p.y[i-1]-slack {
				complain("it falls, from %v to %v", p.y[i-1], p.y[i])
			}
			if s.FreeEnds && s.Bound-max(math.Abs(x[i]), math.Abs(p.y[i]), math.Abs(p.there[i])) < 4*slack {
				continue // where its slope jumps
			}
			for _, way := range []struct {
				name     string
				from, to float64
				slope    float64 // from "from" to "to"; for an inverse from "to" to "from"
			}{
				{"forward", x[i], p.y[i], p.logSlope[i]},
				{"back", p.back[i], p.y[i], -p.backLogSlope[i]},
				{"inverse", p.there[i], x[i], -p.thereLogSlope[i]},
			} {
				low, high := e.value(way.from-slack)-slack, e.value(way.from+slack)+slack
				if !(way.to >= low && way.to <= high) {
					complain("%s: %v goes to %v, in exact arithmetic to between %v and %v", way.name, way.from, way.to, low, high)
				}
				least, most := e.logSlopes(way.from-slack, way.from+slack)
				off := math.Max(way.slope-most, least-way.slope)
				worst = math.Max(worst, off)
				if !(off <= limit.LogDet) {
					complain("%s: the log-slope is %v, in exact arithmetic between %v and %v", way.name, way.slope, least, most)
				}
			}
		}
	}
	if failures > 5 {
		t.Errorf("and %d more", failures-5)
	}
	t.Logf("%d points: the worst log-slope is off by %.2g", len(x), worst)
}
