package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pipDownload makes pip fetch a wheel of this many bytes into a subfolder of tmp and returns the
// file. requirement is the line that pins the wheel.
func pipDownload(ctx context.Context, requirement string, size int64, tmp string) (string, error) {
	python, err := findPip(ctx)
	if err != nil {
		return "", err
	}
	requirements := filepath.Join(tmp, "requirements.txt")
	if err := os.WriteFile(requirements, []byte(requirement+"\n"), 0o644); err != nil {
		return "", err
	}
	target := filepath.Join(tmp, "wheel")
	work := filepath.Join(tmp, "pip")
	if err := os.Mkdir(work, 0o755); err != nil {
		return "", err
	}
	args := []string{"-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir",
		"--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=1"}
	// The timeout is for each answer of the network, not for the whole download. A timeout that the
	// user has set stays.
	if os.Getenv("PIP_DEFAULT_TIMEOUT") == "" && os.Getenv("PIP_TIMEOUT") == "" {
		args = append(args, "--timeout=10")
	}
	args = append(args, "-r", requirements, "-d", target)

	report(ctx, Progress{Text: "downloading XLA for the CPU", Total: size})
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, python, args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+work) // pip downloads to here, where watch looks
	cmd.WaitDelay = time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("%s did not start: %w", python, err)
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		watchPip(ctx, work, size, cancel)
	}()
	err = cmd.Wait()
	cause := context.Cause(ctx)
	cancel(nil)
	<-watched // from here on only this goroutine reports
	if err != nil {
		if cause != nil {
			return "", cause
		}
		return "", fmt.Errorf("pip download: %s", complaint(output.String(), err))
	}
	files, err := filepath.Glob(filepath.Join(target, "*.whl"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("pip download must leave one wheel, got %d", len(files))
	}
	return files[0], nil
}

// How long pip may go without progress: before the first byte, and between bytes. Offline, with a
// name server that refuses, pip gives up sooner by itself; these limits are for networks that drop
// packets.
const (
	firstByteTime = 25 * time.Second
	nextByteTime  = 60 * time.Second
)

// watchPip reports the progress of a download of total bytes into a folder, and stops it when it
// stalls.
func watchPip(ctx context.Context, folder string, total int64, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	limit := firstByteTime
	if os.Getenv("PIP_DEFAULT_TIMEOUT") != "" || os.Getenv("PIP_TIMEOUT") != "" {
		limit = time.Hour // pip applies the user's own limit
	}
	var size int64
	grown := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := sizeOf(folder)
		if now > size {
			size, grown, limit = now, time.Now(), nextByteTime
			report(ctx, Progress{Text: "downloading XLA for the CPU", Done: min(size, total), Total: total})
		}
		if time.Since(grown) > limit && size < total {
			stop(fmt.Errorf("pip download: nothing came for %v", limit))
			return
		}
	}
}

// sizeOf returns the total size of the files under a folder, in bytes.
func sizeOf(folder string) (total int64) {
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil // files come and go while pip works
	})
	return total
}

// findPip returns the first Python on PATH that has pip.
func findPip(ctx context.Context) (string, error) {
	var found []string
	for _, name := range []string{"python3", "python"} {
		python, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		try, cancel := context.WithTimeout(ctx, 20*time.Second)
		cmd := exec.CommandContext(try, python, "-m", "pip", "--version")
		cmd.WaitDelay = time.Second
		err = cmd.Run()
		cancel()
		if err == nil {
			return python, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		found = append(found, name)
	}
	if len(found) == 0 {
		return "", errors.New("there is no python3 on PATH to download it with")
	}
	return "", fmt.Errorf("%s has no pip to download it with", strings.Join(found, " and "))
}

// complaint returns the line of pip's output that says what went wrong.
func complaint(output string, err error) string {
	if strings.Contains(output, "connection broken by") && !strings.Contains(output, "Downloading ") {
		return "no package index can be reached from here" // which pip calls "No matching distribution found"
	}
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); strings.HasPrefix(line, "ERROR:") {
			return strings.TrimSpace(strings.TrimPrefix(line, "ERROR:"))
		}
	}
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}
