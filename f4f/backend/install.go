package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
)

// Install makes sure that XLA's plugin for this machine is installed, and returns its file: the
// plugin for CUDA if there is an NVIDIA GPU, else the one for the CPU. Unlike Open it tries again
// even if an earlier attempt has just failed. It returns an error if no plugin can be installed or
// ctx ends.
func Install(ctx context.Context) (path string, err error) {
	select {
	case gate <- struct{}{}:
		defer func() { <-gate }()
	case <-ctx.Done():
		return "", fmt.Errorf("backend: %w", ctx.Err())
	}
	if cgoError != nil {
		return "", fmt.Errorf("backend: %w", cgoError)
	}
	var cudaErr error
	if hasGPU() {
		if path, cudaErr = cudaPlugin(ctx, true); cudaErr == nil {
			return path, nil
		}
	}
	if paths := installedCPU(); len(paths) > 0 {
		return paths[0], nil
	}
	if path, err = installCPU(ctx, true); err != nil {
		return "", fmt.Errorf("backend: %w", errors.Join(cudaErr, err))
	}
	return path, nil
}

// openCPU opens XLA on the CPU and installs it if needed. insist says that the user asked for it.
func openCPU(ctx context.Context, options string, insist bool) (*Backend, error) {
	if cgoError != nil {
		return nil, cgoError
	}
	var broken error
	for _, path := range installedCPU() {
		b, err := openInstalled(path, options)
		if err == nil {
			return b, nil
		}
		broken = errors.Join(broken, err)
	}
	if broken != nil && ours(cacheFolder()) != "" {
		return nil, broken // installing would give the same plugin again
	}
	path, err := installCPU(ctx, insist)
	if err != nil {
		return nil, errors.Join(broken, err)
	}
	return openInstalled(path, options)
}

// installedCPU returns the files of the installed CPU plugins, in order of preference.
func installedCPU() []string {
	plugins, _ := searched() // despite an error, because our own folder may have a plugin
	paths := named(plugins, "cpu")
	if path := ours(cacheFolder()); path != "" {
		paths = append(paths, path)
	}
	return paths
}

// ours returns the CPU plugin in our folder, or "".
func ours(folder string) string {
	if folder == "" {
		return ""
	}
	if path := releasePath(folder); isFile(path) {
		return path
	}
	if pinned.installed(folder) {
		return pinned.path(folder)
	}
	return ""
}

// installCPU installs the CPU plugin into our folder, from go-xla's release or from the pinned
// wheel. One process does so while others wait.
func installCPU(ctx context.Context, insist bool) (string, error) {
	folder := cacheFolder()
	if folder == "" {
		return "", errors.New("there is no cache folder to keep XLA in (set HOME)")
	}
	return installInto(ctx, folder, insist, []step{
		{"go-xla's release", installRelease},
		{"the pinned wheel", pinned.install},
	})
}

// step is one way of getting a plugin into a folder.
type step struct {
	name    string
	install func(ctx context.Context, folder string) (path string, err error)
}

// installInto tries the steps in turn until one succeeds. It does nothing if another process has
// just succeeded. Unless insist is set, it returns the error of an attempt that failed within the
// last minutes.
func installInto(ctx context.Context, folder string, insist bool, steps []step) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("the cache folder for XLA can't be written: %w", err)
	}
	unlock, err := filelock.Lock(ctx, filepath.Join(folder, "lock"), func(string) {
		report(ctx, Progress{Text: "waiting for another program that installs XLA"})
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if path := ours(folder); path != "" {
		return path, nil
	}
	failure := filepath.Join(folder, "failure")
	if !insist {
		if err := recall(failure); err != nil {
			return "", err
		}
	}
	// A process that died during an installation left its files behind. Nobody else is installing,
	// because this process holds the lock.
	if leftovers, err := filepath.Glob(filepath.Join(folder, "tmp-*")); err == nil {
		for _, leftover := range leftovers {
			os.RemoveAll(leftover)
		}
	}

	var reasons []string
	for _, step := range steps {
		path, err := step.install(ctx, folder)
		if err == nil {
			os.Remove(failure)
			return path, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", step.name, err))
	}
	err = &notInstalledError{strings.Join(reasons, "; ")}
	remember(failure, err.Error())
	return "", err
}
