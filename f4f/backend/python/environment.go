package python

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Environment is an installed virtual environment.
type Environment struct {
	Folder string // where it is
	Found  bool   // whether it had been installed before
}

// Command returns a command that runs the environment's Python with the arguments. It doesn't see
// packages outside the environment, neither those in the user's folder nor those on PYTHONPATH.
func (e Environment) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, of(e.Folder), arguments...)
	cmd.Env = environ()
	cmd.WaitDelay = time.Second
	return cmd
}

// Run runs a program, given as its text, with the arguments in sys.argv[1:]. What it prints goes to
// out, which may be nil. If it fails, the error ends with the last lines of its error output. If
// ctx ends first, the error is that of ctx.
func (e Environment) Run(ctx context.Context, out io.Writer, program string, arguments ...string) error {
	if e.Folder == "" {
		return errors.New("python: an Environment must come from Packages.Install, and this one is empty")
	}
	folder, err := os.MkdirTemp("", "python")
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "program.py") // a traceback shows lines of a file only
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		return fmt.Errorf("python: %w", err)
	}
	cmd := e.Command(ctx, append([]string{file}, arguments...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("python: the program failed (%w): %s", err, Tail(said.String()))
	}
	return nil
}

// environ returns this process's environment without the variables that would interfere with a
// virtual environment.
func environ() []string {
	astray := []string{"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(astray, name)
	})
	return append(env, "PYTHONNOUSERSITE=1")
}

// Tail returns the last lines of a program's output in one line, for an error message.
func Tail(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "[notice]") {
			lines = append(lines, line)
		}
	}
	const most = 4
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	if len(lines) == 0 {
		return "no output"
	}
	return strings.Join(lines, " | ")
}
