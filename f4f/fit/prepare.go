package fit

import (
	"fmt"

	"github.com/gomlx/compute"
)

// Prepare compiles what Run of a problem begins with, and how it scores, ahead of it: while something
// else trains, say. Of the problem's data and weights the shapes alone matter. The Run to come finds
// it by the name that both problems have in Alike, and as both are in one process and on one backend;
// Prepare of a problem without that name does nothing.
func Prepare(backend compute.Backend, p Problem, r Recipe) error {
	key := p.graphs(r)
	if key == "" || onShelf(backend, key) {
		return nil
	}
	if err := p.validate(r); err != nil {
		return err
	}
	if err := r.validateDevices(backend); err != nil {
		return err
	}
	t, err := newTraining(backend, p, r, nil, Hooks{})
	if err != nil {
		return err
	}
	if err = t.makeRoom(); err == nil {
		err = t.programs[t.problem.phase(0)].compile(t.problem.windowShape(r))
	}
	if err == nil && t.scorer != nil {
		err = t.scorer.compile(t.problem.Validation)
		t.compilations.validated = err == nil
	}
	if err != nil {
		t.close()
		return fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	if !t.shelve() {
		t.close()
	}
	return nil
}
