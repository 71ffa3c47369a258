// Package kernelext is what a cell of a Jupyter notebook needs beside package f4f: training with
// progress that is updated in place, and pictures.
//
//	gamma := f4f.Between(circles, board)
//	t := kernelext.Must(kernelext.Fit(ctx, gamma)) // a bar with live loss and time left
//	kernelext.Check(kernelext.Show(t))             // the colour-coded picture
//
// Under conditions PathFigure follows points from one to the next, and OutsideFigure shows what
// ends up where there should be nothing.
//
// The same calls in a terminal draw a bar there, and in a file or a pipe write plain lines; Show
// outside a notebook errs and says to use plot.Figure's Save. Figures come from package plot;
// package setup installs Jupyter and the kernel.
package kernelext
