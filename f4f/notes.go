package f4f

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/flowsforflows/flows/f4f/fit"
)

// flowNotes are what a person should know of a flow and of the data that it was trained on. They are
// part of the flow's file, but of neither its plan nor its fingerprint.
type flowNotes struct {
	Flow  []string `json:"flow,omitempty"`
	Left  []string `json:"left,omitempty"` // of a transport's bases
	Right []string `json:"right,omitempty"`
}

// notesText names the text of a flow's file that holds its notes. Files without notes lack it.
const notesText = "notes"

// How much is kept. The notes of a file that holds more are cut short; the flow itself may be sound.
const (
	mostNotes   = 100  // of a flow
	longestNote = 2000 // bytes
)

// whenTrained begins the note on the backend that trained a flow. Another one may run it now.
const whenTrained = "When it was trained: "

// text returns the notes as a file holds them, or "" without any.
func (n flowNotes) text() (string, error) {
	if n = n.bounded(); n.empty() {
		return "", nil
	}
	text, err := json.Marshal(n)
	return string(text), err
}

// readNotes reads what text returned.
func readNotes(text string) (n flowNotes, err error) {
	if text == "" {
		return n, nil
	}
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return flowNotes{}, fmt.Errorf("%w: its notes can't be read: %v", fit.ErrCorrupt, err)
	}
	return n.bounded(), nil
}

func (n flowNotes) empty() bool { return len(n.Flow)+len(n.Left)+len(n.Right) == 0 }

// all returns the notes of the flow and of its bases, each once.
func (n flowNotes) all() []string {
	var all []string
	for _, note := range slices.Concat(n.Flow, n.Left, n.Right) {
		if !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}

// bounded returns no more and no longer notes than are kept. It is idempotent.
func (n flowNotes) bounded() flowNotes {
	return flowNotes{Flow: boundedNotes(n.Flow), Left: boundedNotes(n.Left), Right: boundedNotes(n.Right)}
}

func boundedNotes(notes []string) []string {
	if len(notes) == 0 {
		return nil
	}
	bounded := make([]string, 0, min(len(notes), mostNotes))
	for _, note := range notes[:cap(bounded)] {
		bounded = append(bounded, boundedNote(note))
	}
	if left := len(notes) - mostNotes; left > 0 {
		bounded[mostNotes-1] = fmt.Sprintf("%d more notes were made.", left+1)
	}
	return bounded
}

// boundedNote cuts a note short, and replaces characters that could control a terminal by spaces.
func boundedNote(note string) string {
	const ellipsis = " …"
	if len(note) > longestNote {
		cut := longestNote - len(ellipsis)
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

// toldOfBackends are the notes on backends that this process has told. Every flow opens a backend.
var toldOfBackends sync.Map

// firstOfBackend reports whether a note on a backend has yet to be told, and marks it as told.
func firstOfBackend(note string) bool {
	if note == "" {
		return false
	}
	_, told := toldOfBackends.LoadOrStore(note, true)
	return !told
}
