package cluster

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
)

// record is what the last attempt at a task has written of itself.
type record struct {
	State State    `json:"state"`
	What  string   `json:"what,omitempty"` // the error, or what it does besides training the flow itself
	Notes []string `json:"notes,omitempty"`
	Step  int      `json:"step"`
	Steps int      `json:"steps"`
	Rate  float64  `json:"rate"`           // steps per second
	Loss  *float64 `json:"loss,omitempty"` // nats per point
	// LossesAreBounds says that the loss is an upper bound of −log P.
	LossesAreBounds bool      `json:"lossesAreBounds,omitempty"`
	Host            string    `json:"host"`
	CPU             string    `json:"cpu"`
	At              time.Time `json:"at"` // when it was written

	Job     string `json:"job,omitempty"`     // of Slurm
	Restart int    `json:"restart,omitempty"` // how often Slurm has requeued it
	Reached int    `json:"reached"`           // the steps on disk when the attempt began
	Stalled int    `json:"stalled,omitempty"` // attempts in a row of which nothing was left on disk
}

func recordFile(folder string, index int) string {
	return filepath.Join(statesFolder(folder), strconv.Itoa(index)+".json")
}

// write writes the record of a task. It is not synced: it tells of progress, and what matters is in
// the store.
func (r record) write(folder string, index int) error {
	r.At = time.Now()
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	path := recordFile(folder, index)
	aside := path + "." + strconv.Itoa(os.Getpid())
	if err := os.WriteFile(aside, text, 0o644); err != nil {
		return err
	}
	return os.Rename(aside, path)
}

// readRecord returns the record of a task. ok is false if there is none that can be read.
func readRecord(folder string, index int) (r record, ok bool) {
	err := readJSON(recordFile(folder, index), &r)
	return r, err == nil
}

// stepsOnDisk returns the number of steps that the store keeps of some flows, in flows or in
// checkpoints.
func stepsOnDisk(flows []f4f.Task) (steps int) {
	for _, flow := range flows {
		e, err := entry.Of(flow.Store, flow.Name, flow.Fingerprint)
		if err != nil {
			continue
		}
		for _, path := range []string{e.Flow(), e.Checkpoint()} {
			if run, err := flowfile.ReadRun(path); err == nil && run != nil {
				steps += run.Step
				break
			}
		}
	}
	return steps
}
