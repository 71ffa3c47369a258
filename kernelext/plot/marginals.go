package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of the panels of Marginals, with their ratios.
const (
	marginalWide, marginalHigh = 3.2 * vg.Inch, 3.4 * vg.Inch
	marginalBins               = 40
	leastRatio, mostRatio      = 0.5, 1.5 // the ends of the ratio's axis
)

// Marginals returns a figure with a panel for each feature, cols panels in a row. Each has the
// histograms of the reference (filled) and of the other samples (lines), in 40 bins and normalised
// to area 1 over all points. Below are their ratios to the reference, from 0.5 to 1.5. Error bars
// are one standard deviation of the count in the sample's bin, √Σw² for weighted points; the band
// about 1 is that of the reference. Features are named after the columns of the reference, or else
// x₀, x₁, … The axis of an angle (data.Points.WithPeriod) is once around the circle. Any other axis
// reaches to where the outermost values are, but not where heavy tails go: not much further from
// the median than 4 times the 16% and the 84% quantile. What lies beyond is in the first and the
// last bin, and the axis says so. Marginals returns an error if cols is less than 1, if the samples
// are empty or differ in dimension or in periods, or if a Set has Outside.
//
//	plot.Marginals("closure", 3,
//		plot.Set{Name: "data", Points: measured},
//		plot.Set{Name: "moved", Points: moved})
func Marginals(name string, cols int, reference Set, others ...Set) (*Figure, error) {
	samples := append([]Set{reference}, others...)
	if err := checkAlike(name, samples); err != nil {
		return nil, err
	}
	if cols < 1 {
		return nil, fmt.Errorf("plot: %s: there must be at least 1 column, got %d", name, cols)
	}
	samples, periods, err := samplesOnCircles(name, samples)
	if err != nil {
		return nil, err
	}
	features := featureNames(samples)
	panels := make([]Panel, len(features))
	for j, feature := range features {
		panels[j] = marginal(samples, periods, j, feature)
	}
	return newFigure(name, min(cols, len(panels)), marginalWide, marginalHigh, panels...).headed(), nil
}

// marginal returns the panel of one feature.
func marginal(samples []Set, periods [][2]float64, j int, feature string) Panel {
	divided := binningOf(samples, periods, j)
	width, edge := divided.width(), divided.edge
	panel, below := newPanel(""), newPanel("")
	var reference []bin
	highest := 0.0
	for k, s := range samples {
		bins := binned(s, j, divided)
		outline := make(plotter.XYs, 0, 2*marginalBins+2)
		outline = append(outline, plotter.XY{X: edge(0)})
		for i, b := range bins {
			highest = math.Max(highest, b.share/width)
			outline = append(outline, plotter.XY{X: edge(i), Y: b.share / width}, plotter.XY{X: edge(i + 1), Y: b.share / width})
		}
		outline = append(outline, plotter.XY{X: edge(marginalBins)})
		if k == 0 {
			reference = bins
			area := &plotter.Polygon{XYs: []plotter.XYs{outline}, Color: behind}
			panel.Add(area)
			panel.Legend.Add(s.Name, area)
			below.Add(ratioBand(bins, edge))
			continue
		}
		line := &plotter.Line{XYs: outline, LineStyle: draw.LineStyle{Color: curveColour(k - 1), Width: vg.Points(1.2)}}
		panel.Add(line)
		panel.Legend.Add(s.Name, line)
		below.Add(ratios(bins, reference, func(i int) float64 { return edge(i) + width*(0.5+0.16*float64(k-len(samples)/2)) }, draw.LineStyle{Color: curveColour(k - 1), Width: vg.Points(1)}))
	}
	below.Add(&plotter.Line{XYs: plotter.XYs{{X: divided.from, Y: 1}, {X: divided.to, Y: 1}}, LineStyle: draw.LineStyle{Color: ink, Width: vg.Points(0.6), Dashes: dashes}})
	for _, p := range []*plot.Plot{panel, below} {
		if p.X.Min, p.X.Max = divided.from, divided.to; turnOf(periods, j) > 0 {
			p.X.Tick.Marker = angleTicks(periods[j])
		}
	}
	room := 1.1 + 0.09*float64(len(samples)) // for the legend
	panel.Y.Min, panel.Y.Max = 0, math.Max(highest, math.SmallestNonzeroFloat64)*room
	panel.Legend.Top = true
	below.Y.Min, below.Y.Max = leastRatio, mostRatio
	// Where there is no room for all labels, the first stays.
	below.Y.Tick.Marker = plot.ConstantTicks{{Value: 1, Label: "1"}, {Value: leastRatio, Label: "0.5"}, {Value: mostRatio, Label: "1.5"}}
	below.Y.Label.Text, below.X.Label.Text = "ratio", feature
	if turnOf(periods, j) == 0 {
		below.X.Label.Text += divided.note()
	}
	panel.X.Tick.Marker = unlabelled{panel.X.Tick.Marker}
	return Panel{Plot: panel, Below: below}
}

// ratioBand returns the band about 1 that the reference's own deviations span.
func ratioBand(reference []bin, edge func(int) float64) *plotter.Polygon {
	var above, under plotter.XYs
	for i, b := range reference {
		relative := 0.0
		if b.share > 0 {
			relative = math.Min(b.deviation/b.share, mostRatio)
		}
		for _, x := range []float64{edge(i), edge(i + 1)} {
			above = append(above, plotter.XY{X: x, Y: math.Min(1+relative, mostRatio)})
			under = append(under, plotter.XY{X: x, Y: math.Max(1-relative, leastRatio)})
		}
	}
	for i := len(under) - 1; i >= 0; i-- {
		above = append(above, under[i])
	}
	return &plotter.Polygon{XYs: []plotter.XYs{above}, Color: behind}
}

// ratios returns the ratio of each bin to that of the reference, as a bar of plus and minus one
// standard deviation. Bins that are empty in either, and what lies beyond the axis, are left out.
func ratios(bins, reference []bin, at func(int) float64, style draw.LineStyle) bars {
	b := bars{style: style}
	for i, r := range reference {
		if r.share <= 0 || bins[i].share == 0 {
			continue
		}
		ratio, deviation := bins[i].share/r.share, bins[i].deviation/r.share
		if ratio < leastRatio || ratio > mostRatio {
			continue
		}
		b.values = append(b.values, bar{at(i), ratio, math.Max(ratio-deviation, leastRatio), math.Min(ratio+deviation, mostRatio)})
	}
	return b
}
