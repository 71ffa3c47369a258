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

	"github.com/flowsforflows/flows/internal/atomicfile"
	"github.com/flowsforflows/flows/internal/filelock"
)

// step is one of the three while it is under way.
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

// once makes a folder, unless a stamp in it says that it was made from the same inputs and the file
// that matters most is there. The stamp is written last: a folder that was left half-made has none,
// and is made anew. The others of several programs wait.
func (s step) once(ctx context.Context, folder, inputs, file string, make func() error) error {
	stamp := filepath.Join(folder, "made-from")
	made := func() bool {
		if _, err := os.Stat(file); err != nil { // looks through the link that a bin/python is
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
	if made() { // by whom we waited for
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

// short is a hash of texts, for the name of a folder.
func short(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// tail is the end of a command's output, in one line, for an error's text.
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
		return "it said nothing"
	}
	return strings.Join(lines, " | ")
}
