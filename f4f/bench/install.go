package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/flowsforflows/flows/f4f/backend/python"
)

// programs holds the peers' programs, and requirements.txt with their pinned libraries.
//
//go:embed peers
var programs embed.FS

const requirements = "peers/requirements.txt"

// install returns a Python in which the peers are installed, in a virtual environment of their own.
// It writes pip's progress to log.
func install(ctx context.Context, log io.Writer) (command string, err error) {
	pins, err := programs.ReadFile(requirements)
	if err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	peers, err := python.Packages{
		Name: "bench", Pins: string(pins), Size: "about 6 GB", Oldest: 11, Progress: func(text string) { fmt.Fprintln(log, text) },
	}.Install(ctx)
	if err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	return peers.Command(ctx).Path, nil
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
