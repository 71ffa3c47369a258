package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowsforflows/flows/kernelext/setup"
	"github.com/flowsforflows/flows/notebooks/analysis/calibration"
	"github.com/flowsforflows/flows/notebooks/analysis/galaxies"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// analyses are the long forms of the analyses, by the name of their tutorial.
var analyses = map[string]func(context.Context, analysis.Options) error{
	"calibration": calibration.Run,
	"galaxies":    galaxies.Run,
}

// analysisCommand runs the long form of an analysis, and then writes its tables into the page.
func analysisCommand(ctx context.Context, name string, run func(context.Context, analysis.Options) error, args []string, out io.Writer) error {
	var o analysis.Options
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.IntVar(&o.Seeds, "seeds", 3, "")
	flags.BoolVar(&o.Quick, "quick", false, "")
	flags.StringVar(&o.Store, "store", "", "")
	flags.StringVar(&o.Folder, "o", "", "")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return misuse{fmt.Errorf("%s takes flags alone, got %q", name, rest)}
	}
	if o.Seeds < 1 {
		return misuse{fmt.Errorf("-seeds must be at least 1, got %d", o.Seeds)}
	}
	root, err := setup.Root(ctx)
	if err != nil {
		return err
	}
	page := ""
	if o.Folder == "" {
		o.Folder = filepath.Join(root, "notebooks", "analysis", name)
		page = filepath.Join(root, "notebooks", "ANALYSES.md")
	}
	screen := newConsole(out)
	defer screen.clear()
	start := time.Now()
	o.Report = func(format string, args ...any) {
		screen.line("[%s] %s", seconds(time.Since(start)), fmt.Sprintf(format, args...))
	}
	if err := run(ctx, o); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			screen.line("Stopped after %s. What was trained and measured is kept; go on with the same command:", seconds(time.Since(start)))
			screen.line("    go run ./notebooks %s %s", name, strings.Join(args, " "))
		}
		return err
	}
	screen.line("Done in %s:", seconds(time.Since(start)))
	screen.line("    %s", shownPath(filepath.Join(o.Folder, "results.json")))
	if page == "" || o.Quick {
		return nil
	}
	results, err := analysis.Read(o.Folder, name)
	if err != nil {
		return err
	}
	screen.line("    %s", shownPath(page))
	return analysis.UpdatePage(page, results)
}
