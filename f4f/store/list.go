package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Entry is what a store holds of one plan: a trained flow, a training in progress or interrupted,
// files that were set aside, or several of these.
type Entry struct {
	Folder string // the folder of the plan's files
	// Name is the flow's name, such as "four circles → checkerboard". While the flow isn't trained
	// it is the name of the folder without the digits: "base-four-circles".
	Name        string
	Kind        string // "density" or "transport"; "" while the flow isn't trained
	Fingerprint string // fingerprint of the plan; its first 16 digits while the flow isn't trained
	Plan        string // the plan in the flow's file, as indented JSON; "" while the flow isn't trained

	Trained    time.Time // when the training ended; zero before that
	Seconds    float64   // training time so far
	Step       int       // steps taken
	Steps      int       // steps of the whole training; 0 if unknown
	Epochs     int       // epochs completed
	Loss       float64   // mean training loss of the last epoch, nats per point; NaN before the first
	Validation float64   // validation loss of the last epoch, nats per point; NaN if there is none
	// LossesAreBounds says that both losses are upper bounds of −log P, as columns have noise; see
	// f4f.Density.LossesAreBounds. It is false for flows of versions that did not write it.
	LossesAreBounds bool

	Modified   time.Time // when one of the files was last written
	Bytes      int64     // total size of the files
	Flow       bool      // there is a trained flow, which Fit loads
	Checkpoint bool      // there is a training in progress or interrupted, which Fit resumes
	LastGood   bool      // there is the last good epoch of a training that met a non-finite loss
	// SetAside are the names of files that couldn't be used and were renamed, such as
	// flow.safetensors.damaged.
	SetAside []string
	// Err says why the flow's file or the checkpoint can't be read. It is nil if the headers of
	// both can be read; Verify reads the rest too.
	Err   error
	InUse bool // a fit holds the plan's lock
}

// entriesAtOnce is the number of entries that are read or pruned at once. It is more than there are
// processors, because that mostly waits for the file system, which may be one across a network.
const entriesAtOnce = 16

