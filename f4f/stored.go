package f4f

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// StoreFolder is the folder of the store where a plan names none: that of F4F_STORE, else one in
// the user's cache.
func StoreFolder() (string, error) {
	if folder := os.Getenv(StoreVariable); folder != "" {
		return folder, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("f4f: there is no folder for the store: %w; name one with Store or %s", err, StoreVariable)
	}
	return filepath.Join(cache, "flowsforflows", "store"), nil
}

// Stored is what the store holds of one plan: a trained flow, a training under way or interrupted,
// files that were set aside, or several of these.
type Stored struct {
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

// entryName is how folders of plans are called: a slug and 16 digits of the fingerprint.
var entryName = regexp.MustCompile(`^(.*)-([0-9a-f]{16})$`)

// ListStore is what a store holds, by name and then by age; the default's where folder is "", and
// nothing where there is no such folder. It reads the heads of files alone. Folders that no plan
// made are left out.
func ListStore(folder string) ([]Stored, error) {
	if folder == "" {
		var err error
		if folder, err = StoreFolder(); err != nil {
			return nil, err
		}
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: the store can't be read: %w", err)
	}
	var all []Stored
	for _, e := range entries {
		if !e.IsDir() || !entryName.MatchString(e.Name()) {
			continue
		}
		s, err := stored(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		if s.Bytes > 0 || s.InUse || len(s.SetAside) > 0 {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Stored) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.Used.Compare(b.Used)
	})
	return all, nil
}

// FindStored is the plans of a store that a text means: a flow's name or its source's, the name of
// its folder with or without the digits, or the beginning of its fingerprint, of at least 4 digits.
func FindStored(folder, text string) ([]Stored, error) {
	all, err := ListStore(folder)
	if err != nil {
		return nil, err
	}
	var found []Stored
	for _, s := range all {
		called := entryName.FindStringSubmatch(filepath.Base(s.Folder))[1] // "base-four-circles" of four circles, trained or not
		if s.Name == text || called == text || called == "base-"+slug(text) || filepath.Base(s.Folder) == text || len(text) >= 4 && strings.HasPrefix(s.Fingerprint, text) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("f4f: the store has no flow named %q, and none whose fingerprint begins so", text)
	}
	return found, nil
}

// stored reads an entry.
func stored(folder string) (Stored, error) {
	parts := entryName.FindStringSubmatch(filepath.Base(folder))
	s := Stored{Folder: folder, Name: parts[1], Fingerprint: parts[2], Loss: math.NaN(), Validation: math.NaN()}
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it may have gone since
		return s, fmt.Errorf("f4f: the store can't be read: %w", err)
	}
	e := entry{folder}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		kind := kindOf(f.Name())
		if kind == lockFile || kind == foreignFile {
			continue
		}
		if s.Bytes += info.Size(); info.ModTime().After(s.Used) {
			s.Used = info.ModTime()
		}
		switch path := filepath.Join(folder, f.Name()); {
		case path == e.flow():
			s.Flow, s.Trained = true, info.ModTime()
		case path == e.checkpoint():
			s.Checkpoint = true
		case path == e.lastGood():
			s.LastGood = true
		case kind == asideFile:
			s.SetAside = append(s.SetAside, f.Name())
		}
	}
	if s.Flow {
		s.Err = s.readFlow(e.flow())
	}
	if s.Checkpoint {
		s.Err = errors.Join(s.Err, s.readCheckpoint(e.checkpoint()))
	}
	s.InUse = inUse(filepath.Join(folder, lockName))
	return s, nil
}

// readFlow takes what the head of a flow's file says.
func (s *Stored) readFlow(path string) error {
	texts, err := safetensors.ReadTexts(path)
	if err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	var plan struct {
		Format      string          `json:"format"`
		Fingerprint string          `json:"fingerprint"`
		Spec        json.RawMessage `json:"spec"`
	}
	var spec struct{ Kind, Name string }
	err = json.Unmarshal([]byte(texts[planText]), &plan)
	if err == nil {
		err = json.Unmarshal(plan.Spec, &spec)
	}
	if err != nil {
		return fmt.Errorf("f4f: reading %s: %w: it holds no plan: %v", path, fit.ErrCorrupt, err)
	}
	if plan.Format != flowFormat {
		return fmt.Errorf("f4f: reading %s: its format is %q, this version reads %q", path, plan.Format, flowFormat)
	}
	s.Name, s.Kind, s.Fingerprint = spec.Name, spec.Kind, plan.Fingerprint
	var indented bytes.Buffer
	if err := json.Indent(&indented, plan.Spec, "", "  "); err == nil {
		s.Plan = indented.String()
	}
	return s.readRun(path, texts)
}

// readCheckpoint takes what the head of a checkpoint says.
func (s *Stored) readCheckpoint(path string) error {
	texts, err := safetensors.ReadTexts(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // the training has just ended
	case err != nil:
		return fmt.Errorf("f4f: %w", err)
	case s.Flow:
		return nil // what counts is in the flow's file
	}
	return s.readRun(path, texts)
}

// readRun takes how a training went.
func (s *Stored) readRun(path string, texts map[string]string) error {
	run, err := fit.ParseState(texts[runText])
	if err != nil {
		return fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	s.Seconds, s.Step, s.Steps, s.Epochs = run.Seconds, run.Step, run.Steps, len(run.Epochs)
	if s.Epochs > 0 {
		last := run.Epochs[s.Epochs-1]
		s.Loss, s.Validation = last.Loss, last.Validation
	}
	return nil
}

// Check reads the plan's files whole, and errs where one is damaged: with an error that wraps
// ErrCorrupt.
func (s Stored) Check() error {
	var errs []error
	e := entry{s.Folder}
	for _, path := range []string{e.flow(), e.checkpoint()} {
		if _, _, err := safetensors.Read(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("f4f: %w", err))
		}
	}
	return errors.Join(errs...)
}

// State is how the plan is doing, in a word or a few: "trained", "60% trained", "damaged".
func (s Stored) State() string {
	var state string
	switch {
	case s.Err != nil && errors.Is(s.Err, ErrCorrupt):
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
