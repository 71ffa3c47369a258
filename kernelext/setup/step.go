package setup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowsforflows/flows/data/atomicfile"
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

// once calls make to fill a folder, unless that has been done before: unless the folder has a stamp
// with the same inputs and holds file. The stamp is written last, so an incomplete folder has none
// and is made again. If several programs call once, one makes the folder and the others wait.
func (s step) once(ctx context.Context, folder, inputs, file string, make func() error) error {
	stamp := filepath.Join(folder, "made-from")
	made := func() bool {
		if _, err := os.Stat(file); err != nil { // follows the link bin/python
			return false
		}
		content, err := os.ReadFile(stamp)
		return err == nil && string(content) == inputs
	}
	if made() {
		s.end(folder, true)
		return nil
	}
	unlock, err := filelock.Lock(ctx, folder+".lock", func(string) {
		s.tell(Event{Text: "waiting for another program that does the same"})
	})
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	defer unlock()
	if made() { // by the program that we waited for
		s.end(folder, true)
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := make(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("setup: %w", ctx.Err())
		}
		return err
	}
	if err := atomicfile.Write(stamp, []byte(inputs)); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	s.end(folder, false)
	return nil
}

// short returns a hash of texts, for the name of a folder.
func short(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// tail returns the last lines of a command's output in one line, for an error message.
func tail(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "[notice]") {
			lines = append(lines, line)
		}
	}
	const most = 4
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	if len(lines) == 0 {
		return "no output"
	}
	return strings.Join(lines, " | ")
}
