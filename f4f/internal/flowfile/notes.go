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

// Notes are what a person should know of a flow and of the data that it was trained on. They are
// part of the flow's file, but of neither its plan nor its fingerprint.
type Notes struct {
	Flow  []string `json:"flow,omitempty"`
	Left  []string `json:"left,omitempty"` // of a transport's bases
	Right []string `json:"right,omitempty"`
}

// How much is kept. The notes of a file that holds more are cut short; the flow itself may be sound.
const (
	MostNotes   = 100  // of a flow
	LongestNote = 2000 // bytes
)

// text returns the notes as a file holds them, or "" without any.
func (n Notes) text() (string, error) {
	if n = n.Bounded(); n.empty() {
		return "", nil
	}
	text, err := json.Marshal(n)
	return string(text), err
}

// ReadNotes reads the notes that a file holds.
func ReadNotes(text string) (n Notes, err error) {
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

// Bounded returns no more and no longer notes than are kept. It is idempotent.
func (n Notes) Bounded() Notes {
	return Notes{Flow: boundedNotes(n.Flow), Left: boundedNotes(n.Left), Right: boundedNotes(n.Right)}
}

func boundedNotes(notes []string) []string {
	if len(notes) == 0 {
		return nil
	}
	bounded := make([]string, 0, min(len(notes), MostNotes))
	for _, note := range notes[:cap(bounded)] {
		bounded = append(bounded, boundedNote(note))
	}
	if left := len(notes) - MostNotes; left > 0 {
		bounded[MostNotes-1] = fmt.Sprintf("%d more notes were made.", left+1)
	}
	return bounded
}

// boundedNote cuts a note short, and replaces characters that could control a terminal by spaces.
func boundedNote(note string) string {
	const ellipsis = " …"
	if len(note) > LongestNote {
		cut := LongestNote - len(ellipsis)
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
