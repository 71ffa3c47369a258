package paper

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// lab is a run.
type lab struct {
	recipes
	asOne     bool   // train flows of one shape as one program
	python    string // the Python that runs flows4flows; "" leaves its cases out
	folder    string
	shelf     string // folder of published flows; "" for none
	weights   []Case // the cases whose transports may be published
	publishTo string // folder to publish in; "" for none
	machine   machine.Machine
	results   *Results
	work      *work
}

// label returns the label of the run's numbers.
func (l *lab) label() Label { return Label{l.budget.Name, l.fast} }

// lock locks a folder for this run until unlock is called. It waits while another run holds it, and
// reports that.
func (l *lab) lock(ctx context.Context, folder string) (unlock func(), err error) {
	unlock, err = filelock.Lock(ctx, filepath.Join(folder, ".lock"), func(holder string) {
		l.work.tell(Event{Text: fmt.Sprintf("%s writes to %s; waiting for it", holder, folder), Line: true})
	})
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return unlock, nil
}

// writeFile replaces a file atomically.
func writeFile(path string, content []byte) error {
	if err := atomicfile.Write(path, content); err != nil {
		return fmt.Errorf("paper: writing %s: %w", path, err)
	}
	return nil
}
