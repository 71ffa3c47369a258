// Package atomicfile replaces files: whoever reads one sees the old content or the new one, whole,
// whenever the program or the machine stops.
package atomicfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Write writes the parts, one after another, to a file of mode 0644. They are written to a file
// beside it, named .NAME.*, which takes its place once it is on the disk and reads back as it was
// written. On an error what was at path stays, and nothing is left beside it.
func Write(path string, parts ...[]byte) (err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // an error where it is closed already
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

// readsBack errs where a file's content hasn't the checksum: a quota or a network file system may
// lose what it took without a word.
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

// syncFolder makes a rename in the folder last through a loss of power, where the system can.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // it refuses to sync a folder that is open for reading, and opens none for writing
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
