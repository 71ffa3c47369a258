package plot

import (
	"cmp"
	"fmt"
	"math"

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

// Cells returns what a panel shows of probabilities of the points of a discrete distribution of two
// features: at each point of the plane, that of the cell it lies in. logs are the log-probs of all its points
// (data.Discrete.All), in nats: the truth's (LogMass) or those of a density with data.Whole. The figure
// returns an error if there are too few of them, or if the distribution hasn't two features.
func Cells(name string, of *data.Discrete, logs []float64) Density {
	return Density{Name: name, Quantity: "probability", LogProb: func(x data.Points) ([]float64, error) {
		levels, grid := of.Levels(), of.Grid()
		if len(levels) != 2 || len(logs) != levels[0]*levels[1] {
			return nil, fmt.Errorf("there must be a log-prob for each point of two features, got %d for levels of %v", len(logs), levels)
		}
		at := make([]float64, x.Len())
		for i := range at {
			at[i] = math.Inf(-1)
			k := math.Floor((x.At(i, 0) - grid.Origin[0]) / grid.Quantum[0])
			l := math.Floor((x.At(i, 1) - grid.Origin[1]) / grid.Quantum[1])
			if k >= 0 && l >= 0 && k < float64(levels[0]) && l < float64(levels[1]) {
				at[i] = logs[int(k)*levels[1]+int(l)]
			}
		}
		return at, nil
	}}
}

// quantityOf returns what all of the densities are, or an error if they aren't the same: they have one
// colour scale.
func quantityOf(name string, densities []Density) (string, error) {
	quantity := cmp.Or(densities[0].Quantity, "density")
	for _, d := range densities {
		if other := cmp.Or(d.Quantity, "density"); other != quantity {
			return "", fmt.Errorf("plot: %s: panels with one colour scale must have one Quantity, got %q and %q: draw two figures", name, quantity, other)
		}
	}
	return quantity, nil
}

// LogDensity returns a figure of a density of the plane within the bounds. logProb returns the
// log-density of points [N, 2], in nats. Colours follow the square root of the density, as in
// Points, so that the two figures can be compared. The colour bar gives the density per unit of
// area.
func LogDensity(name string, logProb func(data.Points) ([]float64, error), bounds Bounds) (*Figure, error) {
	return Densities(name, 1, bounds, Density{Name: name, LogProb: logProb})
}

// Densities returns a figure of densities of the plane side by side, cols in a row, with a common
// colour scale, which is why all must have one Quantity. Use it to compare a pull-back density with its
// target, or a learned density with the exact one.
func Densities(name string, cols int, bounds Bounds, densities ...Density) (*Figure, error) {
	if len(densities) == 0 || cols < 1 {
		return nil, fmt.Errorf("plot: %s: there must be at least one density and one column, got %d and %d", name, len(densities), cols)
	}
	quantity, err := quantityOf(name, densities)
	if err != nil {
		return nil, err
	}
	logs, most := make([][]float64, len(densities)), math.Inf(-1)
	for i, d := range densities {
		var highest float64
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
			panels[i].Bar = densityBar(heat, most, quantity)
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
