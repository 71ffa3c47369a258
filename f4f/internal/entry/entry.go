// Package entry manages what a plan's training leaves on disk: a folder in the store with the
// trained flow, the checkpoint of a training in progress, the last good epoch, files set aside, and
// a lock.
package entry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// StoreEnv is the name of the environment variable that sets the store's folder for plans that
// name none.
const StoreEnv = "F4F_STORE"

// StoreFolder returns the store's folder for plans that name none: the value of F4F_STORE, or else
// a folder in the user's cache. It returns an error if F4F_STORE is unset and the user has no cache
// folder.
func StoreFolder() (string, error) {
	if folder := os.Getenv(StoreEnv); folder != "" {
		return folder, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("f4f: there is no folder for the store: %w; name one with Store or %s", err, StoreEnv)
	}
	return filepath.Join(cache, "flowsforflows", "store"), nil
}

// Folder returns the absolute path of a store's folder, which is StoreFolder's if store is "".
func Folder(store string) (string, error) {
	if store == "" {
		var err error
		if store, err = StoreFolder(); err != nil {
			return "", err
		}
	}
	folder, err := filepath.Abs(store)
	if err != nil {
		return "", fmt.Errorf("f4f: the folder of the store isn't known: %w; name an absolute one with Store or %s", err, StoreEnv)
	}
	return folder, nil
}

// Entry is the place of one plan in the store.
type Entry struct {
	Folder string // named after the flow and its plan's fingerprint
}

// name matches the names of plans' folders: a slug and 16 digits of the fingerprint.
var name = regexp.MustCompile(`^(.*)-([0-9a-f]{16})$`)

// Of returns the entry of a plan in a store, which is StoreFolder's if store is "". The entry need
// not exist.
func Of(store, flow, fingerprint string) (Entry, error) {
	if store == "" {
		var err error
		if store, err = StoreFolder(); err != nil {
			return Entry{}, err
		}
	}
	return Entry{filepath.Join(store, Slug(flow)+"-"+fingerprint[:16])}, nil
}

// Open returns the entry of a plan and creates its folder if needed.
func Open(store, flow, fingerprint string) (Entry, error) {
	e, err := Of(store, flow, fingerprint)
	if err != nil {
		return Entry{}, err
	}
	if err := os.MkdirAll(e.Folder, 0o755); err != nil {
		return Entry{}, fmt.Errorf("f4f: the store can't be written: %w; name another folder with Store or %s", err, StoreEnv)
	}
	return e, nil
}

// Parts returns the flow's slug and the first 16 digits of the plan's fingerprint. ok is false if
// no plan made the folder.
func (e Entry) Parts() (slug, digits string, ok bool) {
	parts := name.FindStringSubmatch(filepath.Base(e.Folder))
	if parts == nil {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// HasFlow reports whether the file of the plan's flow exists, damaged or not.
func (e Entry) HasFlow() bool {
	_, err := os.Stat(e.Flow())
	return err == nil
}

// Slug returns a name in a form for folders: "four circles → checkerboard" becomes
// "four-circles-checkerboard".
func Slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	s := strings.Join(words, "-")
	return s[:min(len(s), 48)]
}

// Flow, Checkpoint and LastGood return the paths of the files that the entry may have.
func (e Entry) Flow() string       { return filepath.Join(e.Folder, "flow.safetensors") }
func (e Entry) Checkpoint() string { return filepath.Join(e.Folder, "checkpoint.safetensors") }
func (e Entry) LastGood() string   { return filepath.Join(e.Folder, "last-good.safetensors") }

// Clean removes files that a killed process left half written. Call it only while holding the lock.
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

// The suffixes of files that are set aside because they can't be used.
const (
	Damaged = "damaged"
	Foreign = "of-another-plan"
	unknown = "of-another-version"
)

// SetAside renames a file that can't be used, so that nothing is lost. It returns a note that says
// why and where the file is now.
func SetAside(path, suffix string, cause error) (note string, err error) {
	aside := path + "." + suffix
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("f4f: %w; and it can't be set aside: %w", cause, err)
	}
	return fmt.Sprintf("%v; it was kept as %s", cause, aside), nil
}
