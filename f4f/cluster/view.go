package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
)

// watchEvery is the time between two looks at a run. It is longer where a look takes so long that
// looking would take more than a twentieth of the time, as that of a large run over a network may.
const watchEvery = 5 * time.Second

// shownStates are the states in the order in which they are counted.
var shownStates = []State{Trained, Training, Waiting, Interrupted, Failed, Foreign, Lost, NotNeeded}

// String returns the number of tasks in each state, and a line for each task that trains or did not
// end well.
func (s Status) String() string { return s.text(false) }

// text returns the state of the run, with a line for every task if all is set.
func (s Status) text(all bool) string {
	var text strings.Builder
	var counts []string
	for _, state := range shownStates {
		if n := s.Count(state); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	fmt.Fprintf(&text, "%d flows: %s\n", len(s.Tasks), strings.Join(counts, ", "))
	var rows strings.Builder
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	for i, t := range s.Tasks {
		if all || t.State != Trained && t.State != Waiting && t.State != NotNeeded {
			fmt.Fprintf(table, "%d\t%s\t%.8s\t%s\t%s\t%s\n", i, t.Name, t.Fingerprint, t.reached(), t.Host, t.what())
		}
	}
	_ = table.Flush() // into a string
	for row := range strings.Lines(rows.String()) {
		fmt.Fprintln(&text, strings.TrimRight(row, " \n"))
	}
	for _, note := range s.Notes {
		fmt.Fprintln(&text, "note:", note)
	}
	return text.String()
}

// reached returns the state of a task and the share of its steps.
func (t TaskStatus) reached() string {
	text := string(t.State)
	if t.Steps > 0 && t.State != Trained {
		text += fmt.Sprintf(" at %d%%", 100*t.Step/t.Steps)
	}
	if t.State == Training && t.Loss != nil {
		text += fmt.Sprintf(", %s %.3f", fit.LossName(t.LossesAreBounds), *t.Loss)
	}
	if t.State == Training && t.Rate > 0 {
		left := time.Duration(float64(t.Steps-t.Step) / t.Rate * float64(time.Second))
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return text
}

// what returns what there is to say of a task, in one line.
func (t TaskStatus) what() string {
	text, _, _ := strings.Cut(t.What, "\n")
	if t.Restarts > 0 {
		text = strings.TrimSpace(fmt.Sprintf("requeued %d×  %s", t.Restarts, text))
	}
	return text
}

// show prints the state of a run, once or until it has ended. It returns an error if the run has
// ended and a task has no flow.
func show(ctx context.Context, folder string, watch, all bool, out io.Writer) error {
	said := ""
	for {
		began := time.Now()
		s, err := Read(ctx, folder)
		if err != nil {
			return err
		}
		took := time.Since(began)
		if text := s.text(all); text != said {
			if said != "" && isTerminal(out) {
				fmt.Fprint(out, "\x1b[H\x1b[2J") // the cursor to the top, and clear
			}
			fmt.Fprint(out, text)
			said = text
		}
		switch {
		case watch && s.Ended() && s.Count(Trained)+s.Count(NotNeeded) < len(s.Tasks):
			return errors.New("cluster: the run has ended without all of its flows; submit again for those that are missing")
		case !watch || s.Ended():
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(watchEvery, 20*took)):
		}
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
