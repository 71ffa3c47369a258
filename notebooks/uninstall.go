package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/flowsforflows/flows/kernelext/setup"
)

// uninstallCommand removes what set-ups have left, and prints what it removes. At a terminal it
// asks first. It removes trained flows only with -store.
func uninstallCommand(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("uninstall", flag.ContinueOnError)
	only := flags.Bool("dry-run", false, "")
	flows := flags.Bool("store", false, "")
	yes := flags.Bool("yes", false, "")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return misuse{fmt.Errorf("uninstall takes no arguments, got %q", rest)}
	}
	ask := !*yes && isTerminal(in) && isTerminal(out)
	if *flows && !*only && !*yes && !ask {
		return misuse{errors.New("-store removes trained flows, which are your work: say -yes as well")}
	}

	all, err := setup.Parts(setup.Options{})
	if err != nil {
		return err
	}
	var going, staying []setup.Part
	var size int64
	for _, part := range all {
		if part.Flows && !*flows {
			staying = append(staying, part)
			continue
		}
		going, size = append(going, part), size+part.Size
	}
	if len(going) == 0 {
		fmt.Fprintln(out, "There is nothing to remove.")
	} else {
		fmt.Fprintf(out, "To remove, %s:\n", megabytes(size))
	}
	list(out, going)
	if len(staying) > 0 {
		fmt.Fprintln(out, "Trained flows stay; -store removes them too:")
		list(out, staying)
	}
	if len(going) == 0 || *only {
		return nil
	}
	if ask {
		fmt.Fprint(out, "Remove them? [y/N] ")
		answer, _ := bufio.NewReader(in).ReadString('\n') // no answer means no
		if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
			return errors.New("nothing was removed")
		}
	}
	if err := setup.Remove(ctx, setup.Options{}, going...); err != nil {
		return err
	}
	fmt.Fprintln(out, "Removed. Go's own caches stay: go clean -cache -modcache empties them.")
	return nil
}

func list(out io.Writer, parts []setup.Part) {
	for _, part := range parts {
		fmt.Fprintf(out, "  %10s  %s, %s\n", megabytes(part.Size), part.Text, part.Path)
	}
}

// megabytes returns a number of bytes in MB (10⁶ bytes), to a tenth.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
