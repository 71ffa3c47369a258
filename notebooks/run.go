package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/store"
	"github.com/flowsforflows/flows/kernelext/setup"
)

// runCommand runs notebooks from the first cell to the last.
func runCommand(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	var how manner
	folder := flags.String("o", "", "")
	flags.DurationVar(&how.limit, "timeout", 30*time.Minute, "")
	flags.BoolVar(&how.keep, "keep", false, "")
	flags.BoolVar(&how.quick, "quick", false, "")
	names, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return misuse{errors.New("run needs the name of a tutorial, got none")}
	}
	if how.limit < 0 {
		return misuse{fmt.Errorf("the timeout must not be negative, got %v", how.limit)}
	}
	if how.keep && how.quick {
		return misuse{errors.New("-keep and -quick exclude each other: outputs of a few steps are not to be kept")}
	}
	root, err := setup.Root(ctx)
	if err != nil {
		return err
	}
	var files []string
	for _, name := range names {
		if name == "all" {
			files = append(files, tutorials(root)...)
			continue
		}
		file, err := find(root, name)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	if *folder == "" {
		*folder = filepath.Join(root, "notebooks", "out")
	}

	screen := newConsole(out)
	env, err := prepare(ctx, screen)
	if err != nil {
		return err
	}
	var failures []error
	for _, file := range files {
		if err := runOne(ctx, env, file, *folder, how, screen); err != nil {
			if ctx.Err() != nil {
				return err
			}
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// find returns the path of a notebook, given a tutorial's name or a path.
func find(root, name string) (string, error) {
	if strings.HasSuffix(name, ".ipynb") {
		if path, err := filepath.Abs(name); err == nil {
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
	}
	var known []string
	for _, file := range tutorials(root) {
		if nameOf(file) == strings.TrimSuffix(name, ".ipynb") {
			return file, nil
		}
		known = append(known, nameOf(file))
	}
	return "", misuse{fmt.Errorf("there is no tutorial or file %q; the tutorials are %q", name, known)}
}

// manner is how notebooks are run.
type manner struct {
	limit time.Duration // the most time for one; 0 for no limit
	// keep stores the outputs in the notebook itself. It then runs in an empty store, so that they
	// don't depend on what was trained before.
	keep  bool
	quick bool // train for at most quickSteps or quickEpochs
}

// runOne runs a notebook and prints where the results are.
func runOne(ctx context.Context, env *setup.Environment, file, folder string, how manner, screen *console) error {
	name := nameOf(file)
	to, err := resultsIn(folder, name)
	if err != nil {
		return err
	}
	limited := ctx
	if how.limit > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, how.limit)
		defer cancel()
	}
	var variables []string
	if how.keep {
		own, err := os.MkdirTemp("", "flows-store-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(own)
		variables = append(variables, store.FolderEnv+"="+own)
	}
	about := ""
	if how.quick {
		about = fmt.Sprintf(", with at most %d steps or %d epoch for a flow: its figures and numbers mean nothing", quickSteps, quickEpochs)
	}
	screen.line("Running %s%s", name, about)
	start := time.Now()
	err = drive(limited, env, file, how.quick, to, screen, variables...)
	switch {
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s took longer than %v and was stopped; its results so far are in %s. Allow more time with -timeout", name, how.limit, to.notebook)
	case err != nil:
		return fmt.Errorf("%s: %w\nIts results so far are in %s; open it with `go run ./notebooks lab` or look at %s", name, err, to.notebook, to.page)
	}
	figures, err := writeFigures(to.notebook, to.folder)
	if err != nil {
		return err
	}
	if how.keep {
		if err := keepOutputs(to.notebook, file); err != nil {
			return err
		}
	}
	screen.line("Done in %s:", seconds(time.Since(start)))
	if how.keep {
		screen.line("    kept in   %s", shownPath(file))
	}
	screen.line("    notebook  %s", shownPath(to.notebook))
	screen.line("    page      %s", shownPath(to.page))
	for _, figure := range figures {
		screen.line("    figure    %s", shownPath(figure))
	}
	return nil
}
