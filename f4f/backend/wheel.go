package backend

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// wheel is a Python package that holds a PJRT plugin as a file. None of its Python code is ever
// run.
type wheel struct {
	name, version string
	sha256        string // of the wheel
	size          int64  // of the wheel, bytes
	plugin        int64  // size of the plugin in it, bytes
	goos, goarch  string // the only platform that it works on
}

// pinned holds a build of XLA's CPU plugin with PJRT API 0.115, made for manylinux_2_27: glibc 2.27
// (2018) or newer.
var pinned = wheel{
	name:    "lammps-jax-pjrt-cpu",
	version: "0.11.2",
	sha256:  "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
	size:    62_711_338,
	plugin:  201_600_336,
	goos:    "linux",
	goarch:  "amd64",
}

// path returns the place of the plugin in our folder.
func (w wheel) path(folder string) string {
	return filepath.Join(folder, w.name+"-"+w.version+"-"+w.sha256[:12], pluginFileName)
}

// installed reports whether the complete plugin is there, for this platform.
func (w wheel) installed(folder string) bool {
	info, err := os.Stat(w.path(folder))
	return err == nil && info.Size() == w.plugin && runtime.GOOS == w.goos && runtime.GOARCH == w.goarch
}

// install downloads the wheel with pip and unpacks the plugin into our folder. The caller holds the
// folder's lock.
func (w wheel) install(ctx context.Context, folder string) (string, error) {
	if runtime.GOOS != w.goos || runtime.GOARCH != w.goarch {
		return "", fmt.Errorf("there is one for %s/%s only, this is %s/%s", w.goos, w.goarch, runtime.GOOS, runtime.GOARCH)
	}
	tmp, err := os.MkdirTemp(folder, "tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)

	file, err := pipDownload(ctx, w.requirement(), w.size, tmp)
	if err != nil {
		return "", err
	}
	if err := w.check(file); err != nil {
		return "", err
	}
	report(ctx, Progress{Text: "unpacking XLA for the CPU"})
	plugin := filepath.Join(tmp, pluginFileName)
	if err := w.unpack(ctx, file, plugin); err != nil {
		return "", err
	}
	target := w.path(folder)
	return target, moveInto(plugin, target)
}

// check returns an error if the wheel's hash is wrong. pip has checked it already, unless it isn't
// the real pip.
func (w wheel) check(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != w.sha256 {
		return fmt.Errorf("the wheel's sha256 must be %s, got %s", w.sha256, got)
	}
	return nil
}

// unpack writes the plugin in the wheel, which is a zip file, to target.
func (w wheel) unpack(ctx context.Context, file, target string) error {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("the wheel can't be unpacked: %w", err)
	}
	defer archive.Close()
	for _, member := range archive.File {
		if path.Base(member.Name) != pluginFileName {
			continue
		}
		if member.UncompressedSize64 != uint64(w.plugin) {
			return fmt.Errorf("the plugin in the wheel must have %d bytes, got %d", w.plugin, member.UncompressedSize64)
		}
		in, err := member.Open()
		if err != nil {
			return fmt.Errorf("the wheel can't be unpacked: %w", err)
		}
		defer in.Close()
		out, err := os.Create(target)
		if err != nil {
			return err
		}
		// The zip reader compares the checksum at the end.
		_, err = io.Copy(out, untilDone{ctx, in})
		if err = errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("unpacking the plugin: %w", err)
		}
		return nil
	}
	return fmt.Errorf("the wheel must hold a file %s, and has none", pluginFileName)
}

// untilDone reads until a context ends.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (r untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// requirement returns the line that pins the wheel for pip.
func (w wheel) requirement() string {
	return strings.Join([]string{w.name + "==" + w.version, "--hash=sha256:" + w.sha256}, " ")
}
