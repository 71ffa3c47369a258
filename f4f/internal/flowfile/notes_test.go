package flowfile

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/flowsforflows/flows/f4f/fit"
)

// checkNotes errs unless notes are no more, no longer and no other than may be shown, and stay as
// they are when written and read.
func checkNotes(t *testing.T, n Notes) {
	t.Helper()
	for _, notes := range [][]string{n.Flow, n.Left, n.Right} {
		if len(notes) > MaxNotes {
			t.Errorf("there are %d notes", len(notes))
		}
		for _, note := range notes {
			if len(note) > MaxNoteBytes || !utf8.ValidString(note) || strings.ContainsFunc(note, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("a note of %d bytes is %.100q", len(note), note)
			}
		}
	}
	text, err := n.text()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := readNotes(text); err != nil || !reflect.DeepEqual(again, n) {
		t.Errorf("written and read, %.200q are %.200q: %v", n, again, err)
	}
}

// FuzzReadNotes: a file's notes are refused or read, and no more of them than may be shown.
//
//	go test ./f4f/internal/flowfile -run XXX -fuzz FuzzReadNotes
func FuzzReadNotes(f *testing.F) {
	for _, text := range []string{"", "{}", "null", "[]", `{"flow":["1% of the points of four circles lie beyond ±4"],"left":[],"right":["\u0007"]}`, `{"flow":["` + strings.Repeat("ü", MaxNoteBytes) + `"]}`,
		`{"flow":["` + strings.Repeat(`","`, MaxNotes) + `"]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := readNotes(text)
		if err != nil && !errors.Is(err, fit.ErrCorrupt) {
			t.Errorf("the error is %v", err)
		}
		checkNotes(t, n)
	})
}
