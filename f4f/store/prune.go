package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Selection says which plans of a store to prune: those that meet all of its conditions. The zero
// value is an error.
type Selection struct {
	Named     []string      // texts that Find matches; none means any plan
	OlderThan time.Duration // least time since a file was last written; 0 means any
	// Damaged removes only files that can't be used: damaged flows and checkpoints, files that were
	// set aside, and files that a killed process left half written.
	Damaged bool
	DryRun  bool // report what would be removed, and remove nothing
}

// Pruned is what was removed of a plan, or what a dry run would remove.
type Pruned struct {
	Entry
	Files []string // names of the selected files
	Freed int64    // bytes; 0 if the files were kept
	Kept  string   // why the files were kept although selected: "a fit is using it"; "" if they weren't
}

// Prune removes the selected plans from a store. It returns what it removed, and the selected plans
// that it kept because a fit uses them. If folder is "", the store is that of Folder. It keeps
// plans that a running fit has locked, and every file that isn't the store's own. An empty lock
// file remains in a plan's folder, so that a fit that begins at that moment isn't disturbed. Prune
// returns an error if the selection isn't valid, if a name in Named matches nothing, or if a file
// can't be removed.
func Prune(folder string, p Selection) ([]Pruned, error) {
	if len(p.Named) == 0 && p.OlderThan == 0 && !p.Damaged {
		return nil, errors.New("store: a selection to prune must have Named, OlderThan or Damaged, got none")
	}
	if p.OlderThan < 0 {
		return nil, fmt.Errorf("store: the age to prune by must be positive, got %v", p.OlderThan)
	}
	all, err := List(folder)
	if err != nil {
		return nil, err
	}
	if len(p.Named) > 0 {
		named := map[string]bool{}
		for _, name := range p.Named {
			found, err := matching(all, name)
			if err != nil {
				return nil, err
			}
			for _, s := range found {
				named[s.Folder] = true
			}
		}
		var kept []Entry
		for _, s := range all {
			if named[s.Folder] {
				kept = append(kept, s)
			}
		}
		all = kept
	}
	pruned := make([]Pruned, len(all))
	var pruning errgroup.Group
	pruning.SetLimit(entriesAtOnce)
	for i, s := range all {
		if p.OlderThan > 0 && time.Since(s.Modified) < p.OlderThan {
			continue
		}
		pruning.Go(func() error {
			one, err := p.one(s)
			if err == nil {
				pruned[i] = one
			}
			return err
		})
	}
	err = pruning.Wait()
	return slices.DeleteFunc(pruned, func(one Pruned) bool { return len(one.Files) == 0 }), err
}

// one prunes one plan while it holds its lock.
func (p Selection) one(s Entry) (Pruned, error) {
	result := Pruned{Entry: s}
	if !p.DryRun {
		unlock, err := s.at().TryLock()
		if err != nil && !errors.Is(err, entry.ErrInUse) {
			return result, fmt.Errorf("store: pruning %s: %w", s.Name, err)
		}
		if err == nil {
			defer unlock()
		}
		s.InUse = err != nil // it may have changed since List
	}
	if s.InUse {
		result.Kept = entry.ErrInUse.Error()
	}
	files, err := os.ReadDir(s.Folder)
	if err != nil {
		return result, fmt.Errorf("store: pruning %s: %w", s.Name, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() || !p.takes(s, f.Name()) {
			continue
		}
		if !p.DryRun && !s.InUse {
			if err := os.Remove(filepath.Join(s.Folder, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return result, fmt.Errorf("store: pruning %s: %w", s.Name, err)
			}
		}
		result.Files = append(result.Files, f.Name())
		result.Freed += info.Size()
	}
	if s.InUse {
		result.Freed = 0
	}
	return result, nil
}

// takes reports whether a file is selected for removal.
func (p Selection) takes(s Entry, name string) bool {
	switch kind := entry.KindOf(name); {
	case kind == entry.ForeignFile || kind == entry.LockFile:
		return false
	case !p.Damaged || kind != entry.FlowFile:
		return true
	}
	_, _, err := safetensors.Read(filepath.Join(s.Folder, name))
	return errors.Is(err, fit.ErrCorrupt)
}
