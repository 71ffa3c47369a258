package kernelext

// Help shows what there is for a cell, and how it is called.
func Help() error {
	for _, t := range helpTables() {
		if err := Show(t); err != nil {
			return err
		}
	}
	return nil
}

// helpTables are the pages of Help. Every name in them is one that there is.
func helpTables() []Table {
	columns := []string{"to", "write"}
	return []Table{
		{Title: "Learn", Columns: columns, Rows: [][]string{
			{"plan a density", `base := f4f.Base(data.FourCircles())`},
			{"plan a transport between two distributions", `gamma := f4f.Between(base, f4f.Base(data.Checkerboard()))`},
			{"train it, or load it where it is trained, with live progress", `t := kernelext.Must(kernelext.Fit(ctx, gamma))`},
			{"train several side by side", `flows := kernelext.Must(kernelext.FitAll(ctx, a, b))`},
			{"end the cell where there is an error, with its message alone", `kernelext.Check(err) and kernelext.Must(value, err)`},
		}},
		{Title: "Look", Columns: columns, Rows: [][]string{
			{"see points, a source, a density, a transport, epochs, a figure, a table, a plan", `kernelext.Check(kernelext.Show(t))`},
			{"have the figure that Show shows, to change or save", `figure := kernelext.Must(kernelext.FigureOf(t))`},
			{"compare transports of the same points", `kernelext.TransportFigure(x, t, transfer)`},
			{"see how the plane is bent, and where points go", `kernelext.DeformationFigure(x, t) and kernelext.DisplacementFigure(x, t)`},
			{"see the density pulled back, and its residual", `kernelext.PullbackFigure(t)`},
			{"see more than two features", `plot.Corner("jets", names, plot.Set{Name: "data", Points: x}, plot.Set{Name: "flow", Points: y})`},
			{"follow points through conditions", `kernelext.PathFigure(x, conditions, kernelext.Moved("flow", t, x, cx))`},
			{"see what ends up where there should be nothing", `kernelext.OutsideFigure(source, conditions, methods...)`},
			{"debug the splines of a layer", `kernelext.LinkFigure(density.Links()[0], x.Slice(0, 3))`},
			{"save a figure for one column of a paper", `figure.Axes("pT (GeV)", "η").In(plot.OneColumn).Save("figure.pdf")`},
		}},
		{Title: "Turn a knob", Columns: columns, Rows: [][]string{
			{"step through frames, in an exported page too", `kernelext.Check(kernelext.Slide("angle", frames...))`},
			{"make the frames of a transport", `frames := kernelext.Must(kernelext.PathFrames(x, conditions, kernelext.Moved("flow", t, x, cx)))`},
			{"make frames of your own", `frames := kernelext.Must(kernelext.Frames(conditions, draw))`},
			{"draw frames as the knob moves, while the cell runs", `kernelext.Check(kernelext.SlideLive(ctx, "angle", conditions, draw))`},
		}},
		{Title: "Keep house", Columns: columns, Rows: [][]string{
			{"see what is trained and stored", `kernelext.Check(kernelext.Store())`},
			{"see one stored flow", `kernelext.Check(kernelext.Show(kernelext.Must(store.Find("", "four circles"))))`},
			{"see what would be freed of flows older than a month", `gone := kernelext.Must(store.Prune("", store.Selection{OlderThan: 30 * 24 * time.Hour, DryRun: true}))`},
			{"see it as a table", `kernelext.Check(kernelext.Show(kernelext.PruneTable(gone, true)))`},
			{"do the same in a terminal", `go run ./notebooks store list, size, show or prune`},
		}, Note: "Imports: github.com/flowsforflows/flows/data, /f4f, /f4f/metric, /kernelext, /kernelext/plot. Completion knows the rest after a cell with the import has run."},
	}
}
