package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func failing(name string, calls *[]string) step {
	return step{name, func(context.Context, string) (string, error) {
		*calls = append(*calls, name)
		return "", errors.New("out of order")
	}}
}

func succeeding(name string, calls *[]string) step {
	return step{name, func(context.Context, string) (string, error) {
		*calls = append(*calls, name)
		return "/a/plugin.so", nil
	}}
}

func TestStepsAreTriedInTurnUntilOneSucceeds(t *testing.T) {
	var calls []string
	path, err := installInto(t.Context(), t.TempDir(), false, []step{failing("first", &calls), succeeding("second", &calls), succeeding("third", &calls)})
	if err != nil || path != "/a/plugin.so" {
		t.Fatalf("installInto = %q, %v", path, err)
	}
	if got := strings.Join(calls, " "); got != "first second" {
		t.Errorf("tried %q, want first and second", got)
	}
}

func TestFailureIsRememberedForAWhile(t *testing.T) {
	folder := t.TempDir()
	var calls []string
	steps := []step{failing("first", &calls), failing("second", &calls)}
	try := func(insist bool) error {
		t.Helper()
		_, err := installInto(t.Context(), folder, insist, steps)
		if err == nil || !strings.Contains(err.Error(), "first: out of order; second: out of order") {
			t.Fatalf("the error must give both reasons, got %v", err)
		}
		return err
	}
	try(false)
	if err := try(false); len(calls) != 2 || strings.Count(err.Error(), "could not be installed") != 1 {
		t.Errorf("the second time the steps must not run again, ran %v: %v", calls, err)
	}
	if try(true); len(calls) != 4 {
		t.Errorf("who insists must be obeyed, ran %v", calls)
	}
	old := time.Now().Add(-patience - time.Minute)
	if err := os.Chtimes(filepath.Join(folder, "failure"), old, old); err != nil {
		t.Fatal(err)
	}
	if try(false); len(calls) != 6 {
		t.Errorf("after ten minutes the steps must run again, ran %v", calls)
	}
	steps = []step{succeeding("third", &calls)}
	if _, err := installInto(t.Context(), folder, true, steps); err != nil {
		t.Fatal(err)
	}
	if _, err := installInto(t.Context(), folder, false, steps); err != nil {
		t.Errorf("a success must make the failure forgotten, got %v", err)
	}
}

func TestCancelledInstallationIsNotRememberedAsFailed(t *testing.T) {
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := installInto(ctx, folder, false, []step{{"first", func(context.Context, string) (string, error) {
		cancel()
		return "", errors.New("interrupted")
	}}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("installInto = %v, want the context's error", err)
	}
	if err := recall(filepath.Join(folder, "failure")); err != nil {
		t.Errorf("remembered: %v", err)
	}
}

func TestUnwritableCacheFolderIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := installInto(t.Context(), filepath.Join(file, "pjrt"), false, nil)
	if err == nil || !strings.Contains(err.Error(), "can't be written") {
		t.Errorf("installInto = %v, want an error about the folder", err)
	}
}

func TestNotesAreOneSentenceWithCauseAndRemedy(t *testing.T) {
	for _, row := range []struct {
		name   string
		reason error
		want   string
	}{
		{"no cgo", errNoCgo, "C compiler"},
		{"no plugin", &notInstalledError{"the pinned wheel: no python3"}, "connect this machine to the internet"},
		{"anything else", errors.New("the plugin did not open"), "fix that"},
	} {
		t.Run(row.name, func(t *testing.T) {
			note := slowNote(row.reason)
			for _, want := range []string{"slower", row.reason.Error(), row.want} {
				if !strings.Contains(note, want) {
					t.Errorf("the note must mention %q, got: %s", want, note)
				}
			}
			if !strings.HasSuffix(note, ".") || strings.Contains(note, "\n") || strings.Contains(note, ". ") {
				t.Errorf("the note must be one sentence, got: %s", note)
			}
		})
	}
}
