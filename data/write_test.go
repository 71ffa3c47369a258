package data

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAWriteThatFailsLeavesNothingBehind(t *testing.T) {
	for ending, write := range map[string]func(path string, p Points) error{"csv": WriteCSV, "npy": WriteNPY} {
		t.Run(ending, func(t *testing.T) {
			folder := t.TempDir()
			taken := filepath.Join(folder, "taken")
			if err := os.MkdirAll(filepath.Join(taken, "inside"), 0o755); err != nil {
				t.Fatal(err)
			}
			p, err := NewPoints(1, []float32{1})
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, write(taken, p), taken)
			wantError(t, write(filepath.Join(folder, "absent", "x."+ending), p), "no such file")
			wantError(t, write(filepath.Join(folder, "x."+ending), Points{}), "at least one point")
			entries, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != 1 {
				t.Errorf("the folder holds %v, want only what was there before", entries)
			}
		})
	}
}
