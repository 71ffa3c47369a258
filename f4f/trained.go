package f4f

import (
	"fmt"
	"maps"
	"strings"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
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
	return flowfile.Write(path, flowWeights(weights), spec, flowfile.Origin{History: t.history, Fingerprint: t.fingerprint, Notes: notes})
}

// flowWeights returns the weights of flows, without the state of the optimiser and the random
// generator.
func flowWeights(all fit.Snapshot) fit.Snapshot {
	own := fit.Snapshot{}
	for path, value := range all {
		for _, scope := range []string{flowScope, leftScope, rightScope} {
			if strings.HasPrefix(path, "/"+scope+"/") {
				own[path] = value
			}
		}
	}
	return own
}

// rescoped returns the weights under one scope, moved to another.
func rescoped(weights fit.Snapshot, from, to string) fit.Snapshot {
	moved := fit.Snapshot{}
	for path, value := range weights {
		if rest, ok := strings.CutPrefix(path, "/"+from+"/"); ok {
			moved["/"+to+"/"+rest] = value
		}
	}
	return moved
}

// merged returns the values of all snapshots. If they share a path, the last one counts.
func merged(all ...fit.Snapshot) fit.Snapshot {
	one := fit.Snapshot{}
	for _, values := range all {
		maps.Copy(one, values)
	}
	return one
}
