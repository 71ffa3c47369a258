// Package entry keeps what a plan's training leaves on disk: a folder in the store with the trained
// flow, the checkpoint of a training under way, the last good epoch, files set aside, and a lock.
package entry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// StoreVariable is the environment variable that names the store's folder where a plan names none.
const StoreVariable = "F4F_STORE"

// StoreFolder returns the store's folder where a plan names none: that of F4F_STORE, else one in the
// user's cache.
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

// Entry is the place of one plan in the store.
type Entry struct {
	Folder string // named after the flow and its plan's fingerprint
}

// name is how folders of plans are called: a slug and 16 digits of the fingerprint.
var name = regexp.MustCompile(`^(.*)-([0-9a-f]{16})$`)

// Of returns the entry of a plan in a store's folder, StoreFolder's where that is "". It need not be
// there.
func Of(store, flow, fingerprint string) (Entry, error) {
	if store == "" {
		var err error
		if store, err = StoreFolder(); err != nil {
			return Entry{}, err
		}
	}
	return Entry{filepath.Join(store, Slug(flow)+"-"+fingerprint[:16])}, nil
}

// Open makes the entry of a plan.
func Open(store, flow, fingerprint string) (Entry, error) {
	e, err := Of(store, flow, fingerprint)
	if err != nil {
		return Entry{}, err
	}
	if err := os.MkdirAll(e.Folder, 0o755); err != nil {
		return Entry{}, fmt.Errorf("f4f: the store can't be written: %w; name another folder with Store or %s", err, StoreVariable)
	}
	return e, nil
}

// Parts returns the flow's slug and the first 16 digits of the plan's fingerprint; ok is false of a
// folder that no plan made.
func (e Entry) Parts() (slug, digits string, ok bool) {
	parts := name.FindStringSubmatch(filepath.Base(e.Folder))
	if parts == nil {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// HasFlow reports whether there is a file of the plan's flow, sound or not.
func (e Entry) HasFlow() bool {
	_, err := os.Stat(e.Flow())
	return err == nil
}

// Slug is a name as a folder's: "four circles → checkerboard" becomes "four-circles-checkerboard".
func Slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	s := strings.Join(words, "-")
	return s[:min(len(s), 48)]
}

// Flow, Checkpoint and LastGood are the paths of the files that the entry may have.
func (e Entry) Flow() string       { return filepath.Join(e.Folder, "flow.safetensors") }
func (e Entry) Checkpoint() string { return filepath.Join(e.Folder, "checkpoint.safetensors") }
func (e Entry) LastGood() string   { return filepath.Join(e.Folder, "last-good.safetensors") }

// Clean removes what was being written when a process was killed. It is for who has the lock.
func (e Entry) Clean() error {
	left, err := filepath.Glob(filepath.Join(e.Folder, ".*.safetensors.*"))
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
	Damaged = "damaged"
	Foreign = "of-another-plan"
	unknown = "of-another-version"
)

// SetAside keeps a file that can't be used under another name, so that nothing is lost, and says so.
func SetAside(path, suffix string, cause error) (note string, err error) {
	aside := path + "." + suffix
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("f4f: %w; and it can't be set aside: %w", cause, err)
	}
	return fmt.Sprintf("%v; it was kept as %s", cause, aside), nil
}
