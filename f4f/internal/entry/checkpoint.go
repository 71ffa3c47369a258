package entry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/flowsforflows/flows/f4f/fit"
)

// ownerText is the name of the text in a checkpoint's file that says which plan it belongs to.
const ownerText = "checkpoint"

// checkpointFormat identifies this version of the format of checkpoints.
const checkpointFormat = "flowsforflows-checkpoint/2"

// checkpointOwner says which plan a checkpoint belongs to.
type checkpointOwner struct {
	Format      string `json:"format"`
	Fingerprint string `json:"fingerprint"` // of the plan
}

// WriteCheckpoint saves the state of the training of the plan with that fingerprint.
func (e Entry) WriteCheckpoint(s *fit.State, fingerprint string) error {
	owner, err := json.Marshal(checkpointOwner{checkpointFormat, fingerprint})
	if err != nil {
		return err
	}
	return fit.WriteState(e.Checkpoint(), s, map[string]string{ownerText: string(owner)})
}

// Resumable returns the state of an interrupted training of the plan with that fingerprint, or nil
// if there is none. A checkpoint that can't be used is set aside, and note says so.
func (e Entry) Resumable(fingerprint string) (state *fit.State, note string, err error) {
	path := e.Checkpoint()
	state, texts, err := fit.ReadState(path)
	var owner checkpointOwner
	if err == nil && json.Unmarshal([]byte(texts[ownerText]), &owner) != nil {
		owner.Format = "" // as for a file without this text
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil
	case errors.Is(err, fit.ErrCorrupt):
		note, err = SetAside(path, Damaged, err)
		return nil, note, err
	case err != nil:
		return nil, "", fmt.Errorf("f4f: %w", err)
	case owner.Format != checkpointFormat:
		note, err = SetAside(path, unknown, fmt.Errorf("f4f: %s has the format %q, this version goes on from %q", path, owner.Format, checkpointFormat))
		return nil, note, err
	case owner.Fingerprint != fingerprint:
		note, err = SetAside(path, Foreign, fmt.Errorf("f4f: %s is of another plan, %.16s", path, owner.Fingerprint))
		return nil, note, err
	}
	return state, "", nil
}
