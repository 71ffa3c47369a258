package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/gomlx/go-xla/installer"
)

// openCUDA opens XLA on an NVIDIA GPU.
func openCUDA(ctx context.Context, options string, insist bool) (*Backend, error) {
	path, err := cudaPlugin(ctx, insist)
	if err != nil {
		return nil, err
	}
	return openXLA(path, "cuda", options)
}

// hasGPU tells whether there is an NVIDIA GPU.
func hasGPU() bool { return installer.HasNvidiaGPU() }

// cudaPlugin is the file of the CUDA plugin, which go-xla's installer fetches where it isn't there.
func cudaPlugin(ctx context.Context, insist bool) (string, error) {
	if cgoError != nil {
		return "", cgoError
	}
	if !hasGPU() {
		return "", errors.New("CUDA needs an NVIDIA GPU and its driver, and there is none")
	}
	plugins, _ := searched()
	if paths := named(plugins, "cuda"); len(paths) > 0 {
		return paths[0], nil
	}
	folder := cacheFolder()
	if folder == "" {
		return "", errors.New("there is no cache folder to keep CUDA in (set HOME)")
	}
	failure := filepath.Join(folder, "failure-cuda")
	if !insist {
		if err := recall(failure); err != nil {
			return "", err
		}
	}
	path, err := installCUDA(ctx)
	if err != nil && ctx.Err() == nil {
		err = &notInstalledError{"CUDA: " + brief(err).Error()}
		if os.MkdirAll(folder, 0o755) == nil {
			remember(failure, err.Error())
		}
	}
	return path, err
}
