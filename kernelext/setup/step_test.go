package setup

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestStepIsDoneOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "step")
	file := filepath.Join(folder, "file")
	var events []Event
	s := Options{Progress: func(e Event) { events = append(events, e) }}.begin("Jupyter")
	made := 0
	do := func(inputs string, fail error) error {
		return s.once(t.Context(), folder, inputs, file, func() error {
			made++
			if _, err := os.Stat(file); err == nil {
				t.Error("the step must start with an empty folder")
			}
			if err := os.WriteFile(file, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			return fail
		})
	}
	broken := errors.New("broken")
	for _, row := range []struct {
		name   string
		inputs string
		fail   error
		before func() error
		made   int
		found  bool
	}{
		{"interrupted", "one", broken, nil, 1, false},
		{"done anew", "one", nil, nil, 2, false},
		{"found", "one", nil, nil, 2, true},
		{"other inputs", "two", nil, nil, 3, false},
		{"other inputs, interrupted", "three", broken, nil, 4, false},
		{"the inputs before", "two", nil, nil, 5, false},
		{"file removed", "two", nil, func() error { return os.Remove(file) }, 6, false},
		{"found again", "two", nil, nil, 6, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.before != nil {
				if err := row.before(); err != nil {
					t.Fatal(err)
				}
			}
			events = nil
			if err := do(row.inputs, row.fail); !errors.Is(err, row.fail) {
				t.Fatalf("once = %v, want %v", err, row.fail)
			}
			if made != row.made {
				t.Errorf("made %d times, want %d", made, row.made)
			}
			if row.fail == nil && (len(events) != 1 || !events[0].Finished || events[0].Found != row.found) {
				t.Errorf("told %+v, want the end with Found %v", events, row.found)
			}
		})
	}
}

func TestOfSeveralOneDoesTheStep(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "step")
	file := filepath.Join(folder, "file")
	made := 0
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			err := Options{}.begin("Jupyter").once(t.Context(), folder, "inputs", file, func() error {
				made++ // the race detector would notice two at once
				return os.WriteFile(file, nil, 0o644)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made != 1 {
		t.Errorf("made %d times, want once", made)
	}
}

func TestTailIsTheEndInOneLine(t *testing.T) {
	for output, want := range map[string]string{
		"":                       "no output",
		"a\n\n[notice] b\n c \n": "a | c",
		"1\n2\n3\n4\nERROR: 5\n": "2 | 3 | 4 | ERROR: 5",
	} {
		if got := tail(output); got != want {
			t.Errorf("tail(%q) = %q, want %q", output, got, want)
		}
	}
}
