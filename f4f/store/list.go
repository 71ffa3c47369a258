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

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Entry is what a store holds of one plan: a trained flow, a training under way or interrupted,
// files that were set aside, or several of these.
type Entry struct {
	Folder      string // of the plan's files
	Name        string // of the flow, such as "four circles → checkerboard"; of one that isn't trained yet, as its folder is called: "base-four-circles"
	Kind        string // "density" or "transport"; "" while it isn't trained
	Fingerprint string // of the plan; of one that isn't trained yet, its first 16 digits
	Plan        string // what the flow's file says of the plan, as indented JSON; "" while it isn't trained

	Trained    time.Time // when the training ended; zero while it hasn't
	Seconds    float64   // that it took, or has taken so far
	Step       int       // steps taken
	Steps      int       // of the whole training; 0 where nothing is known
	Epochs     int       // epochs ended
	Loss       float64   // mean training loss of the last epoch, nats per point; NaN before the first
	Validation float64   // validation loss of the last epoch, nats per point; NaN where there is none

	Used       time.Time // when a file was last written
	Bytes      int64     // of all files
	Flow       bool      // a trained flow is there, which Fit loads
	Checkpoint bool      // a training was interrupted or is under way, which Fit goes on from
	LastGood   bool      // the last good epoch of a training that met a loss that isn't finite
	SetAside   []string  // names of files that couldn't be used and were kept under another name, such as flow.safetensors.damaged
	Err        error     // why the flow's file or the checkpoint can't be read; nil where both can, as far as their heads tell. See Check
	InUse      bool      // a fit holds the plan's lock
}

// List returns what a store holds, sorted by name and then by age. It reads the heads of files alone,
// and leaves out folders that no plan made. The folder is Folder's where it is ""; one that isn't
// there holds nothing.
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
	var all []Entry
	for _, e := range entries {
		at := entry.Entry{Folder: filepath.Join(folder, e.Name())}
		name, digits, ok := at.Parts()
		if !e.IsDir() || !ok {
			continue
		}
		s, err := read(at, name, digits)
		if err != nil {
			return nil, err
		}
		if s.Bytes > 0 || s.InUse || len(s.SetAside) > 0 {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.Used.Compare(b.Used)
	})
	return all, nil
}

// Find returns the plans of a store that a text means: a flow's name or its source's, the name of its
// folder with or without the digits, or the beginning of its fingerprint, of at least 4 digits. It
// errs where there is none.
func Find(folder, text string) ([]Entry, error) {
	all, err := List(folder)
	if err != nil {
		return nil, err
	}
	var found []Entry
	for _, s := range all {
		called, _, _ := s.at().Parts() // "base-four-circles" of four circles, trained or not
		if s.Name == text || called == text || called == "base-"+entry.Slug(text) || filepath.Base(s.Folder) == text || len(text) >= 4 && strings.HasPrefix(s.Fingerprint, text) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("store: there is no flow named %q, and none whose fingerprint begins so", text)
	}
	return found, nil
}

// at is the place of the entry's files.
func (s Entry) at() entry.Entry { return entry.Entry{Folder: s.Folder} }

// read reads what is there of a plan whose folder has such a name and such digits.
func read(at entry.Entry, name, digits string) (Entry, error) {
	s := Entry{Folder: at.Folder, Name: name, Fingerprint: digits, Loss: math.NaN(), Validation: math.NaN()}
	files, err := os.ReadDir(at.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it may have gone since
		return s, fmt.Errorf("store: it can't be read: %w", err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		kind := entry.KindOf(f.Name())
		if kind == entry.LockFile || kind == entry.ForeignFile {
			continue
		}
		if s.Bytes += info.Size(); info.ModTime().After(s.Used) {
			s.Used = info.ModTime()
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
	s.InUse = at.InUse()
	return s, nil
}

// readFlow takes what the head of a flow's file says.
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

// readCheckpoint takes what the head of a checkpoint says.
func (s *Entry) readCheckpoint(path string) error {
	run, err := flowfile.ReadRun(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // the training has just ended
	case err != nil:
		return err
	case !s.Flow: // or what counts is in the flow's file
		s.take(run)
	}
	return nil
}

// take takes how a training went.
func (s *Entry) take(run *fit.State) {
	if run == nil {
		return
	}
	s.Seconds, s.Step, s.Steps, s.Epochs = run.Seconds, run.Step, run.Steps, len(run.Epochs)
	if s.Epochs > 0 {
		last := run.Epochs[s.Epochs-1]
		s.Loss, s.Validation = last.Loss, last.Validation
	}
}

// Check reads the plan's files whole, and errs where one is damaged: with an error that wraps
// f4f.ErrCorrupt.
func (s Entry) Check() error {
	var errs []error
	for _, path := range []string{s.at().Flow(), s.at().Checkpoint()} {
		if _, _, err := safetensors.Read(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("store: %w", err))
		}
	}
	return errors.Join(errs...)
}

// State is how the plan is doing, in a word or a few: "trained", "60% trained", "damaged".
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
