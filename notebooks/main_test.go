package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExitStatusTellsFailureFromMisuse(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"help", []string{"-h"}, 0, "Example:"},
		{"help of a subcommand", []string{"run", "-h"}, 0, "Example:"},
		{"no such subcommand", []string{"walk"}, 2, `"walk"`},
		{"nothing to run", []string{"run"}, 2, "name of a tutorial"},
		{"no such tutorial", []string{"run", "nosuch"}, 2, `"nosuch"`},
		{"no such flag", []string{"run", "quickstart", "-x"}, 2, "-x"},
		{"a bad duration", []string{"run", "quickstart", "-timeout", "soon"}, 2, "soon"},
		{"a negative duration", []string{"run", "quickstart", "-timeout", "-1s"}, 2, "must not be negative"},
		{"arguments to list", []string{"list", "all"}, 2, "no arguments"},
		{"no such budget", []string{"paper", "-budget", "huge"}, 2, "paper, tenth, hundredth, quick"},
		{"no such experiment", []string{"paper", "-only", "fig3,fig9"}, 2, "bound, fig3"},
		{"no such flag of paper", []string{"paper", "-seeds", "3"}, 2, "-seeds"},
		{"arguments to paper", []string{"paper", "fig3"}, 2, "flags alone"},
		{"arguments to setup", []string{"setup", "all"}, 2, "no arguments"},
		{"two kinds of setup", []string{"setup", "-jupyter", "here", "-user"}, 2, "got both"},
		{"arguments to uninstall", []string{"uninstall", "all"}, 2, "no arguments"},
		{"trained flows, from a pipe", []string{"uninstall", "-store"}, 2, "your work"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out, said bytes.Buffer
			err := dispatch(t.Context(), row.args, &out)
			if got := exitStatus(err, &out, &said); got != row.want {
				t.Errorf("exit status %d, want %d", got, row.want)
			}
			text := said.String()
			if row.want == 0 {
				text = out.String()
			}
			if !strings.Contains(text, row.says) || !strings.Contains(text, "Example: go run ./notebooks") {
				t.Errorf("it must say %s and show an example, got:\n%s", row.says, text)
			}
		})
	}
	for _, err := range []error{errors.New("broken"), fmt.Errorf("run: %w", context.Canceled)} {
		var said bytes.Buffer
		if got := exitStatus(err, &said, &said); got != 1 || strings.Contains(said.String(), "Example:") {
			t.Errorf("exit status of %v is %d and it says %q, want 1 and no usage", err, got, said.String())
		}
	}
}

func TestFlagsMayFollowArguments(t *testing.T) {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	folder := flags.String("o", "", "")
	limit := flags.Duration("timeout", time.Hour, "")
	rest, err := parse(flags, []string{"quickstart", "-o", "there", "star", "-timeout=2m", "--", "-o"})
	if err != nil || !slices.Equal(rest, []string{"quickstart", "star", "-o"}) || *folder != "there" || *limit != 2*time.Minute {
		t.Errorf("parse = %q, %v with -o %q and -timeout %v", rest, err, *folder, *limit)
	}
}

func TestPipesGetPlainLines(t *testing.T) {
	var out bytes.Buffer
	screen := newConsole(&out)
	screen.status("half way")
	screen.line("there")
	screen.clear()
	if got := out.String(); got != "there\n" {
		t.Errorf("a pipe gets %q, want the line alone", got)
	}
}

func TestStatusIsWipedBeforeALine(t *testing.T) {
	var out bytes.Buffer
	screen := &console{w: &out, terminal: true}
	screen.status("%s", strings.Repeat("x", 100)+"\nmore")
	screen.line("there")
	if got, want := out.String(), clearLine+strings.Repeat("x", 77)+"…"+clearLine+"there\n"; got != want {
		t.Errorf("a terminal gets %q, want %q", got, want)
	}
}
