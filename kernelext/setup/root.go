package setup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// modulePath is the path of this module.
const modulePath = "github.com/flowsforflows/flows"

// Root returns the folder of this module: the module that contains the working directory or, if
// that is another one, the dependency of that module.
func Root(ctx context.Context) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("setup: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if isRoot(at) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	if output, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", modulePath).Output(); err == nil {
		if at := strings.TrimSpace(string(output)); isRoot(at) {
			return at, nil
		}
	}
	return "", fmt.Errorf("setup: the working directory must be inside a checkout of %s, or of a module that requires it; %s is "+
		"neither. Change into the checkout and run the same command again", modulePath, dir)
}

// isRoot reports whether a folder holds this module's go.mod.
func isRoot(dir string) bool {
	content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
			return fields[1] == modulePath
		}
	}
	return false
}
