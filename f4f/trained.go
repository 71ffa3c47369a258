package f4f

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// What the texts of a trained flow's file are called.
const (
	planText = "plan"
	runText  = "run"
)

// trained is what a Density and a Transport have in common: weights that can be run, and how they
// came about.
type trained struct {
	engine      *engine.Engine
	history     *fit.State // without tensors
	fingerprint string
	notes       []string // see flowNotes
}

// origin is what a flow's file holds besides its plan and its weights.
type origin struct {
	history     *fit.State // without tensors
	fingerprint string
	notes       flowNotes
}

// save writes weights, spec and notes to path.
func (t *trained) save(path string, spec any, notes flowNotes) error {
	weights, err := t.engine.Weights()
	if err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	return writeFlow(path, weights, spec, origin{t.history, t.fingerprint, notes})
}

// writeFlow writes a trained flow's file.
func writeFlow(path string, weights fit.Snapshot, spec any, from origin) error {
	plan, err := json.Marshal(struct {
		Format      string `json:"format"`
		Fingerprint string `json:"fingerprint"`
		Spec        any    `json:"spec"`
	}{flowFormat, from.fingerprint, spec})
	if err != nil {
		return fmt.Errorf("f4f: writing %s: %w", path, err)
	}
	texts := map[string]string{planText: string(plan)}
	notes, err := from.notes.text()
	if err != nil {
		return fmt.Errorf("f4f: writing %s: %w", path, err)
	}
	if notes != "" {
		texts[notesText] = notes
	}
	own := *from.history
	own.Weights, own.Best = flowWeights(weights), nil
	if err := fit.WriteState(path, &own, texts); err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	return nil
}

// flowFormat tells our files from other safetensors files, and their versions apart.
const flowFormat = "flowsforflows/2"

// readFlow reads a trained flow's file into its spec.
func readFlow(path string, spec any) (weights fit.Snapshot, from origin, err error) {
	history, texts, err := fit.ReadState(path)
	if err != nil {
		return nil, origin{}, fmt.Errorf("f4f: %w", err)
	}
	var plan struct {
		Format      string          `json:"format"`
		Fingerprint string          `json:"fingerprint"`
		Spec        json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal([]byte(texts[planText]), &plan); err != nil {
		return nil, origin{}, fmt.Errorf("f4f: reading %s: %w: it holds no plan: %v", path, fit.ErrCorrupt, err)
	}
	if plan.Format != flowFormat {
		return nil, origin{}, fmt.Errorf("f4f: reading %s: its format is %q, this version reads %q", path, plan.Format, flowFormat)
	}
	if err := json.Unmarshal(plan.Spec, spec); err != nil {
		return nil, origin{}, fmt.Errorf("f4f: reading %s: %w: its plan can't be read: %v", path, fit.ErrCorrupt, err)
	}
	notes, err := readNotes(texts[notesText])
	if err != nil {
		return nil, origin{}, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	weights = flowWeights(history.Weights)
	history.Weights = nil
	return weights, origin{history, plan.Fingerprint, notes}, nil
}

// flowWeights leaves out the optimiser's and the generator's state.
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

// rescoped is the weights under one scope, moved to another.
func rescoped(weights fit.Snapshot, from, to string) fit.Snapshot {
	moved := fit.Snapshot{}
	for path, value := range weights {
		if rest, ok := strings.CutPrefix(path, "/"+from+"/"); ok {
			moved["/"+to+"/"+rest] = value
		}
	}
	return moved
}

// merged is the values of all; the last has its way.
func merged(all ...fit.Snapshot) fit.Snapshot {
	one := fit.Snapshot{}
	for _, values := range all {
		maps.Copy(one, values)
	}
	return one
}
