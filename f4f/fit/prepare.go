package fit

import (
	"fmt"

	"github.com/gomlx/compute"
)

// Prepare compiles what Run of a problem begins with ahead of it: while something else trains, say.
// The score is left to the Run, whose first step doesn't wait for it. Of the problem's data and
// weights the shapes alone matter. The Run to come finds what was compiled by the name that both
// problems have in Alike, in one process and on one backend; Prepare of a problem without that name
// does nothing.
func Prepare(backend compute.Backend, p Problem, r Recipe) error {
	key := p.graphs(r)
	if key == "" || onShelf(backend, key) {
		return nil
	}
	if err := p.validateOn(backend, r); err != nil {
		return err
	}
	t, err := newTraining(backend, p, r, nil, Hooks{})
	if err != nil {
		return err
	}
	if err := t.programs[t.problem.phase(0)].compile(t.problem.windowShape(r)); err != nil {
		t.close()
		return fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	if !t.shelve() {
		t.close()
	}
	return nil
}
