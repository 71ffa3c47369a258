package plot

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// gridSide is how many points a learned density is evaluated at along an axis.
const gridSide = 200

// LogDensity is a figure of a density of the plane, from its log-probs in nats. The bounds are those to
// draw. Colours run with the root of the density, as those of Points, so that both look alike side by side.
func LogDensity(name string, logProb func(data.Points) ([]float64, error), bounds Bounds) (*Figure, error) {
	if err := bounds.validate(); err != nil {
		return nil, fmt.Errorf("%w (for %s)", err, name)
	}
	if logProb == nil {
		return nil, fmt.Errorf("plot: %s: there must be a function for the log-probs, got nil", name)
	}
	values := make([]float32, 0, 2*gridSide*gridSide)
	for j := range gridSide {
		for i := range gridSide {
			values = append(values,
				float32(bounds.MinX+(float64(i)+0.5)/gridSide*(bounds.MaxX-bounds.MinX)),
				float32(bounds.MinY+(float64(j)+0.5)/gridSide*(bounds.MaxY-bounds.MinY)))
		}
	}
	points, err := data.NewPoints(2, values)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	logs, err := logProb(points)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	if len(logs) != points.Len() {
		return nil, fmt.Errorf("plot: %s: there must be a log-prob for each of %d points, got %d", name, points.Len(), len(logs))
	}
	// The picture shows shares of the largest density alone, and exp of a log-prob itself may overflow.
	most := math.Inf(-1)
	for i, l := range logs {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			return nil, fmt.Errorf("plot: %s: the log-prob at %v is %v", name, points.Row(i), l)
		}
		most = math.Max(most, l)
	}
	densities := make([]float64, len(logs))
	if !math.IsInf(most, -1) {
		for i, l := range logs {
			densities[i] = math.Exp(l - most)
		}
	}
	panel := newPanel(name)
	panel.Add(Heat{Bounds: bounds, Side: gridSide, Values: densities})
	bounds.apply(panel)
	return newFigure(name, 1, panelSide, panelSide, Panel{Plot: panel, Equal: true}), nil
}
