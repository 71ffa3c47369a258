package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/flowsforflows/flows/f4f/backend"
)

// Options say where things go. The zero value is what a user wants.
type Options struct {
	Root     string      // this module's folder; found from the working directory if empty
	Cache    string      // where everything is kept; flowsforflows in the user's cache folder if empty
	Progress func(Event) // hears what goes on; may be nil
}

// Event tells how far the setup has come.
type Event struct {
	Step        string        // "Jupyter", "GoNB" or "XLA"
	Text        string        // what goes on, or, at the end, what came of it
	Done, Total int64         // bytes of a download; 0 where nothing is counted
	Finished    bool          // the step is done
	Found       bool          // it was done before, and nothing was to do
	Took        time.Duration // of a finished step
}

// Environment is where notebooks run.
type Environment struct {
	Root   string // this module's folder
	Plugin string // the file of XLA's plugin, empty if there is none
	Note   string // what a person should know, for instance that XLA is missing and why; else empty

	venv    string // the virtual environment
	kernels string // a folder for JUPYTER_PATH
	files   string // a folder for what Jupyter writes while it runs
}

// Prepare does the steps that are still to do.
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

// located are the options with the folders that the user left open, and the cache folder made.
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
		return o, fmt.Errorf("setup: the cache folder must be one that can be written: %w. Make room or set XDG_CACHE_HOME to "+
			"another folder, and run the same command again", err)
	}
	return o, nil
}

// cache is where everything is kept.
func (o Options) cache() (string, error) {
	if o.Cache != "" {
		return o.Cache, nil
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("setup: there must be a cache folder to keep Jupyter in, and none is known (%w). Set HOME to a "+
			"folder that can be written, and run the same command again", err)
	}
	return filepath.Join(folder, "flowsforflows"), nil
}

// xla is the third step. To have no XLA is no error: notebooks run without it, and the note says why.
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
	s.end("none; the slower Go backend will do", false)
	return "", fmt.Sprintf("Notebooks will compute with GoMLX's Go backend, some ten times slower than XLA: %v. Mend that and "+
		"run the setup again to get XLA.", err), nil
}
