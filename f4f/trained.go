package f4f

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// trained is what a Density and a Transport have in common: weights that can be run, and their
// history.
type trained struct {
	engine      *engine.Engine
	history     *fit.State // without tensors
	fingerprint string
	notes       []string // see Density.Notes
}

// save writes weights, spec and notes to path.
func (t *trained) save(path string, spec any, notes flowfile.Notes) error {
	weights, err := t.engine.Weights()
	if err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	return flowfile.Write(path, specs.FlowWeights(weights), spec, flowfile.Origin{History: t.history, Fingerprint: t.fingerprint, Notes: notes})
}
