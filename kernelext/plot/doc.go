// Package plot makes the figures of flows on gonum/plot: densities, the colour-coded picture of a transport, losses.
//
// Functions such as Points, Transport, LogDensity and Losses make a Figure, a grid of named panels, each a *plot.Plot of gonum's that
// can be changed before it is drawn. A Figure is drawn as PNG, SVG or PDF; package kernelext shows it in a notebook.
//
//	figure, err := plot.Transport("four circles → checkerboard", x, plot.Output{Name: "flow for flow", Points: y})
//	if err == nil {
//		err = figure.Save("transport.png")
//	}
//
// Clouds of points and densities are drawn into one image each, so that a million points take well under a second; in SVG and PDF that image is embedded.
package plot
