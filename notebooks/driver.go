package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/flowsforflows/flows/kernelext/setup"
)

// driver is the Python program that runs notebooks with Jupyter's own tools.
//
//go:embed driver.py
var driver string

// event is a line that the driver prints, in JSON.
type event struct {
	Event    string // "long", "kernel", "start", "done", "failed", "broken" or "written"
	PID      int
	Cell, Of int
	Source   string
	Seconds  float64
	Text     string
}

// cellError is the error of a cell that failed.
type cellError struct {
	cell, of int
	source   string
	text     string // its error output
}

func (e *cellError) Error() string {
	return fmt.Sprintf("cell %d of %d failed:\n%s\nit said:\n%s", e.cell, e.of, indent(e.source), indent(e.text))
}

// The most steps or epochs that a flow trains for in a quick run of a notebook.
const quickSteps, quickEpochs = 256, 1

// drive runs a notebook, quickly or in full, with these variables in its environment, and writes
// the results to the files in to, also if a cell fails. It returns a *cellError if a cell fails.
func drive(ctx context.Context, env *setup.Environment, source string, quick bool, to results, screen *console, variables ...string) error {
	// GoNB leaves its folder behind when it is stopped in the middle. This folder is ours, and is
	// removed with all that is in it.
	tmp, err := os.MkdirTemp("", "flows-notebook-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	args := []string{"-c", driver, source, filepath.Dir(source), to.notebook, to.page}
	if quick {
		args = append(args, strconv.Itoa(quickSteps), strconv.Itoa(quickEpochs))
	}
	cmd := env.Python(ctx, args...)
	cmd.Env = append(append(cmd.Env, "TMPDIR="+tmp), variables...)
	ownGroup(cmd)
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	said := &lastLines{}
	cmd.Stderr = said
	cmd.Cancel = input.Close // the driver then interrupts the cell, saves what there is, and ends
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("jupyter did not start: %w", err)
	}

	watch := newStopwatch(screen)
	var failed error
	kernel := 0
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			continue // Jupyter sometimes prints a warning
		}
		switch e.Event {
		case "long":
			screen.line("    in full: no cell gives a plan .Steps(n) or .Epochs(n)")
		case "kernel":
			kernel = e.PID
		case "start":
			watch.start(fmt.Sprintf("%3d/%d", e.Cell, e.Of), headline(e.Source))
		case "done":
			watch.stop()
			screen.line("%3d/%d %8s  %s", e.Cell, e.Of, seconds(time.Duration(e.Seconds*float64(time.Second))), headline(e.Source))
		case "failed":
			failed = &cellError{e.Cell, e.Of, e.Source, e.Text}
		case "broken":
			failed = errors.New(e.Text)
		}
	}
	watch.stop()
	err = cmd.Wait()
	if kernel > 0 {
		// The kernel has usually ended. It is left behind if the driver was killed, or failed to
		// stop it, which happens on a busy machine.
		killGroup(kernel)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		return failed
	case err != nil:
		return fmt.Errorf("jupyter could not run it (%w); the end of what it said:\n%s", err, indent(said.String()))
	}
	return nil
}

// headline returns the line of a cell that best tells what it does: its first comment, or else its
// first line of code.
func headline(source string) string {
	first, importing := "", false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if comment, ok := strings.CutPrefix(line, "//"); ok {
			return shorten(strings.TrimSpace(comment), 58)
		}
		importing = line == "import (" || importing && line != ")"
		if first == "" && line != "" && line != "%%" && line != ")" && !importing {
			first = line
		}
	}
	return shorten(first, 58)
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

// lastLines keeps the end of what is written to it.
type lastLines struct{ text []byte }

func (l *lastLines) Write(p []byte) (int, error) {
	const most = 4000
	l.text = append(l.text, p...)
	if extra := len(l.text) - most; extra > 0 {
		l.text = append(l.text[:0], l.text[extra:]...)
	}
	return len(p), nil
}

func (l *lastLines) String() string { return string(l.text) }

// stopwatch shows the time that a cell has taken while it runs.
type stopwatch struct {
	screen *console
	ended  chan struct{}
}

func newStopwatch(screen *console) *stopwatch { return &stopwatch{screen: screen} }

func (s *stopwatch) start(where, what string) {
	s.stop()
	if !s.screen.terminal {
		return
	}
	ended, begin := make(chan struct{}), time.Now()
	s.ended = ended
	go func() {
		for {
			s.screen.status("%s %8s  %s", where, seconds(time.Since(begin)), what)
			select {
			case <-ended:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
}

func (s *stopwatch) stop() {
	if s.ended != nil {
		close(s.ended)
		s.ended = nil
	}
	s.screen.clear()
}

// results are the paths of the files that a run writes.
type results struct {
	folder, notebook, page string
}

// resultsIn returns the paths for a notebook under the output folder. It creates the folder and
// removes the results of an earlier run.
func resultsIn(out, name string) (results, error) {
	folder, err := filepath.Abs(filepath.Join(out, name))
	if err != nil {
		return results{}, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return results{}, fmt.Errorf("the output folder must be writable: %w", err)
	}
	to := results{folder, filepath.Join(folder, name+".ipynb"), filepath.Join(folder, name+".html")}
	// Results of an earlier run must not be taken for this one's.
	if err := errors.Join(remove(to.notebook), remove(to.page), removeFigures(folder)); err != nil {
		return results{}, err
	}
	return to, nil
}

// remove removes a file, if it is there.
func remove(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
