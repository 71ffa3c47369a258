package programs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Most is how many bytes a folder holds by default, at most: 2 GiB. A program takes 0.1 to 7 MB.
const Most = 2 << 30

const (
	suffix  = ".program"
	damaged = ".damaged" // of a file that was set aside
	aside   = "writing-" // a file being written; left by a process that was killed over it
	stale   = time.Hour  // the age from which such a file is nobody's
)

// Folder is a folder of compiled programs. It holds no resources and may be used by several goroutines at once.
type Folder struct {
	path string
	most int64
}

// Open is the folder at path, made with permissions 0700 where there is none, to hold at most so many bytes. It refuses one that anyone but the user may write to.
func Open(path string, most int64) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s must be a folder, got a file", path)
	}
	if err := private(info); err != nil {
		return nil, fmt.Errorf("%s must be writable by its owner alone, for what is in it will be run: %w", path, err)
	}
	return &Folder{path, most}, nil
}

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

func (f *Folder) file(key Key) string { return filepath.Join(f.path, key.String()+suffix) }

// Get is the program kept under a key. The error wraps fs.ErrNotExist where there is none, and ErrDamaged where there was a file that cannot be used, which Get has set aside.
func (f *Folder) Get(key Key) ([]byte, error) {
	path := f.file(key)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	program, err := decode(key, content)
	if err != nil {
		return nil, errors.Join(err, f.SetAside(key))
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // a folder that cannot be written forgets nothing, so nothing is lost
	return program, nil
}

// SetAside renames the file of a key, so that it is not used again and can be looked at.
func (f *Folder) SetAside(key Key) error {
	return os.Rename(f.file(key), strings.TrimSuffix(f.file(key), suffix)+damaged)
}

// Put keeps a program under a key, and removes the programs unused for longest where the folder holds too much. A program that is there already is replaced.
func (f *Folder) Put(key Key, program []byte) (err error) {
	file, err := os.CreateTemp(f.path, aside)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(encode(key, program))
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), f.file(key))
	}
	if err != nil {
		return err
	}
	_, err = f.Prune(f.most)
	return err
}

// Usage is what a folder holds.
type Usage struct {
	Programs int
	Bytes    int64 // of all its files
}

// Size is how much the folder holds.
func (f *Folder) Size() (Usage, error) {
	var u Usage
	files, err := f.files()
	for _, file := range files {
		u.Bytes += file.size
		if strings.HasSuffix(file.path, suffix) {
			u.Programs++
		}
	}
	return u, err
}

// Prune removes files, those unused for longest first, until the folder holds at most so many bytes, and tells what it has removed. What a killed process left half written goes in any case.
func (f *Folder) Prune(most int64) (gone Usage, err error) {
	files, err := f.files()
	if err != nil {
		return gone, err
	}
	total := int64(0)
	for _, file := range files {
		total += file.size
	}
	for _, file := range files {
		abandoned := strings.HasPrefix(filepath.Base(file.path), aside)
		if abandoned && time.Since(file.used) < stale {
			continue // somebody is writing it
		}
		if !abandoned && total <= most {
			continue
		}
		switch err := os.Remove(file.path); {
		case err == nil:
			gone.Bytes += file.size
			if strings.HasSuffix(file.path, suffix) {
				gone.Programs++
			}
		case !errors.Is(err, fs.ErrNotExist): // or another process was first
			return gone, err
		}
		total -= file.size
	}
	return gone, nil
}

// kept is a file of the folder.
type kept struct {
	path string
	size int64
	used time.Time
}

// files are those of the folder that are its own, the one unused for longest first.
func (f *Folder) files() ([]kept, error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, err
	}
	var all []kept
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, suffix) && !strings.HasSuffix(name, damaged) && !strings.HasPrefix(name, aside) {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process has just removed it
		}
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			all = append(all, kept{filepath.Join(f.path, name), info.Size(), info.ModTime()})
		}
	}
	slices.SortStableFunc(all, func(a, b kept) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path)) })
	return all, nil
}
