package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Options are the locations of a set-up. The zero value uses the defaults.
type Options struct {
	Root     string      // this module's folder; if empty, found from the working directory
	Cache    string      // folder of everything that is installed; if empty, flowsforflows in the user's cache folder
	Progress func(Event) // receives progress; may be nil
}

// Event reports the progress of a set-up.
type Event struct {
	Step        string        // "Jupyter", "GoNB" or "XLA"
	Text        string        // what is being done or, at the end, the result
	Done, Total int64         // bytes of a download; 0 if there is none
	Finished    bool          // whether the step is done
	Found       bool          // whether the step had been done before
	Took        time.Duration // duration of a finished step
}

// located returns the options with the default folders filled in. It creates the cache folder.
func (o Options) located(ctx context.Context) (Options, error) {
	var err error
	if o.Root == "" {
		if o.Root, err = Root(ctx); err != nil {
			return o, err
		}
	}
	if o.Cache, err = o.cache(); err != nil {
		return o, err
	}
	if err := os.MkdirAll(o.Cache, 0o755); err != nil {
		return o, fmt.Errorf("setup: the cache folder must be writable: %w. Free some space or set XDG_CACHE_HOME to "+
			"another folder, and run the same command again", err)
	}
	return o, nil
}

// cache returns the cache folder.
func (o Options) cache() (string, error) {
	if o.Cache != "" {
		return o.Cache, nil
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("setup: there must be a cache folder for Jupyter, and none is known (%w). Set HOME to a "+
			"writable folder, and run the same command again", err)
	}
	return filepath.Join(folder, "flowsforflows"), nil
}
