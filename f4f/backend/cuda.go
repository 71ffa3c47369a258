package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/gomlx/go-xla/installer"
)

// openCUDA opens XLA on an NVIDIA GPU. insist says that the user asked for it, so a recent failure
// to install doesn't count.
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

// withoutAutotuning adds a flag that turns XLA's autotuning off, unless the flags set it or name a
// file. With autotuning, XLA times several algorithms for each matrix product and takes the
// fastest. Timings vary by chance and the algorithms round differently, so two runs with one seed
// need not agree. On an H200 a program compiled in 12 s without autotuning and in 17 s with it; its
// steps took 0.38 and 0.35 ms.
func withoutAutotuning(flags string) string {
	return withFlag(flags, "--xla_gpu_autotune_level", "--xla_gpu_autotune_level=0")
}

// hasGPU reports whether there is an NVIDIA GPU.
func hasGPU() bool { return installer.HasNvidiaGPU() }

// cudaPlugin returns the file of the CUDA plugin. If there is none, go-xla's installer fetches it.
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
