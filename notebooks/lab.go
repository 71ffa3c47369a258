package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// labCommand opens JupyterLab on the tutorials and stays until it ends or is interrupted.
func labCommand(ctx context.Context, args []string, out io.Writer) error {
	rest, err := parse(flag.NewFlagSet("lab", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	screen := newConsole(out)
	env, err := prepare(ctx, screen)
	if err != nil {
		return err
	}
	screen.line("JupyterLab starts; stop it with Ctrl-C.")
	lab := env.Python(ctx, append([]string{"-m", "jupyterlab"}, labArguments(filepath.Join(env.Root, "notebooks"), rest)...)...)
	lab.Stdout, lab.Stderr = out, os.Stderr
	// Ctrl-C in the terminal would make Jupyter ask whether that was meant. Ended by us it stops
	// its kernels and goes.
	ownGroup(lab)
	lab.Cancel = func() error { return terminate(lab.Process) }
	lab.WaitDelay = 15 * time.Second
	err = lab.Run()
	if ctx.Err() != nil {
		return nil // Ctrl-C is how one leaves
	}
	if err != nil {
		return fmt.Errorf("JupyterLab ended with %w; what it said is above. Arguments for it go after --, for instance "+
			"`go run ./notebooks lab -- --no-browser --port=8890`", err)
	}
	return nil
}

// labArguments are JupyterLab's: the folder that it opens on, and nothing that asks the network for
// news, updates or lists of extensions; and what the user adds. What the user says of the same
// stands in place of it, since JupyterLab takes no argument twice.
func labArguments(folder string, added []string) []string {
	arguments := []string{
		"--ServerApp.root_dir=" + folder,
		"--LabApp.news_url=None",
		"--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
		"--LabApp.extension_manager=readonly",
	}
	for _, a := range added {
		name, _, _ := strings.Cut(a, "=")
		if name == "--notebook-dir" {
			name = "--ServerApp.root_dir" // the same by another name
		}
		arguments = slices.DeleteFunc(arguments, func(ours string) bool { return strings.HasPrefix(ours, name+"=") })
	}
	return append(arguments, added...)
}
