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

// labCommand opens JupyterLab on the tutorials, and returns when it ends or is interrupted.
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
	// On Ctrl-C in the terminal, Jupyter would ask for confirmation. When this command ends it
	// instead, Jupyter stops its kernels and exits.
	ownGroup(lab)
	lab.Cancel = func() error { return terminate(lab.Process) }
	lab.WaitDelay = 15 * time.Second
	err = lab.Run()
	if ctx.Err() != nil {
		return nil // Ctrl-C is the normal way to leave
	}
	if err != nil {
		return fmt.Errorf("JupyterLab ended with %w; what it said is above. Arguments for it go after --, for instance "+
			"`go run ./notebooks lab -- --no-browser --port=8890`", err)
	}
	return nil
}

// labArguments returns JupyterLab's arguments: the folder to open, settings that keep it from
// asking the network for news, updates and lists of extensions, and the user's own. An argument of
// the user's replaces ours of the same name, since JupyterLab accepts no argument twice.
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
			name = "--ServerApp.root_dir" // an alias
		}
		arguments = slices.DeleteFunc(arguments, func(ours string) bool { return strings.HasPrefix(ours, name+"=") })
	}
	return append(arguments, added...)
}
