// Package plot makes the figures of flows on gonum/plot: densities, the colour-coded picture of a
// transport, losses.
//
// Functions such as Points, Transport, LogDensity and Losses make a Figure, a grid of named panels,
// each a *plot.Plot of gonum's that can be changed before it is drawn. A Figure is drawn as PNG,
// SVG or PDF; package kernelext shows it in a notebook.
//
//	figure, err := plot.Transport("four circles → checkerboard", x, plot.Output{Name: "flow for flow", Points: y})
//	if err == nil {
//		err = figure.Save("transport.png")
//	}
//
// Cloud, Density2D and Heat are the plotters that they are made of, for any plot of gonum's. Each
// is drawn into one image, a pixel of it on a pixel of the canvas, so that a million points take
// well under a second; in SVG and PDF that image is embedded at 300 dots an inch.
//
// Colours are made to be told apart by every eye: densities grow evenly in lightness, and where a
// point started is told by two things that no common deficiency of colour vision takes away, blue
// against yellow for left and right, dark against light for below and above.
package plot
