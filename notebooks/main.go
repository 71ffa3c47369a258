// Command notebooks runs the tutorials in this folder, in a Jupyter environment of its own.
//
//	go run ./notebooks                  sets everything up and runs the quickstart from the first cell to the last
//	go run ./notebooks list             lists the tutorials
//	go run ./notebooks run NAME…        runs tutorials by name, or all; with -keep it stores their outputs in them
//	go run ./notebooks lab              opens JupyterLab on them
//	go run ./notebooks setup            only sets up; with -jupyter FOLDER, registers the kernel in your own Jupyter
//	go run ./notebooks uninstall        removes all that was set up
//	go run ./notebooks store …          lists and prunes the trained flows and the compiled programs
//	go run ./notebooks paper            runs the paper's experiments; needs no Jupyter
//	go run ./notebooks calibration      runs the long form of an analysis; also template and galaxies
//
// It needs Go and Python 3, and a network connection the first time. The exit status is 0 if all
// went well, 1 if something failed, and 2 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Runs the tutorials of flows for flows, in a Jupyter of its own with GoNB and XLA.

  go run ./notebooks                   set up, then run the quickstart; its notebook, page and
                                       figures are written to notebooks/out/quickstart
  go run ./notebooks list              the tutorials there are
  go run ./notebooks run NAME…         run tutorials by name, all of them, or .ipynb files by path
      -o folder                        write to another folder than notebooks/out
      -keep                            keep the outputs in the notebooks themselves too, with small
                                       pictures; trains everything anew
      -quick                           train flows for at most 256 steps where a cell says .Steps(n),
                                       and one epoch where it says .Epochs(n), to see that the cells
                                       run; a figure or a number of such a run means nothing
      -timeout 30m                     give up on a notebook that takes longer; 0 for never
  go run ./notebooks lab [-- ARG…]     open JupyterLab on the tutorials; ARGs are JupyterLab's own
  go run ./notebooks setup             only set up
      -jupyter [FOLDER]                instead register the kernel in a Jupyter of yours: that of
                                       the environment in FOLDER, or the one on PATH
      -user                            instead register it in all your Jupyters, and in VS Code
  go run ./notebooks uninstall         remove all that was set up; trained flows stay
      -dry-run                         only list what would be removed
      -store                           trained flows too
      -yes                             don't ask
  go run ./notebooks store …           list, size, show or prune the trained flows, prune compiled
                                       programs; see store -h
  go run ./notebooks paper             run the paper's experiments and test its claims;
                                       results, figures and the page go to notebooks/out/experiments.
                                       Stop and start it as you like: it continues where it was
      -only fig3,table1                some of them; -list shows all and what they cost
      -budget paper|tenth|hundredth|quick
                                       the paper's steps (the default), a part of them, or 256 a
                                       flow to try it
      -fast                            use the fast recipe
      -python PROGRAM                  a Python that has flows4flows, to run that too
      -together                        train flows of one shape as one program, for a GPU
      -store folder                    keep trained flows there, rather than in the user's cache
      -publish folder                  add what is run to that folder: results.json, flows, pictures
      -retrain                         also train what notebooks/paper/flows has published
      -o folder                        write to another folder
  go run ./notebooks calibration       the long form of an analysis; also template, galaxies.
                                       Numbers go to notebooks/analysis/NAME/results.json and the
                                       tables of notebooks/ANALYSES.md. It continues where it was
      -seeds 3                         for this many seeds
      -quick                           train for a small part of the steps, to try it; the page
                                       leaves such numbers out
      -store folder                    keep trained flows there, rather than in the user's cache
      -o folder                        write to another folder, and leave the page as it is

Example: go run ./notebooks run quickstart -o /tmp/flows -timeout 10m
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(exitStatus(err, os.Stdout, os.Stderr))
}

// dispatch runs the subcommand that the arguments name.
func dispatch(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return runCommand(ctx, []string{"quickstart"}, out)
	}
	switch args[0] {
	case "list":
		return listCommand(ctx, args[1:], out)
	case "run":
		return runCommand(ctx, args[1:], out)
	case "lab":
		return labCommand(ctx, args[1:], out)
	case "setup":
		return setupCommand(ctx, args[1:], out)
	case "store":
		return storeCommand(ctx, args[1:], out)
	case "uninstall":
		return uninstallCommand(ctx, args[1:], os.Stdin, out)
	case "paper":
		return paperCommand(ctx, args[1:], out)
	case "help", "-h", "-help", "--help":
		return flag.ErrHelp
	}
	if run, ok := analyses[args[0]]; ok {
		return analysisCommand(ctx, args[0], run, args[1:], out)
	}
	return misuse{fmt.Errorf("there is no subcommand %q", args[0])}
}

// exitStatus returns the exit status for an error, and prints what went wrong, or the usage if the
// user asked for it.
func exitStatus(err error, out, w io.Writer) int {
	var wrong misuse
	var wrongOfStore storeMisuse
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(w, "notebooks: %v\n\n%s", err, usage)
		return 2
	case errors.As(err, &wrongOfStore):
		fmt.Fprintf(w, "notebooks: %v\n\n%s", err, storeUsage)
		return 2
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "notebooks: stopped; the same command goes on from what was trained")
		return 1
	}
	fmt.Fprintf(w, "notebooks: %v\n", err)
	return 1
}
