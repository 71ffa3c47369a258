// Package kernelext is what a cell of a Jupyter notebook needs beside package f4f: training with
// progress that is updated in place, and pictures. Cells import it with a dot:
//
//	import . "github.com/flowsforflows/flows/kernelext"
//
//	t := Fit(f4f.Between(circles, board)) // a bar with live loss and time left
//	Show(t)                               // the colour-coded picture
//	y := Must(t.Forward(x))               // methods of the library give errors
//
// Its verbs (Fit, FitAll, Show, Slide, the functions that make figures) end the cell with the
// message where something fails, and stop when the cell is interrupted. Must and Check do the same
// for what the library's methods give. All of these print the message to standard error and exit
// with status 1: they are for cells, and a program calls the plan's Fit and package plot instead.
//
// Under conditions PathFigure follows points from one to the next, and OutsideFigure shows what
// ends up where there should be nothing.
//
// The same calls in a terminal draw a bar there, and in a file or a pipe write plain lines; Show
// outside a notebook saves pictures to the folder that F4F_FIGURES names. Figures come from package
// plot; package setup installs Jupyter and the kernel.
package kernelext
