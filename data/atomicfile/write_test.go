package atomicfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestAFileHoldsItsPartsAndIsReplaced(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	for _, test := range []struct {
		parts []string
		want  string
	}{{[]string{"one, ", "", "two"}, "one, two"}, {[]string{"three"}, "three"}, {nil, ""}} {
		var parts [][]byte
		for _, p := range test.parts {
			parts = append(parts, []byte(p))
		}
		if err := Write(path, parts...); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != test.want {
			t.Errorf("the file holds %q, %v; want %q", got, err, test.want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o444 != 0o444 {
		t.Errorf("others must be able to read the file, its mode is %v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("the folder holds %v, want the one file", left)
	}
}

func TestAFailedWriteLeavesWhatWasThere(t *testing.T) {
	folder := t.TempDir()
	if err := Write(filepath.Join(folder, "no", "such", "folder"), []byte("new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing into a missing folder: %v", err)
	}
	old := filepath.Join(folder, "taken") // by a folder, which no file can replace
	if err := os.MkdirAll(filepath.Join(old, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(old, []byte("new")); err == nil {
		t.Error("a file replaced a folder")
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("the folder holds %v, want what was there", left)
	}
}

func TestWhatDoesNotReadBackIsNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	content := []byte("as it was written")
	if err := Write(path, content); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if err := readsBack(path, sum[:]); err != nil {
		t.Errorf("a file that is as it was written: %v", err)
	}
	if err := os.Truncate(path, int64(len(content)-1)); err != nil {
		t.Fatal(err)
	}
	if err := readsBack(path, sum[:]); err == nil {
		t.Error("a file that lost its last byte reads back")
	}
}

func TestReadersSeeWholeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	const length = 1 << 16
	content := func(i int) []byte { return fmt.Appendf(nil, "%0*d", length, i%10) }
	if err := Write(path, content(0)); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		writers.Go(func() {
			for i := range 50 {
				if err := Write(path, content(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { writers.Wait(); close(done) }()
	for {
		if got, err := os.ReadFile(path); err != nil || len(got) != length {
			t.Fatalf("a reader sees %d bytes, %v; want %d", len(got), err, length)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
