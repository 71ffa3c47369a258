package kernelext

// Help shows what there is for a cell, and how it is called. An error ends the cell.
func Help() {
	for _, t := range helpTables() {
		Show(t)
	}
}

// helpTables are the pages of Help. Every name in them is one that there is.
func helpTables() []Table {
	columns := []string{"to", "write"}
	return []Table{
		{Title: "Learn", Columns: columns, Rows: [][]string{
			{"plan a density", `base := f4f.Base(data.FourCircles())`},
			{"plan a transport between two distributions", `gamma := f4f.Between(base, f4f.Base(data.Checkerboard()))`},
			{"train it, or load it where it is trained, with live progress", `t := Fit(gamma)`},
			{"train several side by side", `flows := FitAll(a, b)`},
			{"end the cell where a method gives an error, with its message alone", `y := Must(t.Forward(x)) and Check(t.Save(path))`},
		}},
		{Title: "Look", Columns: columns, Rows: [][]string{
			{"see points, a source, a density, a transport, epochs, a figure, a table, a plan", `Show(t)`},
			{"see what may fail", `Show(plot.Compare("samples", 2, plot.Set{Name: "data", Points: x}, plot.Set{Name: "flow", Points: y}))`},
			{"have the figure that Show shows, to change or save", `figure := FigureOf(t)`},
			{"see the losses of trained flows", `Show(LossFigure(a, b))`},
			{"compare transports of the same points", `Show(TransportFigure(x, t, transfer))`},
			{"see how the plane is bent, and where points go", `Show(DeformationFigure(x, t), DisplacementFigure(x, t))`},
			{"see the density pulled back, and its residual", `Show(PullbackFigure(t))`},
			{"see more than two features", `Show(plot.Corner("jets", names, plot.Set{Name: "data", Points: x}, plot.Set{Name: "flow", Points: y}))`},
			{"follow points through conditions", `Show(PathFigure(x, conditions, Moved("flow", t, x, cx)))`},
			{"see what ends up where there should be nothing", `Show(OutsideFigure(source, conditions, methods...))`},
			{"debug the splines of a layer", `Show(LinkFigure(density.Links()[0], x.Slice(0, 3)))`},
			{"save a figure for one column of a paper", `Check(figure.Axes("pT (GeV)", "η").In(plot.OneColumn).Save("figure.pdf"))`},
		}},
		{Title: "Turn a knob", Columns: columns, Rows: [][]string{
			{"step through frames, in an exported page too", `Slide("angle", frames...)`},
			{"make the frames of a transport", `frames := PathFrames(x, conditions, Moved("flow", t, x, cx))`},
			{"make frames of your own", `frames := Frames(conditions, draw)`},
			{"draw frames as the knob moves, while the cell runs", `SlideLive("angle", conditions, draw)`},
		}},
		{Title: "Keep house", Columns: columns, Rows: [][]string{
			{"see what is trained and stored", `Store()`},
			{"see one stored flow", `Show(store.Find("", "four circles"))`},
			{"see what would be freed of flows older than a month", `gone := Must(store.Prune("", store.Selection{OlderThan: 30 * 24 * time.Hour, DryRun: true}))`},
			{"see it as a table", `Show(PruneTable(gone, true))`},
			{"do the same in a terminal", `go run ./notebooks store list, size, show or prune`},
		}, Note: `Imports: github.com/flowsforflows/flows/data, /f4f, /f4f/metric, /kernelext/plot, and /kernelext with a dot. Tab completes a name, Shift-Tab shows its documentation.`},
	}
}
