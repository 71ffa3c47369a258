// Package kernelext is for the cells of a Jupyter notebook. It adds to package f4f the progress of
// a training, updated in place, and pictures. Cells import it with a dot:
//
//	import . "github.com/flowsforflows/flows/kernelext"
//
//	t := Fit(f4f.Between(circles, board)) // a bar with the loss and the time left
//	Show(t)                               // the colour-coded picture
//	y := Must(t.Forward(x))               // methods of the library return errors
//
// If Fit, FitAll, Show, Slide or a function that makes figures fails, it prints the error's message
// and ends the cell. Interrupting the cell stops them. Must and Check end the cell in the same way
// for errors that the library's methods return. All of them print the message to standard error and
// exit with status 1. They are meant for cells: a program calls the plan's Fit method and package
// plot instead.
//
// ClosureFigure compares, feature by feature, what transports make with what they should make.
// DistanceFigure shows how far they move points, and PITFigure whether a density is calibrated.
// PathFigure follows points from one condition to the next. OutsideFigure shows the points that lie
// outside the true distribution.
//
// Functions that make figures take one flow first, then points, then the rest. Several flows or
// methods are variadic and come last.
//
// In a terminal the same calls draw a bar there. In a file or a pipe they write plain lines.
// Outside a notebook Show saves pictures to the folder that F4F_FIGURES names. Figures come from
// package plot. Package setup installs Jupyter and the kernel.
package kernelext
