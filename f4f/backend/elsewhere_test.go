package backend

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFoldersElsewhereAreThoseThatWeMade(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	there := t.TempDir()
	theirs, ours, gone := filepath.Join(there, "theirs"), filepath.Join(there, "our own"), filepath.Join(there, "gone")
	if got := InstalledFolders(); len(got) > 0 {
		t.Errorf("at first there are %q, want none", got)
	}
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{theirs, ours, gone, ours} {
		if err := noteElsewhere(cacheFolder(), folder); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(ours, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := noteElsewhere(cacheFolder(), ours); err != nil { // an installation done anew
		t.Fatal(err)
	}
	if got := InstalledFolders(); !slices.Equal(got, []string{ours}) {
		t.Errorf("there are %q, want %q alone", got, ours)
	}
}
