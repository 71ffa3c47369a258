package specs

import (
	"fmt"

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
	return s.Pipeline.Transform(x)
}

// Leave maps points u [N, D] in the units that the flow sees to the data's, x [N, D]. It also
// returns log|det ∂x/∂u| [N], or nil if the density has no pipeline.
func (s Density) Leave(u data.Points) (x data.Points, logDets []float64, err error) {
	if s.Pipeline == nil {
		return u, nil, nil
	}
	return s.Pipeline.InverseTransform(u)
}

// EnterCondition maps conditions c [N, C] to the units that the flow sees.
func (s Density) EnterCondition(c data.Points) (data.Points, error) {
	if s.ConditionPipeline == nil || c.Len() == 0 {
		return c, nil
	}
	c, _, err := s.ConditionPipeline.Transform(c)
	if err != nil {
		return c, fmt.Errorf("condition: %w", err)
	}
	return c, nil
}

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
