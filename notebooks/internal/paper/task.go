package paper

import (
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
)

// peerProgram trains a flow for flow with the authors' own code. Its result is read as one of our
// transports, so that both are measured by the same code. penaltyProgram does so with a penalty, by
// means of peerProgram. It is a program of its own since a change of peerProgram would be a change
// of all that has been trained by it.
var (
	//go:embed flows4flows.py
	peerProgram []byte
	//go:embed flows4flows_penalty.py
	penaltyProgram []byte
)

// task is a program's input, as documented in the programs.
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
	Penalty         float64 `json:"penalty,omitempty"`
	PenaltyOnly     bool    `json:"penaltyOnly,omitempty"`
}

// task returns a case's task: the paper's architecture and recipe at the budget, whether or not our
// own flows use the fast recipe. Bases and transports are trained on the same points.
func (r recipes) task(c Case) task {
	paper := recipes{budget: r.budget}
	base, flow := paper.of(baseEpochs), paper.of(transportEpochs)
	points := min(base.Samples, flow.Samples)
	t := task{
		Left: c.Left, Right: c.Right, Points: points, Layers: 4, Hidden: 128, Blocks: 2, Bins: 8, Bound: 4,
		Batch: base.Batch, Rate: base.LearningRate, Clip: base.ClipNorm, Seed: c.Seed,
		BaseEpochs: base.Epochs * base.Samples / points, TransportEpochs: flow.Epochs * flow.Samples / points,
	}
	if own := c.beside(); own == withPenalty || own == penaltyOnly {
		t.Penalty, t.PenaltyOnly = 1, own == penaltyOnly
	}
	return t
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
	text := fmt.Sprintf("%x %s", sha256.Sum256(peerProgram), t)
	if t.Penalty > 0 {
		text += fmt.Sprintf(" %x", sha256.Sum256(penaltyProgram))
	}
	return shortHash(text)
}

// base returns the fingerprint of the base of one side, which is the same for all tasks that have it
// there: the other side and the penalty don't matter to it.
func (t task) base(left bool) string {
	if left {
		t.Right = ""
	} else {
		t.Left = ""
	}
	t.Folder, t.TransportEpochs, t.Penalty, t.PenaltyOnly = "", 0, 0, false
	return t.fingerprint()
}

// steps returns the training steps of the two bases, and of the flow between them.
func (t task) steps() (bases, flow int) {
	perEpoch := t.Points / t.Batch
	return 2 * t.BaseEpochs * perEpoch, t.TransportEpochs * perEpoch
}
