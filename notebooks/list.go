package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/kernelext/setup"
)

// listCommand prints each tutorial's name, title and first sentence.
func listCommand(ctx context.Context, args []string, out io.Writer) error {
	rest, err := parse(flag.NewFlagSet("list", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return misuse{fmt.Errorf("list takes no arguments, got %q", rest)}
	}
	root, err := setup.Root(ctx)
	if err != nil {
		return err
	}
	files := tutorials(root)
	if len(files) == 0 {
		return fmt.Errorf("there is no tutorial in %s", filepath.Join(root, "notebooks"))
	}
	for _, file := range files {
		nb, err := readNotebook(file)
		if err != nil {
			return err
		}
		title, about := nb.title()
		fmt.Fprintf(out, "%s: %s\n", nameOf(file), title)
		if about != "" {
			fmt.Fprintf(out, "    %s\n", about)
		}
	}
	return nil
}

// readingOrder lists the tutorials that build on each other, in order.
var readingOrder = []string{"quickstart", "owndata", "choosing", "debugging", "conditional", "calibration", "template", "galaxies", "optimal", "discrete", "paper", "library"}

// tutorials returns the notebooks in this folder of the module: those of readingOrder first, then
// the others.
func tutorials(root string) []string {
	files, _ := filepath.Glob(filepath.Join(root, "notebooks", "*.ipynb")) // the pattern is valid
	slices.SortStableFunc(files, func(a, b string) int {
		place := func(file string) int {
			if i := slices.Index(readingOrder, nameOf(file)); i >= 0 {
				return i
			}
			return len(readingOrder)
		}
		return place(a) - place(b)
	})
	return files
}

// nameOf returns a notebook's name: that of its file, without the extension.
func nameOf(file string) string { return strings.TrimSuffix(filepath.Base(file), ".ipynb") }
