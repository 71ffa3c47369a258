package programs

import (
	"fmt"
	"os"
	"path/filepath"
)

// Env is the name of the environment variable that sets the folder of compiled programs. The value
// "off" keeps none.
const Env = "F4F_PROGRAMS"

// DefaultPath returns the path of the folder where compiled programs are kept: the one that
// F4F_PROGRAMS names, or else one in the user's cache folder. It returns "" if F4F_PROGRAMS is
// "off", and an error if the user has no cache folder.
func DefaultPath() (string, error) {
	switch path := os.Getenv(Env); path {
	case "off":
		return "", nil
	case "":
		folder, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("backend: there is no cache folder to keep compiled programs in: %w; set HOME, or %s to a folder or to off",
				err, Env)
		}
		return filepath.Join(folder, "flowsforflows", "programs"), nil
	default:
		path, err := filepath.Abs(path)
		if err != nil {
			return "", fmt.Errorf("backend: %s: %w", Env, err)
		}
		return path, nil
	}
}

// FindDefault opens the folder of DefaultPath for inspection. It returns nil if F4F_PROGRAMS is
// "off". The error wraps fs.ErrNotExist if no program was kept yet.
func FindDefault() (*Folder, error) {
	path, err := DefaultPath()
	if path == "" || err != nil {
		return nil, err
	}
	return Find(path, MaxBytes)
}

// OpenDefault opens the folder of DefaultPath for writing. It returns nil if F4F_PROGRAMS is "off".
func OpenDefault() (*Folder, error) {
	path, err := DefaultPath()
	if path == "" || err != nil {
		return nil, err
	}
	return Open(path, MaxBytes)
}
