package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestFolderIsMadeOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "step")
	file := filepath.Join(folder, "file")
	made := 0
	once := func(inputs string, fail error) (bool, error) {
		return Once(t.Context(), folder, inputs, file, func() {}, func() error {
			made++
			if _, err := os.Stat(file); err == nil {
				t.Error("the folder must be empty")
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
			found, err := once(row.inputs, row.fail)
			if !errors.Is(err, row.fail) || found != row.found {
				t.Fatalf("Once = %v, %v, want %v, %v", found, err, row.found, row.fail)
			}
			if made != row.made {
				t.Errorf("made %d times, want %d", made, row.made)
			}
		})
	}
}

func TestOfSeveralOneMakesTheFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "step")
	file := filepath.Join(folder, "file")
	made := 0
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			_, err := Once(t.Context(), folder, "inputs", file, func() {}, func() error {
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
