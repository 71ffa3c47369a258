package specs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// base is the base distribution of a flow: the features of z are independent, each with a
// distribution of its own. The zero value is the standard normal.
type base struct {
	of    []plan.BaseDistribution // of each feature of z [D], in its order; nil if all are normal
	bound float64                 // B of the box and the circle
}

// BaseOf returns the base distribution of column j.
func (s Density) BaseOf(j int) plan.BaseDistribution {
	if s.Base == nil || s.Base[j] == "" {
		return plan.Normal
	}
	return s.Base[j]
}

// Angles returns the numbers of the columns that are angles: those whose base distribution is the
// circle. It is nil if none is.
func (s Density) Angles() []int { return anglesOf(s.Base) }

func anglesOf(base []plan.BaseDistribution) (angles []int) {
	for j, d := range base {
		if d == plan.Circle {
			angles = append(angles, j)
		}
	}
	return angles
}

// base returns the base distribution, in the order in which features leave the flow.
func (s Density) base() base {
	if s.Base == nil {
		return base{}
	}
	b := base{of: make([]plan.BaseDistribution, s.Dim), bound: s.Architecture.TailBound}
	for k, from := range s.order() {
		b.of[k] = s.BaseOf(from)
	}
	return b
}

// order returns the column of each feature that leaves the flow.
func (s Density) order() bijection.Permutation {
	_, order := chainOf(s.Architecture, s.Dim, 0, s.Recipe, false, nil)
	return order
}

// Periods returns the ends of the period of each column that is an angle, in the data's units; see
// data.Pipeline.Periods.
func (s Density) Periods() [][2]float64 {
	if s.Pipeline == nil {
		return nil
	}
	return s.Pipeline.Periods()
}

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

// validateBase returns an error unless the base distributions, which may come from a file, fit the
// architecture.
func (s Density) validateBase() error {
	periods := s.Periods()
	for j := range max(len(periods), len(s.Base)) {
		mapped, based := j < len(periods) && periods[j] != [2]float64{}, j < len(s.Base) && s.Base[j] == plan.Circle
		if mapped != based {
			return fmt.Errorf("%w: column %d is an angle, or it isn't", fit.ErrCorrupt, j)
		}
	}
	if s.Base == nil {
		return nil
	}
	if len(s.Base) != s.Dim || s.Scaler == nil || len(s.Links) > 0 {
		return fmt.Errorf("%w: it has %d base distributions for %d features", fit.ErrCorrupt, len(s.Base), s.Dim)
	}
	return s.Architecture.ValidateBase(s.Base)
}

// logProb returns the log-density [batch] of z [batch, D].
func (b base) logProb(z *Node) *Node {
	if b.of == nil {
		return StandardNormalLogProb(z)
	}
	var sum *Node
	for _, kind := range b.kinds() {
		each := kind.LogProb(z, b.bound)
		some := ReduceSum(Where(b.is(kind, z), each, ZerosLike(z)), -1)
		if sum == nil {
			sum = some
		} else {
			sum = Add(sum, some)
		}
	}
	return sum
}

// eachLogProb returns the log-density of each feature [batch, D] of z [batch, D].
func (b base) eachLogProb(z *Node) *Node {
	if b.of == nil {
		return plan.Normal.LogProb(z, b.bound)
	}
	each := ZerosLike(z)
	for _, kind := range b.kinds() {
		each = Where(b.is(kind, z), kind.LogProb(z, b.bound), each)
	}
	return each
}

// kinds returns the different distributions, in the order of their first features.
func (b base) kinds() (kinds []plan.BaseDistribution) {
	seen := map[plan.BaseDistribution]bool{}
	for _, d := range b.of {
		if !seen[d] {
			seen[d] = true
			kinds = append(kinds, d)
		}
	}
	return kinds
}

// is returns where z [batch, D] is of features with a distribution, as booleans in its shape.
func (b base) is(kind plan.BaseDistribution, z *Node) *Node {
	flags := make([]float64, len(b.of))
	for k, d := range b.of {
		if d == kind {
			flags[k] = 1
		}
	}
	row := ConvertDType(Const(z.Graph(), [][]float64{flags}), z.DType())
	return GreaterThan(BroadcastToShape(row, shapes.Make(z.DType(), z.Shape().Dimensions...)), ZerosLike(z))
}

// BaseLogProb returns the log-density [batch] of points z [batch, D] in the space of the base
// distribution.
func (n Normal) BaseLogProb(z *Node) *Node { return n.base.logProb(z) }

// SampleBase draws n points of the base distribution, [n, D].
func (s Density) SampleBase(n int, seed uint64) (data.Points, error) {
	b := s.base()
	if b.of == nil {
		return StandardNormal(n, s.Dim, seed)
	}
	rng := rand.New(rand.NewPCG(seed, 0x6e6f726d616c)) // as StandardNormal
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
