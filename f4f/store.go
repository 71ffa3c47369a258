package f4f

import (
	"context"
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

// entry is the place of one plan in the store: a folder named after the flow and its plan's fingerprint.
type entry struct{ folder string }

// openEntry makes the entry of a plan in the store's folder: the one given, else the environment's, else one in the user's cache.
func openEntry(store, name, fingerprint string) (entry, error) {
	if store == "" {
		store = os.Getenv(StoreVariable)
	}
	if store == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return entry{}, fmt.Errorf("f4f: there is no folder for the store: %w; name one with Store or %s", err, StoreVariable)
		}
		store = filepath.Join(cache, "flowsforflows", "store")
	}
	e := entry{folder: filepath.Join(store, slug(name)+"-"+fingerprint[:16])}
	if err := os.MkdirAll(e.folder, 0o755); err != nil {
		return entry{}, fmt.Errorf("f4f: the store can't be written: %w; name another folder with Store or %s", err, StoreVariable)
	}
	return e, nil
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

// lock waits until no other process trains this plan, and calls wait once if one does. The lock goes with the process that holds it, however
// that ends.
func (e entry) lock(ctx context.Context, wait func()) (unlock func(), err error) {
	unlock, err = filelock.Lock(ctx, filepath.Join(e.folder, "lock"), wait)
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("f4f: %w while another process trains the same plan: %w", ErrInterrupted, context.Cause(ctx))
	}
	return nil, fmt.Errorf("f4f: the store can't be locked: %w", err)
}

// setAside keeps a damaged file under another name, so that nothing is lost, and says so.
func setAside(path string, cause error) (note string, err error) {
	aside := path + ".damaged"
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("f4f: %w; and it can't be set aside: %w", cause, err)
	}
	return fmt.Sprintf("%v; it was kept as %s", cause, aside), nil
}

// resumable is the state of an interrupted training, nil for none, and a note where it was damaged.
func (e entry) resumable() (state *fit.State, note string, err error) {
	state, _, err = fit.ReadState(e.checkpoint())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil
	case errors.Is(err, ErrCorrupt):
		note, err = setAside(e.checkpoint(), err)
		return nil, note, err
	case err != nil:
		return nil, "", fmt.Errorf("f4f: %w", err)
	}
	return state, "", nil
}
