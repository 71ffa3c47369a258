package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/programs"
	"github.com/flowsforflows/flows/f4f/store"
	"github.com/flowsforflows/flows/kernelext"
)

const storeUsage = `Shows and prunes the trained flows that Fit has kept, and the compiled programs.

  go run ./notebooks store [list]            what is stored
  go run ./notebooks store size              how much room it takes, and the compiled programs take
  go run ./notebooks store show NAME…        all that is known of some, by name or by the beginning
                                             of a fingerprint; reads their files whole for damage
      -plan                                  and their plans, as JSON
  go run ./notebooks store prune             removes all that meets every condition given:
      -name NAME                             by name or the beginning of a fingerprint
      -older 30d                             not written for so long: 12h, 30d
      -damaged                               what can't be used
      -programs                              instead of flows, the compiled programs: all of them, or
                                             with -older what no process has used for so long
      -yes                                   removes it; without -yes it only lists what would go
      -store FOLDER                          (with any) another store than that of F4F_STORE or the user's cache

What a running fit uses is not removed. Compiled programs are a cache: a missing one is compiled again, in seconds.
Example: go run ./notebooks store prune -older 30d -yes
`

// storeMisuse is a misuse of the store command, which has its own usage text.
type storeMisuse struct{ error }

// storeCommand runs the store's subcommand that the arguments name.
func storeCommand(_ context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		args = []string{"list"}
	}
	what, args := args[0], args[1:]
	flags := flag.NewFlagSet("store", flag.ContinueOnError)
	folder := flags.String("store", "", "")
	var name, older string
	var damaged, programs, yes, plan bool
	switch what {
	case "list", "size":
	case "show":
		flags.BoolVar(&plan, "plan", false, "")
	case "prune":
		flags.StringVar(&name, "name", "", "")
		flags.StringVar(&older, "older", "", "")
		flags.BoolVar(&damaged, "damaged", false, "")
		flags.BoolVar(&programs, "programs", false, "")
		flags.BoolVar(&yes, "yes", false, "")
	case "help", "-h", "-help", "--help":
		fmt.Fprint(out, storeUsage)
		return nil
	default:
		return storeMisuse{fmt.Errorf("store knows list, size, show and prune, got %q", what)}
	}
	rest, err := parse(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, storeUsage)
		return nil
	case err != nil:
		return storeMisuse{err}
	case what != "show" && len(rest) > 0:
		return storeMisuse{fmt.Errorf("store %s takes no arguments, got %q", what, rest)}
	case what == "show" && len(rest) == 0:
		return storeMisuse{errors.New("store show needs a flow's name, got none")}
	case programs && (name != "" || damaged || *folder != ""):
		return storeMisuse{errors.New("store prune -programs takes only -older and -yes; -name, -damaged and -store apply to flows")}
	}
	var unused time.Duration
	if older != "" {
		if unused, err = age(older); err != nil {
			return storeMisuse{err}
		}
	}
	if programs {
		return prunePrograms(unused, !yes, out)
	}
	if *folder == "" {
		if *folder, err = store.Folder(); err != nil {
			return err
		}
	}
	switch what {
	case "show":
		return showStored(*folder, rest, plan, out)
	case "prune":
		p := store.Selection{Damaged: damaged, OlderThan: unused, DryRun: !yes}
		if name != "" {
			p.Named = []string{name}
		}
		if name == "" && older == "" && !damaged {
			return storeMisuse{errors.New("store prune must be told what: -name, -older, -damaged or -programs")}
		}
		return pruneStore(*folder, p, out)
	}
	all, err := store.List(*folder)
	if err != nil {
		return err
	}
	table := kernelext.StoreTable(*folder, all)
	if what == "size" {
		table.Rows = nil
	}
	fmt.Fprint(out, table)
	fmt.Fprintln(out, keptPrograms())
	return nil
}

// keptPrograms returns a sentence about the compiled programs that are kept.
func keptPrograms() string {
	folder, err := programs.FindDefault()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no compiled programs are kept yet"
	case err != nil:
		return fmt.Sprintf("no compiled programs are kept: %v", err)
	case folder == nil:
		return fmt.Sprintf("no compiled programs are kept: %s is off", programs.Env)
	}
	defer folder.Close()
	size, err := folder.Size()
	if err != nil {
		return fmt.Sprintf("the compiled programs can't be read: %v", err)
	}
	return fmt.Sprintf("%d compiled programs, %s, in %s", size.Programs, kernelext.FormatBytes(size.Bytes), folder.Path())
}

// prunePrograms removes compiled programs that no process has used for the time given, and prints
// how many.
func prunePrograms(unused time.Duration, dryRun bool, out io.Writer) error {
	folder, err := programs.FindDefault()
	if errors.Is(err, fs.ErrNotExist) || folder == nil && err == nil {
		fmt.Fprintln(out, keptPrograms())
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	gone, err := folder.Clear(unused, dryRun)
	did := "pruned"
	if dryRun {
		did = "would be pruned"
	}
	fmt.Fprintf(out, "%s: %d compiled programs, %s, of %s\n", did, gone.Programs, kernelext.FormatBytes(gone.Bytes), folder.Path())
	if err == nil && dryRun && gone.Bytes > 0 {
		fmt.Fprintln(out, "Nothing has been removed; add -yes to do it.")
	}
	return err
}

// showStored prints all that is known of the flows with these names.
func showStored(folder string, names []string, plan bool, out io.Writer) error {
	for _, name := range names {
		found, err := store.Find(folder, name)
		if err != nil {
			return err
		}
		for _, s := range found {
			if err := s.Verify(); err != nil {
				s.Err = err
			}
			fmt.Fprintln(out, kernelext.EntryTable(s))
			if plan && s.Plan != "" {
				fmt.Fprintf(out, "plan\n%s\n\n", s.Plan)
			}
		}
	}
	return nil
}

// pruneStore prunes the store, and prints what was removed and what to do next.
func pruneStore(folder string, p store.Selection, out io.Writer) error {
	gone, err := store.Prune(folder, p)
	if len(gone) > 0 || err == nil {
		fmt.Fprint(out, kernelext.PruneTable(gone, p.DryRun))
	}
	if err == nil && p.DryRun && len(gone) > 0 {
		fmt.Fprintln(out, "Nothing has been removed; add -yes to do it.")
	}
	return err
}

// age parses a time given as a Go duration or in days, such as 36h or 30d.
func age(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		d = time.Duration(n * 24 * float64(time.Hour))
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("an age is a number of hours or days above 0, such as 12h or 30d, got %q", text)
	}
	return d, nil
}
