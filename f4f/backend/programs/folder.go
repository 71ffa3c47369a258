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

// MaxBytes is the limit that package backend sets for its folder: 2 GiB. A program takes 0.1 to 7
// MB.
const MaxBytes = 2 << 30

// A file of the folder is named by its key in hexadecimal digits and one of these suffixes. Any
// other file isn't the folder's and stays untouched.
const (
	suffix  = ".program"
	note    = ".note"     // written by Remember
	damaged = ".damaged"  // a file that was set aside
	aside   = ".writing-" // followed by 26 characters: a file being written, or left by a killed process
)

var names = regexp.MustCompile(`^[0-9a-f]{64}(\.program|\.note|\.damaged|\.writing-[A-Z2-7]{26})$`)

// stale is the age from which a file counts as left by a killed process rather than being written.
const stale = time.Hour

// Folder is a folder of compiled programs. It may be used by several goroutines at once.
//
// It remains the folder that was checked when it was opened, whatever is later put under its path.
type Folder struct {
	path string
	root *os.Root
	most int64
}

// Open opens the folder at path with a limit of most bytes. If there is none, it makes one with
// permissions 0700. It returns an error if anyone but the user may write to the folder.
func Open(path string, most int64) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return Find(path, most)
}

// Find opens the folder at path like Open, but doesn't make one. If there is none, the error wraps
// fs.ErrNotExist.
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

// Close releases the resources of an open folder. Nothing may be using the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Path returns the path that the folder was opened with.
func (f *Folder) Path() string { return f.path }

// Get returns the program kept under a key. The error wraps fs.ErrNotExist if there is none. It
// wraps ErrDamaged if the file can't be used; Get has then set the file aside.
func (f *Folder) Get(key Key) ([]byte, error) { return f.get(key, suffix) }

// get returns the content under a key and a suffix, and marks it as used now.
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
	_ = f.root.Chtimes(name, now, now) // if it fails, the folder can't be written, so nothing is removed from it either
	return program, nil
}

// read reads a file, and returns ErrDamaged if somebody else can have written it.
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
	if err := private(info); err != nil { // the folder may have been writable by others before
		return nil, fmt.Errorf("%w: it must be writable by its owner alone: %w", ErrDamaged, err)
	}
	if info.Size() > MaxBytes {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDamaged, info.Size())
	}
	content := make([]byte, info.Size())
	n, err := io.ReadFull(file, content)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // a torn file, which decode recognises
	}
	return content[:n], err
}

// SetAside renames the program under a key, so that it isn't used again and can be examined. It
// does nothing if there is none.
func (f *Folder) SetAside(key Key) error { return f.setAside(key, suffix) }

// setAside renames the file of a key and a suffix.
func (f *Folder) setAside(key Key, suffix string) error {
	err := f.root.Rename(key.String()+suffix, key.String()+damaged)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another process was first
	}
	return f.failure(err)
}

// Put keeps a program under a key and replaces one that is there. If the folder then exceeds its
// limit, Put removes the programs unused for longest.
func (f *Folder) Put(key Key, program []byte) error { return f.put(key, suffix, program) }

// Remember keeps a few bytes under a key like Put, such as the digest of the compiler. They don't
// count as a program.
func (f *Folder) Remember(key Key, bytes []byte) error { return f.put(key, note, bytes) }

// Recall returns what Remember has kept, with the errors of Get.
func (f *Folder) Recall(key Key) ([]byte, error) { return f.get(key, note) }

// put writes the content of a key and a suffix aside, renames it and prunes the folder.
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

// failure adds the folder's path to an error whose text names only a file.
func (f *Folder) failure(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("in %s: %w", f.path, err)
}

// Usage is how much a folder holds.
type Usage struct {
	Programs int   // number of programs
	Bytes    int64 // size of all files, including those set aside
}

// add adds one file.
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

// Prune removes files, those unused for longest first, until the folder holds at most most bytes.
// It always removes what killed processes left half written. It returns how much it has removed.
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

// Clear removes the files unused for at least that long, or all files for 0, and returns how much
// it has removed. In a dry run it removes nothing and returns how much it would remove.
func (f *Folder) Clear(unused time.Duration, dryRun bool) (gone Usage, err error) {
	files, err := f.files()
	if err != nil {
		return gone, err
	}
	return f.remove(files, dryRun, func(file kept) bool { return unused == 0 || time.Since(file.used) >= unused })
}

// remove removes the files for which goes returns true, and those that a killed process left half
// written. It keeps files that are being written.
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

// files returns the folder's own files, those unused for longest first.
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
