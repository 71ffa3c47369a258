package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/flowsforflows/flows/f4f/backend"
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

// Environment is an installed environment for notebooks.
type Environment struct {
	Root   string // this module's folder
	Plugin string // file of XLA's plugin, empty if there is none
	Note   string // message for the user, for example that XLA is missing and why, or empty

	venv    string // folder of the virtual environment
	kernels string // folder for JUPYTER_PATH
	files   string // folder for the files that Jupyter writes
}

// Prepare runs the steps that haven't been done yet and returns the environment.
func Prepare(ctx context.Context, o Options) (*Environment, error) {
	o, err := o.located(ctx)
	if err != nil {
		return nil, err
	}
	env := &Environment{Root: o.Root, files: filepath.Join(o.Cache, filesFolder)}
	if env.venv, err = jupyter(ctx, o); err != nil {
		return nil, err
	}
	if env.kernels, err = gonb(ctx, o); err != nil {
		return nil, err
	}
	if env.Plugin, env.Note, err = xla(ctx, o); err != nil {
		return nil, err
	}
	return env, nil
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

// xla is the third step. A missing XLA is not an error: notebooks run without it, and the note says
// why it is missing.
func xla(ctx context.Context, o Options) (plugin, note string, err error) {
	s := o.begin("XLA")
	worked := false
	ctx = backend.WithProgress(ctx, func(p backend.Progress) {
		worked = true
		s.tell(Event{Text: p.Text, Done: p.Done, Total: p.Total})
	})
	plugin, err = backend.Install(ctx)
	switch {
	case err == nil:
		s.end(plugin, !worked)
		return plugin, "", nil
	case ctx.Err() != nil:
		return "", "", fmt.Errorf("setup: %w", ctx.Err())
	}
	s.end("not available; notebooks use the slower Go backend", false)
	return "", fmt.Sprintf("Notebooks will compute with GoMLX's Go backend, about ten times slower than XLA: %v. Fix that and "+
		"run the setup again to get XLA.", err), nil
}
