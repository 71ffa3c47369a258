package paper

import (
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
)

// peerProgram trains a flow for flow with the authors' own code. Its result is read as one of our
// transports, so that both are measured by the same code.
//
//go:embed flows4flows.py
var peerProgram []byte

// task is the program's input, as documented in the program.
type task struct {
	Folder          string  `json:"folder,omitempty"`
	Left            string  `json:"left"`
	Right           string  `json:"right"`
	Points          int     `json:"points"`
	Layers          int     `json:"layers"`
	Hidden          int     `json:"hidden"`
	Blocks          int     `json:"blocks"`
	Bins            int     `json:"bins"`
	Bound           float64 `json:"bound"`
	Batch           int     `json:"batch"`
	Rate            float64 `json:"rate"`
	Clip            float64 `json:"clip"`
	Seed            uint64  `json:"seed"`
	BaseEpochs      int     `json:"baseEpochs"`
	TransportEpochs int     `json:"transportEpochs"`
}

// task returns a case's task: the paper's architecture and recipe at the budget, whether or not our
// own flows use the fast recipe.
func (r recipes) task(c Case) task {
	paper := recipes{budget: r.budget}
	base, flow := paper.of(baseEpochs), paper.of(transportEpochs)
	return task{
		Left: c.Left, Right: c.Right, Points: min(base.Samples, flow.Samples), Layers: 4, Hidden: 128, Blocks: 2, Bins: 8, Bound: 4,
		Batch: base.Batch, Rate: base.LearningRate, Clip: base.ClipNorm, Seed: c.Seed, BaseEpochs: base.Epochs, TransportEpochs: flow.Epochs,
	}
}

// String returns the task as JSON, the form that the program takes.
func (t task) String() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // can't fail for a struct of numbers and strings
	}
	return string(text)
}

// fingerprint identifies the task and the program, and so the flow that it trains.
func (t task) fingerprint() string {
	return shortHash(fmt.Sprintf("%x %s", sha256.Sum256(peerProgram), t))
}

// steps returns the training steps of the two bases, and of the flow between them.
func (t task) steps() (bases, flow int) {
	perEpoch := t.Points / t.Batch
	return 2 * t.BaseEpochs * perEpoch, t.TransportEpochs * perEpoch
}
