package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Selection says which plans of a store to prune: those that meet all of it. The zero value is an
// error.
type Selection struct {
	Named     []string      // as Find takes them; none for any
	OlderThan time.Duration // nothing was written for so long; 0 for any age
	// Damaged has files go that can't be used, those set aside included, and what a killed process
	// left half written, but no flow or checkpoint that can.
	Damaged bool
	DryRun  bool // tells what would go, and removes nothing
}

// Pruned is what went, or would go, of a plan.
type Pruned struct {
	Entry
	Files []string // their names
	Freed int64    // bytes
	Kept  string   // why nothing went although it should: "a fit is using it"; "" where it went
}

// Prune removes the selected plans from a store, Folder's where folder is "". What a running fit holds
// stays, and so does every file that isn't the store's own. Of a plan's folder an empty lock remains,
// so that a fit that begins at that moment is not disturbed.
func Prune(folder string, p Selection) ([]Pruned, error) {
	if len(p.Named) == 0 && p.OlderThan == 0 && !p.Damaged {
		return nil, errors.New("store: pruning must be told what: by name, by age, or what is damaged")
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
			found, err := Find(folder, name)
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
	var gone []Pruned
	for _, s := range all {
		if p.OlderThan > 0 && time.Since(s.Used) < p.OlderThan {
			continue
		}
		one, err := p.one(s)
		if err != nil {
			return gone, err
		}
		if len(one.Files) > 0 {
			gone = append(gone, one)
		}
	}
	return gone, nil
}

// one prunes one plan, under its lock.
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
		s.InUse = err != nil // by now
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

// takes tells whether a file is to go.
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
