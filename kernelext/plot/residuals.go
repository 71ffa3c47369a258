package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// residualBins is the number of bins of the true log-density for which median and band are drawn.
const residualBins = 24

// Residuals returns a figure of the error of a learned density, point by point: log q − log p over
// log p, in nats, at points drawn from p. The line is the median; the band holds the central 68% of
// the points. Above 0 the learned density is too high, below too low. The negative of the mean,
// which the title gives, estimates KL(p‖q).
func Residuals(name string, truth, learned []float64) (*Figure, error) {
	if len(truth) != len(learned) || len(truth) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be equally many learned and true log-densities, at least one, got %d and %d", name, len(learned), len(truth))
	}
	points := make(plotter.XYs, len(truth))
	mean := 0.0
	for i, p := range truth {
		if off := learned[i] - p; math.IsNaN(off) || math.IsInf(off, 0) {
			return nil, fmt.Errorf("plot: %s: log-densities must be finite; those of point %d are %v (true) and %v (learned)", name, i, p, learned[i])
		}
		points[i] = plotter.XY{X: p, Y: learned[i] - p}
		mean += points[i].Y / float64(len(points))
	}
	slices.SortStableFunc(points, func(a, b plotter.XY) int {
		switch {
		case a.X < b.X:
			return -1
		case a.X > b.X:
			return 1
		}
		return 0
	})
	fromX, toX := core(len(points), func(i int) float64 { return points[i].X })
	fromY, toY := core(len(points), func(i int) float64 { return points[i].Y })
	bounds := Bounds{fromX, toX, math.Min(fromY, 0), math.Max(toY, 0)}.widened()

	middle, band := middles(points)
	panel := newPanel(fmt.Sprintf("%s: mean %+.4f nats (line: median, band: middle 68%%)", name, mean) + bounds.outside(points))
	// The band is drawn under the points.
	outline, err := plotter.NewPolygon(band)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	outline.Color, outline.LineStyle.Width = faint, 0
	level := &plotter.Line{XYs: plotter.XYs{{X: bounds.MinX, Y: 0}, {X: bounds.MaxX, Y: 0}}, LineStyle: draw.LineStyle{Color: ink, Width: vg.Points(0.6), Dashes: dashes}}
	line := &plotter.Line{XYs: middle, LineStyle: draw.LineStyle{Color: held, Width: vg.Points(1.4)}}
	panel.Add(outline, Cloud{XYs: points, Colours: shaded(len(points), training)}, level, line)
	panel.X.Label.Text, panel.Y.Label.Text = "log p (nats)", "log q − log p (nats)"
	bounds.apply(panel)
	return newFigure(name, 1, curvesWide, curvesHigh, Panel{Plot: panel}), nil
}

// middles divides points, sorted by x, into bins of equally many. It returns the median of y in
// each, and the outline of the band from the 16% to the 84% quantile.
func middles(points plotter.XYs) (median, band plotter.XYs) {
	bins := min(residualBins, len(points))
	var above, below plotter.XYs
	for k := range bins {
		part := points[k*len(points)/bins : (k+1)*len(points)/bins]
		ys := make([]float64, len(part))
		x := 0.0
		for i, p := range part {
			ys[i] = p.Y
			x += p.X / float64(len(part))
		}
		slices.Sort(ys)
		at := func(share float64) plotter.XY {
			return plotter.XY{X: x, Y: stat.Quantile(share, stat.Empirical, ys, nil)}
		}
		median, above, below = append(median, at(0.5)), append(above, at(0.84)), append(below, at(0.16))
	}
	slices.Reverse(below)
	return median, append(above, below...)
}
