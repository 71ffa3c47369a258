package setup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
}

// Prepare does the steps that are still to do.
func Prepare(ctx context.Context, o Options) (*Environment, error) {
	var err error
	if o.Root == "" {
		if o.Root, err = Root(ctx); err != nil {
			return nil, err
		}
	}
	if o.Cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("setup: there must be a cache folder to keep Jupyter in, and none is known (%w). Set HOME to a "+
				"folder that can be written, and run the same command again", err)
		}
		o.Cache = filepath.Join(folder, "flowsforflows")
	}
	if err := os.MkdirAll(o.Cache, 0o755); err != nil {
		return nil, fmt.Errorf("setup: the cache folder must be one that can be written: %w. Make room or set XDG_CACHE_HOME to "+
			"another folder, and run the same command again", err)
	}

	env := &Environment{Root: o.Root}
	if env.venv, err = jupyter(ctx, o); err != nil {
		return nil, err
	}
	if env.kernels, err = gonb(ctx, o); err != nil {
		return nil, err
	}
	if err := xla(ctx, o, env); err != nil {
		return nil, err
	}
	return env, nil
}

// Python is a command that runs the environment's Python, from which Jupyter and the kernel are at hand.
func (e *Environment) Python(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, venvPython(e.venv), args...)
	cmd.Env = e.environ()
	return cmd
}

// environ is this process's environment, less what would lead the virtual environment astray.
func (e *Environment) environ() []string {
	astray := []string{"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "JUPYTER_PATH"}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(astray, name)
	})
	// Jupyter looks for kernels in JUPYTER_PATH first, then, unless told otherwise, in the user's folder before ours.
	return append(env, "JUPYTER_PATH="+e.kernels, "JUPYTER_PREFER_ENV_PATH=1", "PYTHONNOUSERSITE=1")
}

// xla is the third step. To have no XLA is no error: notebooks run without it.
func xla(ctx context.Context, o Options, env *Environment) error {
	s := o.begin("XLA")
	worked := false
	ctx = backend.WithProgress(ctx, func(p backend.Progress) {
		worked = true
		s.tell(Event{Text: p.Text, Done: p.Done, Total: p.Total})
	})
	path, err := backend.Install(ctx)
	switch {
	case err == nil:
		env.Plugin = path
		s.end(path, !worked)
	case ctx.Err() != nil:
		return fmt.Errorf("setup: %w", ctx.Err())
	default:
		env.Note = fmt.Sprintf("Notebooks will compute with GoMLX's Go backend, some ten times slower than XLA: %v. Mend that and "+
			"run the setup again to get XLA.", err)
		s.end("none; the slower Go backend will do", false)
	}
	return nil
}
