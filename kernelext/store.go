package kernelext

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/store"
)

// Store shows what the store holds, as a table: of the folder given, or else the one of F4F_STORE
// or the user's cache. An error ends the cell.
func Store(folder ...string) { Check(showStore(folder...)) }

func showStore(folder ...string) error {
	where, err := storeFolder(folder)
	if err != nil {
		return err
	}
	all, err := store.List(where)
	if err != nil {
		return err
	}
	return showAll(StoreTable(where, all))
}

// storeFolder is the one folder given, or the store's.
func storeFolder(folder []string) (string, error) {
	if len(folder) > 1 {
		return "", fmt.Errorf("kernelext: a store is in one folder, got %q", folder)
	}
	if len(folder) == 1 && folder[0] != "" {
		return folder[0], nil
	}
	return store.Folder()
}

// StoreTable is a table of what a store's folder holds.
func StoreTable(folder string, all []store.Entry) Table {
	t := Table{Title: "store " + folder, Columns: []string{"flow", "kind", "fingerprint", "state", "trained", "took", "epochs", "loss (nats)", "size"}}
	var bytes int64
	for _, s := range all {
		bytes += s.Bytes
		t.Rows = append(t.Rows, []string{s.Name, s.Kind, short(s.Fingerprint), s.State(), when(s.Trained), took(s.Seconds), count(s.Epochs), lossOf(s), Size(s.Bytes)})
	}
	if t.Note = fmt.Sprintf("%d flows, %s", len(all), Size(bytes)); len(all) == 0 {
		t.Note = "nothing is stored here yet: Fit keeps each flow that it trains"
	}
	return t
}

// StoredTable is all that is known of one plan, one thing a row.
func StoredTable(s store.Entry) Table {
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
	say("size", Size(s.Bytes))
	say("trained", when(s.Trained))
	say("last written", when(s.Modified))
	say("took", took(s.Seconds))
	if s.Steps > 0 {
		say("steps", fmt.Sprintf("%d of %d, %d epochs", s.Step, s.Steps, s.Epochs))
	}
	if !math.IsNaN(s.Loss) {
		say("loss", fmt.Sprintf("%.4f nats", s.Loss))
	}
	if !math.IsNaN(s.Validation) {
		say("validation", fmt.Sprintf("%.4f nats", s.Validation))
	}
	if s.Checkpoint {
		say("checkpoint", "there: fitting the plan goes on from it")
	}
	if s.LastGood {
		say("last good epoch", "there, of a training that met a loss that isn't finite")
	}
	say("set aside", strings.Join(s.SetAside, ", "))
	if s.Err != nil {
		say("damage", s.Err.Error())
	}
	return t
}

// PruneTable is a table of what went from a store, or would go.
func PruneTable(gone []store.Pruned, dryRun bool) Table {
	t := Table{Title: "pruned", Columns: []string{"flow", "fingerprint", "files", "last written", "freed", "kept because"}}
	if dryRun {
		t.Title, t.Columns[4] = "would be pruned", "to be freed"
	}
	var bytes int64
	for _, g := range gone {
		bytes += g.Freed
		t.Rows = append(t.Rows, []string{g.Name, short(g.Fingerprint), strings.Join(g.Files, ", "), when(g.Modified), Size(g.Freed), g.Kept})
	}
	if t.Note = fmt.Sprintf("%d flows, %s", len(gone), Size(bytes)); len(gone) == 0 {
		t.Note = "nothing in the store is of that kind"
	}
	return t
}

// short is as many digits of a fingerprint as tell flows apart.
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

// lossOf is the validation loss, or the training loss where there is none.
func lossOf(s store.Entry) string {
	switch {
	case !math.IsNaN(s.Validation):
		return fmt.Sprintf("%.4f", s.Validation)
	case !math.IsNaN(s.Loss):
		return fmt.Sprintf("%.4f", s.Loss)
	}
	return ""
}

// Size is a number of bytes as a person says it.
func Size(bytes int64) string {
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
