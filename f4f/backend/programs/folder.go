package programs

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Most is the limit that package backend gives its folder: 2 GiB. A program takes 0.1 to 7 MB.
const Most = 2 << 30

// A file of the folder is named by its key in hexadecimal digits and one of these. Any other file
// is not the folder's, and stays as it is.
const (
	suffix  = ".program"
	note    = ".note"     // what Remember keeps
	damaged = ".damaged"  // a file that was set aside
	aside   = ".writing-" // and 26 characters: a file being written, or left so by a process that was killed
)

var names = regexp.MustCompile(`^[0-9a-f]{64}(\.program|\.note|\.damaged|\.writing-[A-Z2-7]{26})$`)

// stale is the age from which a file that is being written was left by a killed process.
const stale = time.Hour

// Folder is a folder of compiled programs. It may be used by several goroutines at once.
//
// It stays the folder that was looked at when it was opened, whatever is put under its path afterwards.
type Folder struct {
	path string
	root *os.Root
	most int64
}

// Open opens the folder at path, to hold at most so many bytes. It makes one with permissions 0700
// where there is none, and refuses one that anyone but the user may write to.
func Open(path string, most int64) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return Find(path, most)
}

// Find is Open for a folder that is there. Where there is none the error wraps fs.ErrNotExist.
func Find(path string, most int64) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil {
		if err = private(info); err != nil {
			err = fmt.Errorf("the folder %s must be writable by its owner alone, since what is in it will be run: %w", path, err)
		}
	}
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	return &Folder{path, root, most}, nil
}

// Close frees what Open holds. Nothing may be using the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Path returns the path that the folder was opened by.
func (f *Folder) Path() string { return f.path }

// Get returns the program kept under a key. The error wraps fs.ErrNotExist where there is none, and
// ErrDamaged where there was a file that cannot be used, which Get has set aside.
func (f *Folder) Get(key Key) ([]byte, error) { return f.get(key, suffix) }

func (f *Folder) get(key Key, suffix string) ([]byte, error) {
	name := key.String() + suffix
	content, err := f.read(name)
	var program []byte
	if err == nil {
		program, err = decode(key, content)
	}
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, errors.Join(err, f.setAside(key, suffix))
	case err != nil:
		return nil, f.failure(err)
	}
	now := time.Now()
	_ = f.root.Chtimes(name, now, now) // where it fails the folder cannot be written, so nothing is removed from it either
	return program, nil
}

// read reads a file that nobody else can have written.
func (f *Folder) read(name string) ([]byte, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // reading a pipe would wait forever
		return nil, fmt.Errorf("%w: it is no regular file", ErrDamaged)
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, err
	}
	if err := private(info); err != nil { // the folder was writable by others once
		return nil, fmt.Errorf("%w: it must be writable by its owner alone: %w", ErrDamaged, err)
	}
	if info.Size() > Most {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDamaged, info.Size())
	}
	content := make([]byte, info.Size())
	n, err := io.ReadFull(file, content)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // a torn file, which decode recognises
	}
	return content[:n], err
}

// SetAside renames the file of a key, so that it is not used again and can be looked at.
func (f *Folder) SetAside(key Key) error { return f.setAside(key, suffix) }

func (f *Folder) setAside(key Key, suffix string) error {
	err := f.root.Rename(key.String()+suffix, key.String()+damaged)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another process was first
	}
	return f.failure(err)
}

// Put keeps a program under a key, and removes the programs unused for longest where the folder
// then holds too much. A program that is there already is replaced.
func (f *Folder) Put(key Key, program []byte) error { return f.put(key, suffix, program) }

// Remember is Put for a few bytes that go with programs, such as the digest of the compiler; it
// doesn't count as one.
func (f *Folder) Remember(key Key, bytes []byte) error { return f.put(key, note, bytes) }

// Recall is Get for what Remember has kept.
func (f *Folder) Recall(key Key) ([]byte, error) { return f.get(key, note) }

func (f *Folder) put(key Key, suffix string, program []byte) (err error) {
	name := key.String() + aside + rand.Text()
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return f.failure(err)
	}
	_, err = file.Write(encode(key, program))
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.root.Rename(name, key.String()+suffix)
	}
	if err != nil {
		_ = f.root.Remove(name)
		return f.failure(err)
	}
	_, err = f.Prune(f.most)
	return err
}

// failure says in which folder an error came up; its text names a file alone.
func (f *Folder) failure(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("in %s: %w", f.path, err)
}

// Usage tells how much a folder holds.
type Usage struct {
	Programs int   // that can be got
	Bytes    int64 // of all files, those set aside too
}

func (u *Usage) add(file kept) {
	u.Bytes += file.size
	if strings.HasSuffix(file.name, suffix) {
		u.Programs++
	}
}

// Size returns how much the folder holds.
func (f *Folder) Size() (u Usage, err error) {
	files, err := f.files()
	for _, file := range files {
		u.add(file)
	}
	return u, err
}

// Prune removes files, those unused for longest first, until the folder holds at most so many
// bytes, and returns what it has removed. What a killed process left half written goes in any case.
func (f *Folder) Prune(most int64) (gone Usage, err error) {
	files, err := f.files()
	if err != nil {
		return gone, err
	}
	excess := -most
	for _, file := range files {
		excess += file.size
	}
	return f.remove(files, false, func(file kept) bool {
		goes := excess > 0
		if goes {
			excess -= file.size
		}
		return goes
	})
}

// Clear removes the files unused for at least so long, 0 for all of them, and returns what it has
// removed; in a dry run, what it would remove.
func (f *Folder) Clear(unused time.Duration, dryRun bool) (gone Usage, err error) {
	files, err := f.files()
	if err != nil {
		return gone, err
	}
	return f.remove(files, dryRun, func(file kept) bool { return unused == 0 || time.Since(file.used) >= unused })
}

// remove removes the files that are to go, and those that a killed process left half written. A
// file that somebody is writing stays.
func (f *Folder) remove(files []kept, dryRun bool, goes func(kept) bool) (gone Usage, err error) {
	for _, file := range files {
		if strings.Contains(file.name, aside) {
			if time.Since(file.used) < stale {
				continue
			}
		} else if !goes(file) {
			continue
		}
		if !dryRun {
			switch err := f.root.Remove(file.name); {
			case errors.Is(err, fs.ErrNotExist):
				continue // another process was first
			case err != nil:
				return gone, f.failure(err)
			}
		}
		gone.add(file)
	}
	return gone, nil
}

// kept is a file of the folder.
type kept struct {
	name string
	size int64
	used time.Time
}

// files returns the folder's own files, the one unused for longest first.
func (f *Folder) files() ([]kept, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, f.failure(err)
	}
	var all []kept
	for _, entry := range entries {
		if !names.MatchString(entry.Name()) {
			continue
		}
		info, err := f.root.Lstat(entry.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process has just removed it
		}
		if err != nil {
			return nil, f.failure(err)
		}
		if !info.IsDir() {
			all = append(all, kept{entry.Name(), info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.name, b.name)) })
	return all, nil
}
