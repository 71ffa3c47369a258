package specs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/flowsforflows/flows/data"
)

// Pipelines map points and conditions on the host, in float64, before they are sent to the device
// and after they come back. The graphs of a flow know nothing of them: they compute with what the
// pipelines make of points, in the units that the flow sees.

// Enter maps points x [N, D] of the data to the units that the flow sees, u [N, D]. It also returns
// log|det ∂u/∂x| [N], or nil if the density has no pipeline.
func (s Density) Enter(x data.Points) (u data.Points, logDets []float64, err error) {
	if s.Pipeline == nil {
		return x, nil, nil
	}
	return s.Pipeline.Transform(x, 0)
}

// Leave maps points u [N, D] in the units that the flow sees to the data's, x [N, D]. It also
// returns log|det ∂x/∂u| [N], or nil if the density has no pipeline.
func (s Density) Leave(u data.Points) (x data.Points, logDets []float64, err error) {
	if s.Pipeline == nil {
		return u, nil, nil
	}
	return s.Pipeline.InverseTransform(u)
}

// MapsOf returns the maps of feature j, or nil if it has none.
func (s Density) MapsOf(j int) []data.ColumnMap {
	if s.Pipeline == nil {
		return nil
	}
	return s.Pipeline.Maps(j)
}

// classColumns returns the columns of the feature whose classes feature j is one of, by data.Argmax. It is
// nil for any other feature.
func (s Density) classColumns(j int) (columns []int) {
	of := func(j int) string {
		maps := s.MapsOf(j)
		if len(maps) == 0 {
			return ""
		}
		return maps[len(maps)-1].Feature()
	}
	for k := range s.Dim {
		if of(j) != "" && of(k) == of(j) {
			columns = append(columns, k)
		}
	}
	return columns
}

// EnterCondition maps conditions c [N, C] to the units that the flow sees.
func (s Density) EnterCondition(c data.Points) (data.Points, error) {
	if s.ConditionPipeline == nil || c.Len() == 0 {
		return c, nil
	}
	c, _, err := s.ConditionPipeline.Transform(c, 0)
	if err != nil {
		return c, fmt.Errorf("condition: %w", err)
	}
	return c, nil
}

// noisyColumns returns the number of columns with noise.
func (s Density) noisyColumns() (noisy int) {
	for j := range s.Dim {
		if maps := s.MapsOf(j); len(maps) > 0 && maps[0].AddsNoise() {
			noisy++
		}
	}
	return noisy
}

// AddsNoise reports whether columns have noise.
func (s Density) AddsNoise() bool { return s.Pipeline != nil && s.Pipeline.AddsNoise() }

// Bounds returns lower bounds of log p(x) [N] for points x [N, D] in the data's units that have
// noise, under conditions c in the units that the flow sees:
//
//	log 1/draws Σ exp bound(u) |det ∂u/∂(x, r)|
//
// over draws of uniform noise r. bound returns log p(u) of points u in the units that the flow sees,
// less the log-density of their noise if it is learned. A bound of NaN or +Inf is an error.
func (s Density) Bounds(x, c data.Points, draws int, seed uint64, bound Evaluation) ([]float64, error) {
	rng := rand.New(rand.NewPCG(seed, boundStream))
	n := x.Len()
	bounds := slices.Repeat([]float64{math.Inf(-1)}, n)
	const together = mostNodes / mostOther // rows at a time: a call pads its rows to a whole chunk
	for done := 0; done < draws; {
		count := min(draws-done, max(together/max(n, 1), 1))
		var values []float32
		var logDets []float64
		for range count {
			u, l, err := s.Pipeline.Transform(x, rng.Uint64())
			if err != nil {
				return nil, err
			}
			values, logDets = append(values, u.Values()...), append(logDets, l...)
		}
		u, err := data.NewPoints(max(x.Dim(), 1), values)
		own := c
		if err == nil && c.Len() > 1 { // the condition of each row, draw by draw
			rows := make([]int, 0, n*count)
			for k := range n * count {
				rows = append(rows, k%n)
			}
			own, err = c.Pick(rows...)
		}
		if err != nil {
			return nil, err
		}
		each, err := bound(u, own)
		if err != nil {
			return nil, err
		}
		for k := range count {
			of := Added(each[k*n:(k+1)*n], logDets[k*n:(k+1)*n])
			if err := checkLogs(x, of, boundName); err != nil {
				return nil, err
			}
			for i, b := range of {
				bounds[i] = floats.LogSumExp([]float64{bounds[i], b})
			}
		}
		done += count
	}
	floats.AddConst(-math.Log(float64(draws)), bounds)
	return bounds, nil
}

// CheckDraws returns an error unless bounds can be taken by this number of draws of the noise.
func CheckDraws(draws int) error {
	if draws < 1 {
		return fmt.Errorf("a bound must have at least 1 draw of the noise, got %d", draws)
	}
	return nil
}

// boundStream keeps the draws of bounds apart from others with the same seed.
const boundStream = 0x626f756e64 // "bound"

// Added returns the sums of values [N] and log-dets [N], which may be nil.
func Added(values, logDets []float64) []float64 {
	if logDets == nil {
		return values
	}
	sums := make([]float64, len(values))
	for i, v := range values {
		sums[i] = v + logDets[i]
	}
	return sums
}

// SameConditionPipelines reports whether two densities map conditions alike.
func SameConditionPipelines(a, b Density) bool {
	return Key(a.ConditionPipeline) == Key(b.ConditionPipeline)
}

// Slopes are the derivatives of a pipeline at some points, column by column. They are empty for no
// pipeline.
type Slopes struct {
	Log  []float64 // log ∂u_j/∂x_j [N·D]
	Bend []float64 // its derivative, ∂/∂x_j log ∂u_j/∂x_j [N·D]
}

// Slopes returns the derivatives of the density's pipeline at points x [N, D] of the data.
func (s Density) Slopes(x data.Points) (slopes Slopes, err error) {
	if s.Pipeline == nil {
		return Slopes{}, nil
	}
	slopes.Log, slopes.Bend, err = s.Pipeline.Derivatives(x)
	return slopes, err
}
