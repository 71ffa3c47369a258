package setup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
)

// step is one of the three steps in progress.
type step struct {
	name   string
	start  time.Time
	report func(Event)
}

func (o Options) begin(name string) step {
	report := o.Progress
	if report == nil {
		report = func(Event) {}
	}
	return step{name, time.Now(), report}
}

func (s step) tell(e Event) {
	e.Step = s.name
	s.report(e)
}

func (s step) end(text string, found bool) {
	s.tell(Event{Text: text, Finished: true, Found: found, Took: time.Since(s.start)})
}

// once makes a folder as filelock.Once does, and reports the step's progress and end.
func (s step) once(ctx context.Context, folder, inputs, file string, make func() error) error {
	found, err := filelock.Once(ctx, folder, inputs, file, func() { s.tell(Event{Text: "waiting for another program that does the same"}) }, make)
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	s.end(folder, found)
	return nil
}

// short returns a hash of a text, for the name of a folder.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
