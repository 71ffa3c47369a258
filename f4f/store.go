package f4f

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/fit"
)

// StoreVariable is the environment variable that names the folder of the store where a plan names none.
const StoreVariable = "F4F_STORE"

// entry is the place of one plan in the store: a folder named after the flow and its plan's
// fingerprint.
type entry struct{ folder string }

// entryOf is the entry of a plan in the store's folder: the one given, else the environment's, else
// one in the user's cache. It need not be there.
func entryOf(store, name, fingerprint string) (entry, error) {
	if store == "" {
		var err error
		if store, err = StoreFolder(); err != nil {
			return entry{}, err
		}
	}
	return entry{folder: filepath.Join(store, slug(name)+"-"+fingerprint[:16])}, nil
}

// openEntry makes the entry of a plan.
func openEntry(store, name, fingerprint string) (entry, error) {
	e, err := entryOf(store, name, fingerprint)
	if err != nil {
		return entry{}, err
	}
	if err := os.MkdirAll(e.folder, 0o755); err != nil {
		return entry{}, fmt.Errorf("f4f: the store can't be written: %w; name another folder with Store or %s", err, StoreVariable)
	}
	return e, nil
}

// stored tells whether the store has a file of the plan's flow, sound or not.
func (s settings) stored(name, print string) bool {
	e, err := entryOf(s.store, name, print)
	if err != nil {
		return false
	}
	_, err = os.Stat(e.flow())
	return err == nil
}

// slug is a name as a folder's: "four circles → checkerboard" becomes "four-circles-checkerboard".
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	s := strings.Join(words, "-")
	return s[:min(len(s), 48)]
}

func (e entry) flow() string       { return filepath.Join(e.folder, "flow.safetensors") }
func (e entry) checkpoint() string { return filepath.Join(e.folder, "checkpoint.safetensors") }
func (e entry) lastGood() string   { return filepath.Join(e.folder, "last-good.safetensors") }

// lock waits until no other process, here or on another machine, trains this plan, and calls wait
// once if one does, with who. The lock goes with the process that holds it, however that ends.
func (e entry) lock(ctx context.Context, wait func(holder string)) (unlock func(), err error) {
	unlock, err = filelock.Lock(ctx, filepath.Join(e.folder, lockName), wait)
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("f4f: %w while another process trains the same plan: %w", ErrInterrupted, context.Cause(ctx))
	}
	return nil, fmt.Errorf("f4f: the store can't be locked: %w", err)
}

// clean removes what was being written when a process was killed. It is for who has the lock.
func (e entry) clean() error {
	left, err := filepath.Glob(filepath.Join(e.folder, ".*.safetensors.*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return fmt.Errorf("f4f: the store can't be written: %w", err)
	}
	return nil
}

// What files that can't be used are set aside as.
const (
	damaged = "damaged"
	foreign = "of-another-plan"
	unknown = "of-another-version"
)

// setAside keeps a file that can't be used under another name, so that nothing is lost, and says so.
func setAside(path, suffix string, cause error) (note string, err error) {
	aside := path + "." + suffix
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("f4f: %w; and it can't be set aside: %w", cause, err)
	}
	return fmt.Sprintf("%v; it was kept as %s", cause, aside), nil
}

// ownerText is what the text of a checkpoint's file is called that says whose it is.
const ownerText = "checkpoint"

// checkpointFormat tells versions of checkpoints apart.
const checkpointFormat = "flowsforflows-checkpoint/2"

// checkpointOwner is whose a checkpoint is.
type checkpointOwner struct {
	Format      string `json:"format"`
	Fingerprint string `json:"fingerprint"` // of the plan
}

// writeCheckpoint keeps how far the training of a plan has come.
func (e entry) writeCheckpoint(s *fit.State, fingerprint string) error {
	owner, err := json.Marshal(checkpointOwner{checkpointFormat, fingerprint})
	if err != nil {
		return err
	}
	return fit.WriteState(e.checkpoint(), s, map[string]string{ownerText: string(owner)})
}

// resumable is the state of an interrupted training of a plan, nil for none, and a note where there
// was one that can't be used.
func (e entry) resumable(fingerprint string) (state *fit.State, note string, err error) {
	path := e.checkpoint()
	state, texts, err := fit.ReadState(path)
	var owner checkpointOwner
	if err == nil && json.Unmarshal([]byte(texts[ownerText]), &owner) != nil {
		owner.Format = "" // as of a file that says nothing
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil
	case errors.Is(err, ErrCorrupt):
		note, err = setAside(path, damaged, err)
		return nil, note, err
	case err != nil:
		return nil, "", fmt.Errorf("f4f: %w", err)
	case owner.Format != checkpointFormat:
		note, err = setAside(path, unknown, fmt.Errorf("f4f: %s has the format %q, this version goes on from %q", path, owner.Format, checkpointFormat))
		return nil, note, err
	case owner.Fingerprint != fingerprint:
		note, err = setAside(path, foreign, fmt.Errorf("f4f: %s is of another plan, %.16s", path, owner.Fingerprint))
		return nil, note, err
	}
	return state, "", nil
}
