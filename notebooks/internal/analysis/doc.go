// Package analysis is what the long forms of the three analyses share (calibration, template,
// galaxies): their options, their results file, and the tables of notebooks/ANALYSES.md that are
// made of it.
//
//	results, err := analysis.Read(options.Folder, "calibration")
//	results.Put(analysis.Number{Table: "closure", Row: "flow for flow", Column: "AUC", Seed: 1, Value: 0.502, Low: 0.495, High: 0.509})
//	err = results.Write(options.Folder) // after each number: a run that stops loses nothing
//	err = analysis.UpdatePage(page, results)
//
// Every number has a table, a row and a column, a seed and an interval. The page is text written by
// hand, with lines that name a table; UpdatePage writes the table below such a line. A test fails
// if the page's tables aren't those of the results files.
package analysis
