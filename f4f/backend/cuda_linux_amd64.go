package backend

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gomlx/go-xla/installer"
)

// installCUDA runs go-xla's installer of the plugin and NVIDIA's libraries, and returns the
// plugin's file. The installer has a lock of its own, takes no context, and prints what it does to
// standard output.
func installCUDA(ctx context.Context) (string, error) {
	report(ctx, Progress{Text: "looking for XLA's CUDA plugin"})
	// The installer has no timeout either, so ask for something small before starting what takes
	// minutes.
	_, err := within(ctx, 5*time.Second, func() (struct{}, error) {
		_, _, err := installer.CudaGetPJRTPipInfo("cuda13")
		return struct{}{}, err
	})
	if err != nil {
		return "", err
	}
	lib, err := installer.DefaultHomeLibPath()
	if err != nil {
		return "", err
	}
	report(ctx, Progress{Text: "downloading XLA for CUDA and NVIDIA's libraries, several GB"})
	folder := filepath.Join(lib, "go-xla")
	if err := noteElsewhere(cacheFolder(), filepath.Join(folder, "nvidia")); err != nil {
		return "", err
	}
	_, err = within(ctx, time.Hour, func() (struct{}, error) {
		const keepDownloads = false // several GB, in the installer's cache folder
		return struct{}{}, installer.CudaAutoInstall(folder, keepDownloads, installer.Quiet)
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "nvidia", installer.NVIDIAPJRTPluginFileName)
	if !isFile(path) {
		return "", fmt.Errorf("go-xla's installer left no file %s", path)
	}
	return path, nil
}
