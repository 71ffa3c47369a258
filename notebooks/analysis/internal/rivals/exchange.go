package rivals

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend/python"
)

// Kept returns the path of the .npz file that a program writes, given that path. It is kept for as long as
// program and packages are the same. Kept installs the packages if they aren't there; progress, which may
// be nil, is told.
func Kept(ctx context.Context, packages python.Packages, progress func(text string), program string) (file string, err error) {
	packages.Progress = progress
	env, err := packages.Install(ctx)
	if err != nil {
		return "", err
	}
	file = filepath.Join(env.Folder, fmt.Sprintf("kept-%.6x.npz", sha256.Sum256([]byte(program))))
	if _, err := os.Stat(file); err != nil {
		return file, env.Run(ctx, nil, program, file)
	}
	return file, nil
}

// Exchange runs a program on arrays. The program's arguments are the path of a .npz file that holds
// them, the path of one that it is to write, and those given. Exchange returns the arrays of these
// names from what it has written. It installs the packages if they aren't there.
func Exchange(ctx context.Context, packages python.Packages, program string, arrays map[string]data.Points, names []string, arguments ...string) (map[string]data.Points, error) {
	env, err := packages.Install(ctx)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "exchange-")
	if err != nil {
		return nil, fmt.Errorf("rivals: %w", err)
	}
	defer os.RemoveAll(folder)
	in, out := filepath.Join(folder, "in.npz"), filepath.Join(folder, "out.npz")
	if err := data.WriteNPZ(in, arrays); err != nil {
		return nil, err
	}
	if err := env.Run(ctx, nil, program, append([]string{in, out}, arguments...)...); err != nil {
		return nil, err
	}
	written := map[string]data.Points{}
	for _, name := range names {
		if written[name], err = data.ReadNPZ(out, name); err != nil {
			return nil, err
		}
	}
	return written, nil
}
