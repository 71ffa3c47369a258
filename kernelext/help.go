package kernelext

// Help lists what a cell can do, and the call for each. An error ends the cell.
func Help() {
	for _, t := range helpTables() {
		Show(t)
	}
}

// helpTables returns the tables that Help shows. A test checks that every name in them exists.
func helpTables() []Table {
	columns := []string{"to", "write"}
	return []Table{
		{Title: "Learn", Columns: columns, Rows: [][]string{
			{"plan a density", `base := f4f.Base(data.FourCircles())`},
			{"plan a transport between two distributions", `gamma := f4f.Between(base, f4f.Base(data.Checkerboard()))`},
			{"train it with live progress, or load it if it is trained", `t := Fit(gamma)`},
			{"train several side by side", `flows := FitAll(a, b)`},
			{"end the cell with the message of a method's error", `y := Must(t.Forward(x)) and Check(t.Save(path))`},
		}},
		{Title: "Draw", Columns: columns, Rows: [][]string{
			{"see points, a source, a density, a transport, epochs, a figure, a table, a plan", `Show(t)`},
			{"see the result of a function that may fail", `Show(plot.Compare("samples", 2, plot.Set{Name: "data", Points: x}, plot.Set{Name: "flow", Points: y}))`},
			{"get the figure that Show shows, to change or save it", `figure := FigureOf(t)`},
			{"see the losses of trained flows", `Show(LossFigure(a, b))`},
			{"compare transports of the same points", `Show(TransportFigure(x, t, transfer))`},
			{"see how the plane is deformed, and where points go", `Show(DeformationFigure(t, x), DisplacementFigure(t, x))`},
			{"see the potential of a convex potential's transport", `Show(PotentialFigure(t, x))`},
			{"compare each feature of what transports make with what they should make", `Show(ClosureFigure(x, right, t, transfer))`},
			{"see how far transports move points", `Show(DistanceFigure(x, t, transfer))`},
			{"see whether a density is calibrated, feature by feature", `Show(PITFigure(density, x))`},
			{"see the pull-back density and its residual", `Show(PullbackFigure(t))`},
			{"see more than two features", `Show(plot.Corner("jets", names, plot.Set{Name: "data", Points: x}, plot.Set{Name: "flow", Points: y}))`},
			{"follow points through conditions", `Show(PathFigure(x, conditions, Moved("flow", t, x, cx)))`},
			{"see points outside the true distribution", `Show(OutsideFigure(source, conditions, methods...))`},
			{"debug the splines of a layer", `Show(LayerFigure(density.Layers()[0], x.Slice(0, 3)))`},
			{"save a figure for one column of a paper", `Check(figure.AxisLabels("pT (GeV)", "η").In(plot.OneColumn).Save("figure.pdf"))`},
		}},
		{Title: "Use a slider", Columns: columns, Rows: [][]string{
			{"step through frames, in an exported page too", `Slide("angle", frames...)`},
			{"make the frames of a transport", `frames := PathFrames(x, conditions, Moved("flow", t, x, cx))`},
			{"make frames of your own", `frames := Frames(conditions, draw)`},
			{"draw frames as the slider moves, while the cell runs", `SlideLive("angle", conditions, draw)`},
		}},
		{Title: "Manage the store", Columns: columns, Rows: [][]string{
			{"list the stored flows", `ShowStore()`},
			{"see one stored flow", `Show(store.Find("", "four circles"))`},
			{"find what pruning flows older than a month would free", `gone := Must(store.Prune("", store.Selection{OlderThan: 30 * 24 * time.Hour, DryRun: true}))`},
			{"see it as a table", `Show(PruneTable(gone, true))`},
			{"do the same in a terminal", `go run ./notebooks store list, size, show or prune`},
		}, Note: `Imports: github.com/flowsforflows/flows/data, /f4f, /f4f/metric, /kernelext/plot, and /kernelext with a dot. Tab completes a name, Shift-Tab shows its documentation.`},
	}
}
