// Package flowfile reads and writes the file of a trained flow. It is a safetensors file whose
// tensors are the weights, and whose texts hold the plan, the history of the training, and the
// notes.
package flowfile

import (
	"encoding/json"
	"fmt"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Format distinguishes our files from other safetensors files, and their versions from each other.
const Format = "flowsforflows/2"

// The names of the texts in the file.
const (
	PlanText  = "plan"
	RunText   = "run"
	NotesText = "notes" // files without notes lack it
)

// Origin is what a flow's file holds besides the flow's specification and its weights.
type Origin struct {
	History     *fit.State // how the training went, without tensors
	Fingerprint string     // of the plan
	Notes       Notes
}

// plan is the JSON form of the plan in a file.
type plan struct {
	Format      string          `json:"format"`
	Fingerprint string          `json:"fingerprint"`
	Spec        json.RawMessage `json:"spec"`
}

// readPlan returns the plan in the texts of the file at path. It returns an error if its format is
// of another version.
func readPlan(path string, texts map[string]string) (p plan, err error) {
	if err := json.Unmarshal([]byte(texts[PlanText]), &p); err != nil {
		return p, fmt.Errorf("f4f: reading %s: %w: it holds no plan: %v", path, fit.ErrCorrupt, err)
	}
	if p.Format != Format {
		return p, fmt.Errorf("f4f: reading %s: its format is %q, this version reads %q", path, p.Format, Format)
	}
	return p, nil
}

// Write writes a flow's file. spec is the specification of its plan, in a form that marshals to
// JSON.
func Write(path string, weights fit.Snapshot, spec any, from Origin) error {
	wrong := func(err error) error { return fmt.Errorf("f4f: writing %s: %w", path, err) }
	text, err := json.Marshal(spec)
	if err != nil {
		return wrong(err)
	}
	described, err := json.Marshal(plan{Format, from.Fingerprint, text})
	if err != nil {
		return wrong(err)
	}
	texts := map[string]string{PlanText: string(described)}
	notes, err := from.Notes.text()
	if err != nil {
		return wrong(err)
	}
	if notes != "" {
		texts[NotesText] = notes
	}
	own := *from.History
	own.Weights, own.Best, own.Kept = weights, nil, nil
	if err := fit.WriteState(path, &own, texts); err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	return nil
}

// Read reads a flow's file and unmarshals the specification of its plan into spec. The error wraps
// fit.ErrCorrupt if the file is damaged.
func Read(path string, spec any) (weights fit.Snapshot, from Origin, err error) {
	history, texts, err := fit.ReadState(path)
	if err != nil {
		return nil, Origin{}, fmt.Errorf("f4f: %w", err)
	}
	p, err := readPlan(path, texts)
	if err != nil {
		return nil, Origin{}, err
	}
	if err := json.Unmarshal(p.Spec, spec); err != nil {
		return nil, Origin{}, fmt.Errorf("f4f: reading %s: %w: its plan can't be read: %v", path, fit.ErrCorrupt, err)
	}
	notes, err := readNotes(texts[NotesText])
	if err != nil {
		return nil, Origin{}, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	weights = history.Weights
	history.Weights = nil
	return weights, Origin{history, p.Fingerprint, notes}, nil
}

// Head is what a flow's file says without its tensors.
type Head struct {
	Name, Kind  string          // of the flow
	Fingerprint string          // of the plan
	Spec        json.RawMessage // what the plan says
	Run         *fit.State      // how the training went, without tensors
}

// ReadHead reads the head of a flow's file. If only the training's part can't be read, it returns
// the rest along with the error.
func ReadHead(path string) (Head, error) {
	texts, err := safetensors.ReadTexts(path)
	if err != nil {
		return Head{}, fmt.Errorf("f4f: %w", err)
	}
	p, err := readPlan(path, texts)
	if err != nil {
		return Head{}, err
	}
	var spec struct{ Kind, Name string }
	if err := json.Unmarshal(p.Spec, &spec); err != nil {
		return Head{}, fmt.Errorf("f4f: reading %s: %w: it holds no plan: %v", path, fit.ErrCorrupt, err)
	}
	run, err := readRun(path, texts)
	return Head{spec.Name, spec.Kind, p.Fingerprint, p.Spec, run}, err
}

// ReadRun reads the state of a training, without tensors, from the head of its checkpoint.
func ReadRun(path string) (*fit.State, error) {
	texts, err := safetensors.ReadTexts(path)
	if err != nil {
		return nil, fmt.Errorf("f4f: %w", err)
	}
	return readRun(path, texts)
}

// readRun parses the state of a training from the texts of the file at path.
func readRun(path string, texts map[string]string) (*fit.State, error) {
	run, err := fit.ParseState(texts[RunText])
	if err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return run, nil
}
