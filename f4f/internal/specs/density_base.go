package specs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Turns returns what a whole turn of each column is in radians, 0 for one that is no angle; nil for
// no angles.
func (s Density) Turns() []float64 { return turns(s.Base, 2*math.Pi) }

// BaseTurns returns the same of each feature that leaves the flow.
func (s Density) BaseTurns() []float64 {
	b := s.base()
	return turns(b.of, 2*b.bound)
}

func turns(base []plan.BaseDistribution, turn float64) []float64 {
	if anglesOf(base) == nil {
		return nil
	}
	all := make([]float64, len(base))
	for _, j := range anglesOf(base) {
		all[j] = turn
	}
	return all
}

// SampleBase draws n points of the base distribution, [n, D].
func (s Density) SampleBase(n int, seed uint64) (data.Points, error) {
	b := s.base()
	if b.of == nil {
		return StandardNormal(n, s.Dim, seed)
	}
	rng := rand.New(rand.NewPCG(seed, baseStream))
	values := make([]float32, 0, n*s.Dim)
	for range n {
		for _, d := range b.of {
			values = append(values, float32(d.Draw(rng, b.bound)))
		}
	}
	return data.NewPoints(s.Dim, values)
}

// BaseScaler returns the scaler that brings columns into the ranges of their base distributions:
// angles, in radians, onto the circle, and columns with a uniform base onto the box. Other columns
// are scaled by found, the means and standard deviations, or left as they are if it is nil. The
// points are those to learn from and those held out, [N, D] each.
func (s Density) BaseScaler(found *data.Scaler, x, held data.Points) data.Scaler {
	scaler := data.Scaler{Mean: make([]float64, s.Dim), Std: make([]float64, s.Dim)}
	ranges, ofHeld, bound := RangeOf(x), RangeOf(held), s.Architecture.TailBound
	for j := range s.Dim {
		switch s.BaseOf(j) {
		case plan.Circle:
			scaler.Std[j] = math.Pi / bound
		case plan.Uniform:
			low, high := ranges[j][0], ranges[j][1]
			if held.Len() > 0 {
				low, high = math.Min(low, ofHeld[j][0]), math.Max(high, ofHeld[j][1])
			}
			scaler.Mean[j], scaler.Std[j] = (low+high)/2, (high-low)/2*(1+2*boxMargin)/bound
		default:
			scaler.Std[j] = 1
			if found != nil {
				scaler.Mean[j], scaler.Std[j] = found.Mean[j], found.Std[j]
			}
		}
	}
	return scaler
}

// boxMargin is by how much of its range a column with a uniform base is widened on either side.
const boxMargin = 0.01

// SameBase reports whether two densities have one base distribution, in the order in which features
// leave their flows.
func SameBase(a, b Density) bool { return Key(baseForm(a)) == Key(baseForm(b)) }

// baseForm returns what tells base distributions apart.
func baseForm(s Density) any {
	b := s.base()
	if b.of == nil {
		return nil
	}
	return struct {
		Of    []plan.BaseDistribution
		Bound float64
	}{b.of, b.bound}
}

// BaseText describes the base distribution: "the standard normal", or the distributions of the
// features that leave the flow, with the bound of boxes and circles.
func (s Density) BaseText() string {
	b := s.base()
	if b.of == nil {
		return "the standard normal"
	}
	texts := make([]string, len(b.of))
	for k, d := range b.of {
		texts[k] = d.String()
	}
	return fmt.Sprintf("(%s) within ±%g", strings.Join(texts, ", "), b.bound)
}

// BaseCDF returns the distribution function of the base distribution [N] at column j of points z
// [N, D] in the order in which features leave the flow.
func (s Density) BaseCDF(z data.Points, j int) []float64 {
	at := slices.Index(s.order(), j)
	u, of := make([]float64, z.Len()), s.BaseOf(j)
	for i := range u {
		u[i] = of.CDF(z.At(i, at), s.Architecture.TailBound)
	}
	return u
}
