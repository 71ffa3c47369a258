package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"

	"github.com/flowsforflows/flows/data"
)

// gridSide is the number of points along an axis at which a density is evaluated.
const gridSide = 200

// Density is a density of the plane, given by its log-density.
type Density struct {
	Name    string                               // title of its panel
	LogProb func(data.Points) ([]float64, error) // log-density of each point [N, 2], in nats
	// Quantity is what LogProb is the logarithm of, for the colour bar: "probability", say, for whole
	// numbers. Empty means "density".
	Quantity string
}

// quantities returns what densities are, each name once: "density", or "probability, density".
func quantities(densities []Density) string {
	var names []string
	for _, d := range densities {
		if name := cmp.Or(d.Quantity, "density"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// LogDensity returns a figure of a density of the plane within the bounds. logProb returns the
// log-density of points [N, 2], in nats. Colours follow the square root of the density, as in
// Points, so that the two figures can be compared. The colour bar gives the density per unit of
// area.
func LogDensity(name string, logProb func(data.Points) ([]float64, error), bounds Bounds) (*Figure, error) {
	return Densities(name, 1, bounds, Density{Name: name, LogProb: logProb})
}

// Densities returns a figure of densities of the plane side by side, cols in a row, with a common
// colour scale. Use it to compare a pull-back density with its target, or a learned density with
// the exact one.
func Densities(name string, cols int, bounds Bounds, densities ...Density) (*Figure, error) {
	if len(densities) == 0 || cols < 1 {
		return nil, fmt.Errorf("plot: %s: there must be at least one density and one column, got %d and %d", name, len(densities), cols)
	}
	logs, most := make([][]float64, len(densities)), math.Inf(-1)
	for i, d := range densities {
		var highest float64
		var err error
		if logs[i], highest, err = d.onGrid(bounds); err != nil {
			return nil, err
		}
		most = math.Max(most, highest)
	}
	panels := make([]Panel, len(densities))
	for i, d := range densities {
		// The colours show ratios to the highest density, since exp of a log-density may overflow.
		shares := make([]float64, len(logs[i]))
		if !math.IsInf(most, -1) {
			for k, l := range logs[i] {
				shares[k] = math.Exp(l - most)
			}
		}
		heat := HeatMap{Bounds: bounds, Side: gridSide, Values: shares, Max: 1}
		panel := newPanel(d.Name)
		panel.Add(heat)
		bounds.apply(panel)
		panels[i] = Panel{Plot: panel, Equal: true}
		if i%cols == cols-1 || i == len(densities)-1 {
			panels[i].Bar = densityBar(heat, most, quantities(densities[i/cols*cols:i+1]))
		}
	}
	return newFigure(name, min(cols, len(densities)), panelSide, panelSide, panels...), nil
}

// densityBar returns the colour bar for ratios to a highest density, given by its logarithm most and
// what it is. It shows densities, or ratios if the densities are too large or too small to write.
func densityBar(heat HeatMap, most float64, quantity string) *ColourBar {
	bar := heat.Bar(quantity)
	if peak := math.Exp(most); peak > 1e-30 && peak < 1e30 {
		bar.Max = peak
	} else {
		bar.Label = "share of the highest " + quantity
	}
	return bar
}

// mostNats is the log-ratio at which the colours end: a factor of e² ≈ 7.4.
const mostNats = 2

// negligible is a number of nats. A density that is lower than its maximum by more counts as zero,
// since its ratio to another is meaningless there.
const negligible = 9

// LogRatio returns a figure of the residual log p − log q of two densities of the plane, in nats.
// It is red where p is too high and blue where p is too low. It is grey where they agree, and where
// both are below e⁻⁹ of their highest density. The colours end at ±2 nats.
func LogRatio(name string, p, q Density, bounds Bounds) (*Figure, error) {
	logP, mostP, err := p.onGrid(bounds)
	if err != nil {
		return nil, err
	}
	logQ, mostQ, err := q.onGrid(bounds)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(logP))
	for i := range values {
		if logP[i] > mostP-negligible || logQ[i] > mostQ-negligible {
			values[i] = math.Max(-mostNats, math.Min(mostNats, logP[i]-logQ[i]))
		}
	}
	heat := HeatMap{Bounds: bounds, Side: gridSide, Values: values, Min: -mostNats, Max: mostNats, ColourMap: SignedColours, Scale: plot.LinearScale{}}
	panel := newPanel(name)
	panel.Add(heat)
	bounds.apply(panel)
	return newFigure(name, 1, panelSide, panelSide, Panel{Plot: panel, Equal: true, Bar: heat.Bar("log p − log q (nats)")}), nil
}

// onGrid returns the log-density at the centres of the cells of a grid, row by row from below, and
// the highest of them, in nats.
func (d Density) onGrid(bounds Bounds) (logs []float64, most float64, err error) {
	if err := bounds.validate(); err != nil {
		return nil, 0, fmt.Errorf("%w (for %s)", err, d.Name)
	}
	if d.LogProb == nil {
		return nil, 0, fmt.Errorf("plot: %s: LogProb must be a function, got nil", d.Name)
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
		return nil, 0, fmt.Errorf("plot: %s: %w", d.Name, err)
	}
	if logs, err = d.LogProb(points); err != nil {
		return nil, 0, fmt.Errorf("plot: %s: %w", d.Name, err)
	}
	if len(logs) != points.Len() {
		return nil, 0, fmt.Errorf("plot: %s: LogProb must return a log-density for each of %d points, got %d", d.Name, points.Len(), len(logs))
	}
	most = math.Inf(-1)
	for i, l := range logs {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			return nil, 0, fmt.Errorf("plot: %s: the log-density must not be NaN or +Inf; at %v it is %v", d.Name, points.Row(i), l)
		}
		most = math.Max(most, l)
	}
	return logs, most, nil
}
