package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/flowsforflows/flows/kernelext/setup"
)

// setupCommand sets up and says what there is: a Jupyter of our own, or the kernel in one that the
// user has.
func setupCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("setup", flag.ContinueOnError)
	var jupyter optional
	flags.Var(&jupyter, "jupyter", "")
	user := flags.Bool("user", false, "")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if jupyter.given && jupyter.text == "" && len(rest) == 1 { // -jupyter PATH
		jupyter.text, rest = rest[0], nil
	}
	switch {
	case len(rest) > 0:
		return misuse{fmt.Errorf("setup takes no arguments, got %q", rest)}
	case jupyter.given && *user:
		return misuse{errors.New("setup takes -jupyter or -user, got both")}
	case jupyter.given || *user:
		return register(ctx, jupyter.text, *user, newConsole(out))
	}
	_, err = prepare(ctx, newConsole(out))
	return err
}

// optional is a flag that may stand alone or be given a text.
type optional struct {
	given bool
	text  string
}

func (o *optional) String() string { return o.text }

func (o *optional) Set(text string) error {
	o.given = true
	if text != "true" { // which is what package flag makes of a flag that stands alone
		o.text = text
	}
	return nil
}

func (o *optional) IsBoolFlag() bool { return true }

// register makes the kernel known to a Jupyter of the user's, or to all, and says where it is to be
// seen.
func register(ctx context.Context, jupyter string, user bool, screen *console) error {
	defer screen.clear()
	o := setup.Options{Progress: showing(screen)}
	var r *setup.Registration
	var err error
	if user {
		r, err = setup.RegisterForUser(ctx, o)
	} else {
		r, err = setup.Register(ctx, jupyter, o)
	}
	if err != nil {
		return err
	}
	screen.line("%-8s registered in %s", "Kernel", r.Folder)
	if r.Note != "" {
		screen.line("Note: %s", r.Note)
	}
	screen.line("Jupyter offers it as Go (gonb), and so does VS Code: Select Kernel, Jupyter Kernel…, Go (gonb).")
	return nil
}

// prepare sets up, showing each step.
func prepare(ctx context.Context, screen *console) (*setup.Environment, error) {
	defer screen.clear()
	env, err := setup.Prepare(ctx, setup.Options{Progress: showing(screen)})
	if err != nil {
		return nil, err
	}
	if env.Note != "" {
		screen.line("Note: %s", env.Note)
	}
	return env, nil
}

// showing is a receiver of the set-up's events that shows them.
func showing(screen *console) func(setup.Event) {
	return func(e setup.Event) {
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
	}
}
