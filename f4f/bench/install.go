package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs holds the peers' programs, and requirements.txt with their pinned libraries.
//
//go:embed peers
var programs embed.FS

const requirements = "peers/requirements.txt"

// install returns a Python in which the peers are installed: a virtual environment in the user's
// cache folder, made once, of about 6 GB. It writes pip's output to log.
func install(ctx context.Context, log *os.File) (python string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	pins, err := programs.ReadFile(requirements)
	if err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	folder := filepath.Join(cache, "flowsforflows", fmt.Sprintf("bench-%x", sha256.Sum256(pins))[:18])
	python, done := filepath.Join(folder, "bin", "python"), filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err == nil {
		return python, nil
	}
	file := filepath.Join(folder, "requirements.txt")
	for _, step := range []func() error{
		func() error { return run(ctx, log, "python3", "-m", "venv", "--clear", folder) },
		func() error { return os.WriteFile(file, pins, 0o644) },
		func() error {
			return run(ctx, log, python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "-r", file)
		},
		func() error { return os.WriteFile(done, nil, 0o644) },
	} {
		if err := step(); err != nil {
			return "", fmt.Errorf("bench: the peers could not be installed in %s: %w", folder, err)
		}
	}
	return python, nil
}

// run runs a command with its output going to log.
func run(ctx context.Context, log *os.File, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	return nil
}

// unpack writes the peers' programs to a folder.
func unpack(folder string) error {
	only, err := fs.Sub(programs, "peers")
	if err != nil {
		return err
	}
	return os.CopyFS(folder, only)
}

// pins returns the peers' versions as pip writes them.
func pins() []string {
	text, err := programs.ReadFile(requirements)
	if err != nil {
		return nil // it is embedded
	}
	return strings.Fields(string(text))
}
