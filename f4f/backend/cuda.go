package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/go-xla/installer"
)

// openCUDA opens XLA on an NVIDIA GPU.
func openCUDA(ctx context.Context, options string, insist bool) (*Backend, error) {
	path, err := cudaPlugin(ctx, insist)
	if err != nil {
		return nil, err
	}
	if err := os.Setenv(xlaFlags, withoutAutotuning(os.Getenv(xlaFlags))); err != nil {
		return nil, err
	}
	return openXLA(path, "cuda", options)
}

// xlaFlags is the environment variable that XLA's plugins read their flags from when they are first
// opened.
const xlaFlags = "XLA_FLAGS"

// withoutAutotuning are flags by which XLA doesn't time several algorithms for each product of
// matrices and take the fastest, unless they say how it is to go about it. Timings are chance, and
// two algorithms round differently: two runs of one seed need not agree. On an H200 a program
// compiled in 12 s without it and in 17 s with it; its steps took 0.38 and 0.35 ms.
func withoutAutotuning(flags string) string {
	if strings.Contains(flags, "--xla_gpu_autotune_level") || flags != "" && !strings.HasPrefix(strings.TrimSpace(flags), "--") { // a file of flags
		return flags
	}
	return strings.TrimSpace(flags + " --xla_gpu_autotune_level=0")
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
