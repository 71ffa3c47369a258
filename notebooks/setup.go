package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/flowsforflows/flows/kernelext/setup"
)

// setupCommand sets up and says what there is.
func setupCommand(ctx context.Context, args []string, out io.Writer) error {
	rest, err := parse(flag.NewFlagSet("setup", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return misuse{fmt.Errorf("setup takes no arguments, got %q", rest)}
	}
	_, err = prepare(ctx, newConsole(out))
	return err
}

// prepare sets up, showing each step.
func prepare(ctx context.Context, screen *console) (*setup.Environment, error) {
	defer screen.clear()
	env, err := setup.Prepare(ctx, setup.Options{Progress: func(e setup.Event) {
		switch {
		case !e.Finished && e.Total > 0:
			screen.status("%-8s %s, %d of %d MB", e.Step, e.Text, e.Done>>20, e.Total>>20)
		case !e.Finished:
			screen.status("%-8s %s", e.Step, e.Text)
		case e.Found:
			screen.line("%-8s ready", e.Step)
		default:
			screen.line("%-8s ready after %s (%s)", e.Step, seconds(e.Took), e.Text)
		}
	}})
	if err != nil {
		return nil, err
	}
	if env.Note != "" {
		screen.line("Note: %s", env.Note)
	}
	return env, nil
}

// seconds shows a duration to a tenth of a second, or in minutes and seconds.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
