package flowfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Notes are what a person should know about a flow and the data that it was trained on. They are
// part of the flow's file, but not of its plan or fingerprint.
type Notes struct {
	Flow  []string `json:"flow,omitempty"`
	Left  []string `json:"left,omitempty"` // of a transport's bases
	Right []string `json:"right,omitempty"`
}

// How many notes are kept, and how long. A file with more is read with its notes shortened, because
// the flow itself may be sound.
const (
	MaxNotes     = 100  // of a flow
	MaxNoteBytes = 2000 // bytes
)

// text returns the notes in the form that a file holds, or "" if there are none.
func (n Notes) text() (string, error) {
	if n = n.Bounded(); n.empty() {
		return "", nil
	}
	text, err := json.Marshal(n)
	return string(text), err
}

// readNotes parses the notes that a file holds. The error wraps fit.ErrCorrupt.
func readNotes(text string) (n Notes, err error) {
	if text == "" {
		return n, nil
	}
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return Notes{}, fmt.Errorf("%w: its notes can't be read: %v", fit.ErrCorrupt, err)
	}
	return n.Bounded(), nil
}

func (n Notes) empty() bool { return len(n.Flow)+len(n.Left)+len(n.Right) == 0 }

// All returns the notes of the flow and of its bases, each once.
func (n Notes) All() []string {
	var all []string
	for _, note := range slices.Concat(n.Flow, n.Left, n.Right) {
		if !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}

// Bounded returns the notes cut to the number and length that are kept. It is idempotent.
func (n Notes) Bounded() Notes {
	return Notes{Flow: boundedNotes(n.Flow), Left: boundedNotes(n.Left), Right: boundedNotes(n.Right)}
}

// boundedNotes returns the first MaxNotes notes, each shortened if need be. If there are more, the
// last one says how many.
func boundedNotes(notes []string) []string {
	if len(notes) == 0 {
		return nil
	}
	bounded := make([]string, 0, min(len(notes), MaxNotes))
	for _, note := range notes[:cap(bounded)] {
		bounded = append(bounded, boundedNote(note))
	}
	if left := len(notes) - MaxNotes; left > 0 {
		bounded[MaxNotes-1] = fmt.Sprintf("%d more notes were made.", left+1)
	}
	return bounded
}

// boundedNote shortens a note, and replaces characters that could control a terminal by spaces.
func boundedNote(note string) string {
	const ellipsis = " …"
	if len(note) > MaxNoteBytes {
		cut := MaxNoteBytes - len(ellipsis)
		for cut > 0 && !utf8.RuneStart(note[cut]) {
			cut--
		}
		note = note[:cut] + ellipsis
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, note)
}
