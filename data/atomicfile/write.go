// Package atomicfile replaces files atomically: a reader sees the whole old content or the whole
// new one, even if the program or the machine stops in between.
package atomicfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write writes the parts, one after another, to a file with mode 0644. It writes a temporary file
// beside path, named .NAME.*, syncs it, checks that it reads back as written, and renames it to
// path. On an error the old file at path stays, and the temporary one is removed.
func Write(path string, parts ...[]byte) (err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return notCreated(path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it may be closed already
			_ = os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	for _, part := range parts {
		if _, err := f.Write(part); err != nil {
			return err
		}
		sum.Write(part)
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := readsBack(f.Name(), sum.Sum(nil)); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// notCreated returns an error that names path in place of the temporary file beside it.
func notCreated(path string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = &fs.PathError{Op: of.Op, Path: path, Err: of.Err}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: make the folder %s first", err, filepath.Dir(path))
	}
	return err
}

// readsBack returns an error if a file's content doesn't have the checksum want. A quota or a
// network file system may lose data without an error.
func readsBack(path string, want []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return errors.New("it doesn't read back as it was written")
	}
	return nil
}

// syncFolder makes a rename in the folder survive a loss of power, if the system can.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // Windows can't sync a folder opened for reading, nor open one for writing
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrInvalid) {
		return err
	}
	return nil
}
