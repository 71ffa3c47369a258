package f4f

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// What a file in a plan's folder is.
type fileKind int

const (
	foreignFile fileKind = iota // none of ours, never touched
	flowFile                    // a flow, a checkpoint, or the last good epoch
	asideFile                   // one of those that couldn't be used
	partFile                    // one of those half written by a process that was killed
	lockFile
)

const lockName = "lock"

func kindOf(name string) fileKind {
	for _, path := range []string{entry{}.flow(), entry{}.checkpoint(), entry{}.lastGood()} {
		switch {
		case name == path:
			return flowFile
		case strings.HasPrefix(name, path+"."):
			return asideFile
		case strings.HasPrefix(name, "."+path+"."):
			return partFile
		}
	}
	if name == lockName || strings.HasPrefix(name, lockName+".") || strings.HasPrefix(name, "."+lockName+".") {
		return lockFile
	}
	return foreignFile
}

// inUse tells whether a fit holds the lock.
func inUse(path string) bool {
	if _, err := os.Stat(path); err != nil {
		return false // nobody ever took it; a look must not make it
	}
	unlock, err := tryLock(path)
	if err != nil {
		return errors.Is(err, errInUse)
	}
	unlock()
	return false
}

var errInUse = errors.New("a fit is using it")

// tryLock takes the lock, or errs with errInUse where somebody has it.
func tryLock(path string) (unlock func(), err error) {
	ended, cancel := context.WithCancel(context.Background())
	cancel() // so that nothing is waited for
	unlock, err = filelock.Lock(ended, path, func(string) {})
	if errors.Is(err, context.Canceled) {
		err = errInUse
	}
	return unlock, err
}

// Prune says what of a store is to go. A plan goes when it meets all that is said; the zero value
// says nothing, and prunes nothing.
type Prune struct {
	Named     []string      // as FindStored takes them; none for any
	OlderThan time.Duration // nothing was written for so long; 0 for any age
	// Damaged has files go that can't be used, those set aside included, and what a killed process
	// left half written, but no flow or checkpoint that can.
	Damaged bool
	DryRun  bool // tells what would go, and removes nothing
}

// Pruned is what went, or would go, of a plan.
type Pruned struct {
	Stored
	Files []string // their names
	Freed int64    // bytes
	Kept  string   // why nothing went although it should: "a fit is using it"; "" where it went
}

// PruneStore removes what p says from a store, the default's where folder is "". What a running fit
// holds stays, and so does every file that isn't the store's own. Of a plan's folder there remains
// an empty lock, so that a fit that begins at that moment is not disturbed.
func PruneStore(folder string, p Prune) ([]Pruned, error) {
	if len(p.Named) == 0 && p.OlderThan == 0 && !p.Damaged {
		return nil, errors.New("f4f: pruning must be told what: by name, by age, or what is damaged")
	}
	if p.OlderThan < 0 {
		return nil, fmt.Errorf("f4f: the age to prune by must be positive, got %v", p.OlderThan)
	}
	all, err := ListStore(folder)
	if err != nil {
		return nil, err
	}
	if len(p.Named) > 0 {
		named := map[string]bool{}
		for _, name := range p.Named {
			found, err := FindStored(folder, name)
			if err != nil {
				return nil, err
			}
			for _, s := range found {
				named[s.Folder] = true
			}
		}
		var kept []Stored
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
func (p Prune) one(s Stored) (Pruned, error) {
	result := Pruned{Stored: s}
	if !p.DryRun {
		unlock, err := tryLock(filepath.Join(s.Folder, lockName))
		if err != nil && !errors.Is(err, errInUse) {
			return result, fmt.Errorf("f4f: pruning %s: %w", s.Name, err)
		}
		if err == nil {
			defer unlock()
		}
		s.InUse = err != nil // by now
	}
	if s.InUse {
		result.Kept = errInUse.Error()
	}
	files, err := os.ReadDir(s.Folder)
	if err != nil {
		return result, fmt.Errorf("f4f: pruning %s: %w", s.Name, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() || !p.takes(s, f.Name()) {
			continue
		}
		if !p.DryRun && !s.InUse {
			if err := os.Remove(filepath.Join(s.Folder, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return result, fmt.Errorf("f4f: pruning %s: %w", s.Name, err)
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
func (p Prune) takes(s Stored, name string) bool {
	switch kind := kindOf(name); {
	case kind == foreignFile || kind == lockFile:
		return false
	case !p.Damaged || kind != flowFile:
		return true
	}
	_, _, err := safetensors.Read(filepath.Join(s.Folder, name))
	return errors.Is(err, ErrCorrupt)
}
