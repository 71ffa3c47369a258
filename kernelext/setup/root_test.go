package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootIsFoundFromBelow(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(root, "notebooks", "testdata")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("// ours\nmodule "+modulePath+" // yes\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	if got, err := Root(t.Context()); err != nil || got != root {
		t.Errorf("Root = %q, %v; want %q", got, err, root)
	}
}

func TestNoRootIsAnErrorWithARemedy(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod")
	if got, err := Root(t.Context()); err == nil || !strings.Contains(err.Error(), "Change into the checkout") {
		t.Errorf("Root = %q, %v; want an error that says where to go", got, err)
	}
}
