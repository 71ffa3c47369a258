package rivals

import (
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/python"
)

func TestRivalsArePinned(t *testing.T) {
	for _, p := range []python.Packages{ScikitLearn(), Galaxies(), PZFlow(), Statsmodels()} {
		for line := range strings.Lines(p.Pins) {
			if !strings.Contains(line, "==") {
				t.Errorf("%s: %q must be pinned", p.Name, line)
			}
		}
	}
}
