package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
)

// pluginFileName is what the CPU plugin is called in our cache folder. go-xla tells by the "cpu" in
// it what it is.
const pluginFileName = "pjrt_c_api_cpu_plugin.so"

var errNoCgo = errors.New("this program was built without cgo, which XLA needs")

// patience is how long a failed installation is remembered: each cell of a notebook is a new
// process, and without a network each would else wait for the same failure.
const patience = 10 * time.Minute

// Install makes sure that XLA's plugin for this machine is there, the one for CUDA where there is
// an NVIDIA GPU, else the one for the CPU, and gives its file. Unlike Open it tries again even when
// an earlier attempt has just failed.
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

// openCPU opens XLA on the CPU, installing it where need be; insist says that somebody asked for it.
func openCPU(ctx context.Context, options string, insist bool) (*Backend, error) {
	if cgoError != nil {
		return nil, cgoError
	}
	var broken error
	for _, path := range installedCPU() {
		b, err := openXLA(path, "cpu", options)
		if err == nil {
			return b, nil
		}
		broken = errors.Join(broken, err)
	}
	if broken != nil && ours(cacheFolder()) != "" {
		return nil, broken // what an installation would give is there already
	}
	path, err := installCPU(ctx, insist)
	if err != nil {
		return nil, errors.Join(broken, err)
	}
	return openXLA(path, "cpu", options)
}

// installedCPU are the files of the CPU plugins that are there, the preferred first.
func installedCPU() []string {
	plugins, _ := searched() // a broken file in somebody's folder is no reason not to look into ours
	paths := named(plugins, "cpu")
	if path := ours(cacheFolder()); path != "" {
		paths = append(paths, path)
	}
	return paths
}

// cacheFolder is where we keep plugins, or "" where the user has no cache folder.
func cacheFolder() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "flowsforflows", "pjrt")
}

// ours is the CPU plugin in our folder, or "".
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

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// installCPU gets the CPU plugin into our folder, from go-xla's release or from the pinned wheel.
// One process does it while the others wait.
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

// installInto tries the steps in turn, unless somebody else has just succeeded, or failed within
// the last minutes.
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
	// Whoever died over an installation left its files behind; nobody else is at work, since the
	// lock is ours.
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

// notInstalledError is that of an installation in which every way failed.
type notInstalledError struct{ reasons string }

func (e *notInstalledError) Error() string {
	return "XLA could not be installed (" + e.reasons + ")"
}

// remedy is what the user can do about an error, as a clause.
func remedy(err error) string {
	var notInstalled *notInstalledError
	switch {
	case errors.Is(err, errNoCgo):
		return "install a C compiler (gcc or clang), build with CGO_ENABLED=1"
	case errors.As(err, &notInstalled) && runtime.GOOS == "linux" && runtime.GOARCH == "amd64":
		return "connect this machine to the internet, with Python 3 and its pip installed,"
	case errors.As(err, &notInstalled):
		return "connect this machine to the internet"
	}
	return "mend that"
}

// remember notes a failure for the processes that come next. Where it can't, they try for themselves.
func remember(file, reasons string) {
	_ = os.WriteFile(file, []byte(reasons), 0o644)
}

// recall gives the failure of the last minutes, if there was one.
func recall(file string) error {
	info, err := os.Stat(file)
	if err != nil || time.Since(info.ModTime()) > patience || time.Since(info.ModTime()) < 0 {
		return nil
	}
	reasons, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	text := strings.TrimSuffix(strings.TrimPrefix(string(reasons), "XLA could not be installed ("), ")")
	return &notInstalledError{fmt.Sprintf("at %s, %s", info.ModTime().Format("15:04"), text)}
}
