package f4f_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheProgramOfTheReadmeCompiles(t *testing.T) {
	text := string(must[[]byte](t)(os.ReadFile("../README.md")))
	_, rest, _ := strings.Cut(text, "```go\n")
	program, _, found := strings.Cut(rest, "```")
	if !found || !strings.Contains(program, "package main") {
		t.Fatal("the README has no program")
	}
	// Within the module, so that its packages are found; the name keeps the folder out of ./...
	folder := must[string](t)(os.MkdirTemp(".", "_readme"))
	t.Cleanup(func() { os.RemoveAll(folder) })
	file := filepath.Join(folder, "main.go")
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
