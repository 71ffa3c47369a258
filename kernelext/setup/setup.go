package setup

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/flowsforflows/flows/f4f/backend"
)

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
