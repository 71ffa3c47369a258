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
	"github.com/flowsforflows/flows/notebooks/internal/paper"
)

// paperCommand runs the paper's experiments.
func paperCommand(ctx context.Context, args []string, out io.Writer) error {
	var o paper.Options
	flags := flag.NewFlagSet("paper", flag.ContinueOnError)
	only := flags.String("only", "", "")
	list := flags.Bool("list", false, "")
	flags.StringVar(&o.Budget, "budget", "paper", "")
	flags.BoolVar(&o.Fast, "fast", false, "")
	flags.BoolVar(&o.Together, "together", false, "")
	flags.StringVar(&o.Store, "store", "", "")
	flags.StringVar(&o.Python, "python", "", "")
	flags.StringVar(&o.Folder, "o", "", "")
	flags.StringVar(&o.Publish, "publish", "", "")
	retrain := flags.Bool("retrain", false, "")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return misuse{fmt.Errorf("paper takes flags alone, got %q", rest)}
	}
	o.Only = strings.FieldsFunc(*only, func(r rune) bool { return r == ',' || r == ' ' })
	if err := o.Check(); err != nil {
		return misuse{err}
	}
	if *list {
		return listExperiments(o, out)
	}
	root, err := setup.Root(ctx)
	if err != nil {
		return err
	}
	if o.Folder == "" {
		o.Folder = filepath.Join(root, "notebooks", "out", "experiments")
	}
	if !*retrain {
		o.Flows = filepath.Join(root, "notebooks", "paper", "flows")
	}
	screen := newConsole(out)
	defer screen.clear()
	o.Progress = reporter(screen, time.Now)
	start := time.Now()
	err = paper.Run(ctx, o)
	screen.clear()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		screen.line("Stopped after %s. What was trained and measured is kept; go on with the same command:", seconds(time.Since(start)))
		screen.line("    go run ./notebooks paper %s", strings.Join(args, " "))
		return err
	}
	if err == nil {
		screen.line("Done in %s:", seconds(time.Since(start)))
	}
	for _, file := range []string{"paper.html", "paper.md", "results.json"} {
		screen.line("    %s", shownPath(filepath.Join(o.Folder, file)))
	}
	return err
}

// beat is how often the progress of a run is printed to a pipe if there is nothing else to print.
const beat = time.Minute

// reporter returns a function that shows the progress of a run: its lines for good, and its state
// on the status line, or in a pipe once a minute.
func reporter(screen *console, now func() time.Time) func(paper.Event) {
	said := now()
	return func(e paper.Event) {
		whole := fmt.Sprintf("%2.0f%%", 100*e.Share)
		if e.Left > 0 {
			whole += ", " + seconds(e.Left) + " left"
		}
		switch {
		case e.Line, !screen.terminal && now().Sub(said) >= beat:
			screen.line("[%s] %s", whole, e.Text)
			said = now()
		default:
			screen.status("[%s] %s", whole, e.Text)
		}
	}
}

// listExperiments prints the experiments, with their costs at the budget.
func listExperiments(o paper.Options, out io.Writer) error {
	costs, err := o.Costs()
	if err != nil {
		return err
	}
	for _, c := range costs {
		fmt.Fprintf(out, "%-12s %s\n", c.Name, c.Title)
		if c.Cases > 0 {
			fmt.Fprintf(out, "             %d cases and %d flows that none above has; %d steps, about %s on two cores\n", c.Cases, c.Flows, c.Steps, seconds(c.Time))
		}
	}
	return nil
}