// List returns what a store holds, sorted by name and then by age. It reads only the headers of
// files, and leaves out folders that no plan made. If folder is "", the store is that of Folder. A
// folder that doesn't exist holds nothing. List returns an error if the folder can't be read.
func List(folder string) ([]Entry, error) {
	if folder == "" {
		var err error
		if folder, err = Folder(); err != nil {
			return nil, err
		}
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: it can't be read: %w", err)
	}
	found := make([]Entry, len(entries))
	var reading errgroup.Group
	reading.SetLimit(entriesAtOnce)
	for i, e := range entries {
		at := entry.Entry{Folder: filepath.Join(folder, e.Name())}
		name, digits, ok := at.Parts()
		if !e.IsDir() || !ok {
			continue
		}
		reading.Go(func() (err error) {
			found[i], err = read(at, name, digits)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(found, func(s Entry) bool { return s.Bytes == 0 && !s.InUse && len(s.SetAside) == 0 })
	slices.SortStableFunc(all, func(a, b Entry) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.Modified.Compare(b.Modified)
	})
	return all, nil
}

// Find returns the entries of a store that match a text: the flow's name or its source's name, the
// name of the plan's folder with or without the digits, or the beginning of its fingerprint, at
// least 4 digits. folder is that of List. It returns an error if none match.
func Find(folder, text string) ([]Entry, error) {
	all, err := List(folder)
	if err != nil {
		return nil, err
	}
	return matching(all, text)
}

// matching returns the entries that match a text; see Find.
func matching(all []Entry, text string) (found []Entry, err error) {
	slug := "base-" + entry.Slug(text)
	for _, s := range all {
		called, _, _ := s.at().Parts() // "base-four-circles" for four circles, trained or not
		if s.Name == text || called == text || called == slug ||
			filepath.Base(s.Folder) == text || len(text) >= 4 && strings.HasPrefix(s.Fingerprint, text) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("store: there is no flow named %q, and none whose fingerprint begins so", text)
	}
	return found, nil
}

// at returns the place of the entry's files.
func (s Entry) at() entry.Entry { return entry.Entry{Folder: s.Folder} }

// read returns the entry of a plan whose folder has that name and those digits.
func read(at entry.Entry, name, digits string) (Entry, error) {
	s := Entry{Folder: at.Folder, Name: name, Fingerprint: digits, Loss: math.NaN(), Validation: math.NaN()}
	files, err := os.ReadDir(at.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the folder may have been removed since
		return s, fmt.Errorf("store: it can't be read: %w", err)
	}
	leased := false
	for _, f := range files {
		kind := entry.KindOf(f.Name())
		if leased = leased || entry.IsLease(f.Name()); kind == entry.LockFile || kind == entry.ForeignFile {
			continue
		}
		info, err := f.Info() // which asks the file system
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if s.Bytes += info.Size(); info.ModTime().After(s.Modified) {
			s.Modified = info.ModTime()
		}
		switch path := filepath.Join(at.Folder, f.Name()); {
		case path == at.Flow():
			s.Flow, s.Trained = true, info.ModTime()
		case path == at.Checkpoint():
			s.Checkpoint = true
		case path == at.LastGood():
			s.LastGood = true
		case kind == entry.AsideFile:
			s.SetAside = append(s.SetAside, f.Name())
		}
	}
	if s.Flow {
		s.Err = s.readFlow(at.Flow())
	}
	if s.Checkpoint {
		s.Err = errors.Join(s.Err, s.readCheckpoint(at.Checkpoint()))
	}
	s.InUse = leased && at.InUse() // without a lease nothing is written
	return s, nil
}

// readFlow fills in what the header of the flow's file says.
func (s *Entry) readFlow(path string) error {
	head, err := flowfile.ReadHead(path)
	if head.Spec != nil {
		s.Name, s.Kind, s.Fingerprint = head.Name, head.Kind, head.Fingerprint
		var indented bytes.Buffer
		if err := json.Indent(&indented, head.Spec, "", "  "); err == nil {
			s.Plan = indented.String()
		}
	}
	s.take(head.Run)
	return err
}

// readCheckpoint fills in what the header of the checkpoint says, unless there is a flow.
func (s *Entry) readCheckpoint(path string) error {
	run, err := flowfile.ReadRun(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // the training has just ended
	case err != nil:
		return err
	case !s.Flow: // otherwise the flow's file has the later state
		s.take(run)
	}
	return nil
}

// take fills in the progress of a training. run may be nil.
func (s *Entry) take(run *fit.State) {
	if run == nil {
		return
	}
	s.Seconds, s.Step, s.Steps, s.Epochs = run.Seconds, run.Step, run.Steps, len(run.Epochs)
	s.LossesAreBounds = run.LossesAreBounds
	if s.Epochs > 0 {
		last := run.Epochs[s.Epochs-1]
		s.Loss, s.Validation = last.Loss, last.Validation
	}
}

// Verify reads the plan's flow and checkpoint completely. If one is damaged, it returns an error
// that wraps f4f.ErrCorrupt.
func (s Entry) Verify() error {
	var errs []error
	for _, path := range []string{s.at().Flow(), s.at().Checkpoint()} {
		if _, _, err := safetensors.Read(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("store: %w", err))
		}
	}
	return errors.Join(errs...)
}

// State describes the state of the plan in a few words: "trained", "60% trained", "damaged".
func (s Entry) State() string {
	var state string
	switch {
	case s.Err != nil && errors.Is(s.Err, fit.ErrCorrupt):
		state = "damaged"
	case s.Err != nil:
		state = "of another version"
	case s.Flow:
		state = "trained"
	case s.Checkpoint && s.Steps > 0:
		state = fmt.Sprintf("%d%% trained", 100*s.Step/s.Steps)
	case s.LastGood:
		state = "ended with a loss that isn't finite"
	default:
		state = "not trained"
	}
	if s.InUse {
		state += ", in use"
	}
	if n := len(s.SetAside); n > 0 {
		state += fmt.Sprintf(", %d set aside", n)
	}
	return state
}
