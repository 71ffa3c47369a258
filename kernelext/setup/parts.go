package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/backend/programs"
)

// Part is one of the things that set-ups have installed on this machine.
type Part struct {
	Text  string // what it is: "Jupyter"
	Path  string // a folder or a file
	Size  int64  // total size of its files, in bytes
	Flows bool   // whether it holds trained flows, which are the user's work
	Files bool   // whether it is a user's folder, of which Remove deletes only the compiled programs
}

const (
	registeredKernel = "registered kernel"
	compiledPrograms = "compiled programs"
)

// The cache's subfolders in which packages f4f and backend keep trained flows and compiled programs
// by default.
const (
	storeFolder    = "store"
	programsFolder = "programs"
)

// Parts returns everything that set-ups have installed. First come the parts outside the cache
// folder: registered kernels, XLA for CUDA, and compiled programs if F4F_PROGRAMS names another
// folder. Then come the parts in the cache folder, with trained flows last. A store outside the
// cache folder (F4F_STORE) isn't included, and neither are Go's own caches.
func Parts(o Options) ([]Part, error) {
	cache, err := o.cache()
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, spec := range recorded(cache) {
		if isOurs(spec, cache) { // otherwise somebody has removed or replaced it
			parts = append(parts, Part{Text: registeredKernel, Path: spec})
		}
	}
	for _, folder := range backend.InstalledFolders() {
		parts = append(parts, Part{Text: "XLA for CUDA", Path: folder})
	}
	if part, found := programsElsewhere(cache); found {
		parts = append(parts, part)
	}
	entries, err := os.ReadDir(cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("setup: %w", err)
	}
	var store []Part
	for _, entry := range entries {
		part := Part{Text: contentOf(entry.Name()), Path: filepath.Join(cache, entry.Name())}
		switch owner, isLock := strings.CutSuffix(part.Path, ".lock"); {
		case entry.Name() == storeFolder:
			part.Flows = true
			store = append(store, part)
		case isLock && exists(owner): // removed with its owner
		default:
			parts = append(parts, part)
		}
	}
	parts = append(parts, store...)
	for i := range parts {
		if !parts[i].Files {
			parts[i].Size = sizeOf(parts[i].Path)
		}
	}
	return parts, nil
}

// programsElsewhere returns the compiled programs in a folder outside the cache that F4F_PROGRAMS
// names.
func programsElsewhere(cache string) (part Part, found bool) {
	if named := os.Getenv(programs.Env); named == "" || named == "off" {
		return part, false
	}
	folder, err := programs.FindDefault()
	if err != nil {
		return part, false // there is no such folder, or it isn't used
	}
	defer folder.Close()
	if inside, err := filepath.Rel(cache, folder.Path()); err == nil && filepath.IsLocal(inside) {
		return part, false
	}
	size, err := folder.Size()
	return Part{Text: compiledPrograms + " (the folder stays)", Path: folder.Path(), Size: size.Bytes, Files: true}, err == nil && size.Bytes > 0
}

// contentOf returns a description of an entry of the cache folder.
func contentOf(name string) string {
	kind, _, _ := strings.Cut(name, "-")
	switch {
	case name == storeFolder:
		return "trained flows"
	case name == programsFolder:
		return compiledPrograms
	case name == filesFolder:
		return "files of Jupyter"
	case name == recordFile:
		return "list of registered kernels"
	case strings.HasSuffix(name, ".lock"):
		return "lock"
	case kind == "jupyter":
		return "Jupyter"
	case kind == "gonb":
		return "GoNB"
	case kind == "pjrt":
		return "XLA"
	case kind == "bench":
		return "libraries for benchmarks"
	case kind == "scikit" || kind == "pzflow" || kind == "galaxies":
		return "Python packages of tutorials"
	}
	return "other"
}

// Remove removes parts, and the cache folder if it is then empty. It waits for a set-up that is
// working on one of the parts.
func Remove(ctx context.Context, o Options, parts ...Part) error {
	cache, err := o.cache()
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := part.remove(ctx); err != nil {
			return fmt.Errorf("setup: %s could not be removed: %w", part.Path, err)
		}
	}
	_ = os.Remove(cache) // fails unless the folder is empty
	return nil
}

func (p Part) remove(ctx context.Context) error {
	lock := p.Path + ".lock"
	if exists(lock) {
		unlock, err := filelock.Lock(ctx, lock, func(string) {})
		if err != nil {
			return err
		}
		defer func() {
			_ = os.Remove(lock)
			unlock()
		}()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p.Files {
		folder, err := programs.Find(p.Path, programs.MaxBytes)
		if err != nil {
			return err
		}
		defer folder.Close()
		_, err = folder.Clear(0, false)
		return err
	}
	if err := os.RemoveAll(p.Path); err != nil {
		return err
	}
	if p.Text == registeredKernel { // also removes the empty folders above it
		for folder := filepath.Dir(p.Path); filepath.Base(folder) != "share" && os.Remove(folder) == nil; {
			folder = filepath.Dir(folder)
		}
	}
	return nil
}

// sizeOf returns the total size of the files under a path, in bytes.
func sizeOf(path string) (total int64) {
	_ = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil // unreadable files don't count
	})
	return total
}
