package setup

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestStepTellsItsEnd(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "step")
	file := filepath.Join(folder, "file")
	var events []Event
	s := Options{Progress: func(e Event) { events = append(events, e) }}.begin("GoNB")
	for _, row := range []struct {
		fail error
		want []bool // of the end: whether the step had been done
	}{{errors.New("broken"), nil}, {nil, []bool{false}}, {nil, []bool{true}}} {
		events = nil
		err := s.once(t.Context(), folder, "inputs", file, func() error {
			return errors.Join(os.WriteFile(file, nil, 0o644), row.fail)
		})
		if (err == nil) != (row.fail == nil) {
			t.Errorf("once = %v, want %v", err, row.fail)
		}
		if len(events) != len(row.want) {
			t.Errorf("told %+v, want the end if there is one", events)
			continue
		}
		for i, found := range row.want {
			if !events[i].Finished || events[i].Found != found || events[i].Step != "GoNB" {
				t.Errorf("told %+v, want the end with Found %v", events, found)
			}
		}
	}
}
