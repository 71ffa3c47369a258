package kernelext

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/store"
)

// StoreTable returns a table of the flows in a store's folder.
func StoreTable(folder string, all []store.Entry) Table {
	t := Table{Title: "store " + folder, Columns: []string{"flow", "kind", "fingerprint", "state", "trained", "took", "epochs", "loss (nats)", "size"}}
	var bytes int64
	for _, s := range all {
		bytes += s.Bytes
		t.Rows = append(t.Rows, []string{s.Name, s.Kind, short(s.Fingerprint), s.State(), when(s.Trained), took(s.Seconds), count(s.Epochs), lossOf(s), FormatBytes(s.Bytes)})
	}
	if t.Note = fmt.Sprintf("%d flows, %s", len(all), FormatBytes(bytes)); len(all) == 0 {
		t.Note = "nothing is stored here yet: Fit keeps each flow that it trains"
	}
	return t
}

// EntryTable returns a table of everything known about one stored flow, one property a row.
func EntryTable(s store.Entry) Table {
	t := Table{Title: s.Name, Columns: []string{"", ""}}
	say := func(what, text string) {
		if text != "" {
			t.Rows = append(t.Rows, []string{what, text})
		}
	}
	say("kind", s.Kind)
	say("state", s.State())
	say("fingerprint", s.Fingerprint)
	say("folder", s.Folder)
	say("size", FormatBytes(s.Bytes))
	say("trained", when(s.Trained))
	say("last written", when(s.Modified))
	say("took", took(s.Seconds))
	if s.Steps > 0 {
		say("steps", fmt.Sprintf("%d of %d, %d epochs", s.Step, s.Steps, s.Epochs))
	}
	if !math.IsNaN(s.Loss) {
		say(fit.LossName(s.LossesAreBounds), fmt.Sprintf("%.4f nats", s.Loss))
	}
	if !math.IsNaN(s.Validation) {
		say("validation", fmt.Sprintf("%.4f nats", s.Validation))
	}
	if s.Checkpoint {
		say("checkpoint", "present: fitting the plan resumes from it")
	}
	if s.LastGood {
		say("last good epoch", "present: the training met a loss that isn't finite")
	}
	say("set aside", strings.Join(s.SetAside, ", "))
	if s.Err != nil {
		say("damage", s.Err.Error())
	}
	return t
}

// PruneTable returns a table of what was removed from a store, or with dryRun of what would be
// removed.
func PruneTable(gone []store.Pruned, dryRun bool) Table {
	t := Table{Title: "pruned", Columns: []string{"flow", "fingerprint", "files", "last written", "freed", "kept because"}}
	if dryRun {
		t.Title, t.Columns[4] = "would be pruned", "to be freed"
	}
	var bytes int64
	for _, g := range gone {
		bytes += g.Freed
		t.Rows = append(t.Rows, []string{g.Name, short(g.Fingerprint), strings.Join(g.Files, ", "), when(g.Modified), FormatBytes(g.Freed), g.Kept})
	}
	if t.Note = fmt.Sprintf("%d flows, %s", len(gone), FormatBytes(bytes)); len(gone) == 0 {
		t.Note = "nothing in the store matches"
	}
	return t
}

// short returns the first eight digits of a fingerprint, enough to tell flows apart.
func short(fingerprint string) string { return fingerprint[:min(len(fingerprint), 8)] }

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

func took(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	if seconds < 10 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return left(time.Duration(seconds * float64(time.Second)))
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// lossOf returns the validation loss, or the training loss if there is none, in nats. "≤" stands before
// a bound of −log P.
func lossOf(s store.Entry) (text string) {
	switch {
	case !math.IsNaN(s.Validation):
		text = fmt.Sprintf("%.4f", s.Validation)
	case !math.IsNaN(s.Loss):
		text = fmt.Sprintf("%.4f", s.Loss)
	}
	if s.LossesAreBounds && text != "" {
		text = "≤ " + text
	}
	return text
}

// FormatBytes formats a number of bytes with a decimal unit: "12.5 MB".
func FormatBytes(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	case bytes < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(bytes)/1e9)
}
