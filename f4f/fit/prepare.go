package fit

import (
	"fmt"

	"github.com/gomlx/compute"
)

// Prepare compiles ahead of time the program that Run of a problem starts with, for example while
// something else trains. It doesn't compile the score: the first step of Run doesn't wait for that.
// Only the shapes of the problem's data and weights matter. The later Run finds the program by
// Problem.CacheKey, which both problems must share, in the same process and on the same backend. If
// CacheKey is empty, Prepare does nothing. It returns an error if the problem or the recipe can't
// work on the backend, or if the program doesn't compile.
func Prepare(backend compute.Backend, p Problem, r Recipe) error {
	key := p.graphKey(r)
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
