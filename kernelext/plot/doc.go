// Package plot draws the figures of flows with gonum/plot: densities, the colour-coded picture of a
// transport, losses.
//
// Functions such as Points, Transport, LogDensity and Losses return a Figure, which is a grid of
// named panels. Each panel is a *plot.Plot of gonum that can be changed before the figure is drawn.
// A Figure is drawn as PNG, SVG or PDF; package kernelext shows it in a notebook.
//
//	figure, err := plot.Transport("four circles → checkerboard", x, plot.Output{Name: "flow for flow", Points: y})
//	if err == nil {
//		err = figure.Save("transport.png")
//	}
//
// Functions that take one map or density take it first, then the points, then the rest. Several
// outputs, sets or methods are variadic and come last.
//
// The axis of a column with a period (data.Points.WithPeriod) is once around the circle. If one of
// several sets has the period, the column is an angle in all; another period in one of them is an
// error.
//
// Ratios, Correlations, PIT, ROC, Rejection, SIC and CumulativeDisplacement draw numbers that
// package f4f/metric has measured, so that a figure shows what a table says. A band or an error bar
// is that of the numbers, and the function's comment says which.
//
// Cloud, Histogram2D, HeatMap and Band are the plotters behind these figures; they work in any plot
// of gonum. The first three draw a single image each, whose pixels coincide with those of the
// canvas, so that a million points take well under a second. In SVG and PDF the image is embedded
// at 300 dots per inch.
//
// The colours can be told apart with every common deficiency of colour vision. The colours of
// densities grow evenly in lightness. The colour of a starting point runs from blue to yellow from
// left to right, and from dark to light from below to above.
package plot
