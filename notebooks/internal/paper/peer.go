package paper

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/store"
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

// byPeer returns the transport that flows4flows trains for a case, or has trained before, and the
// seconds of its training without that of its bases.
func (l *lab) byPeer(ctx context.Context, c Case) (*f4f.Transport, float64, error) {
	t := l.task(c)
	folder := l.store
	if folder == "" {
		var err error
		if folder, err = store.Folder(); err != nil {
			return nil, 0, err
		}
	}
	t.Folder = filepath.Join(folder, "flows4flows-"+fileName(c.subject())+"-"+t.fingerprint())
	flow, seconds := filepath.Join(t.Folder, "flow.safetensors"), filepath.Join(t.Folder, "seconds")
	if !exists(flow) || !exists(seconds) {
		if err := l.trainByPeer(ctx, t, seconds); err != nil {
			return nil, 0, fmt.Errorf("flows4flows: %w", err)
		}
	}
	text, err := os.ReadFile(seconds)
	if err != nil {
		return nil, 0, err
	}
	took, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", seconds, err)
	}
	transport, err := f4f.ImportNFlowsTransport(ctx, flow, f4f.NFlows{TailBound: t.Bound})
	return transport, took, err
}

// trainByPeer runs the program, and writes the seconds that it reports to a file.
func (l *lab) trainByPeer(ctx context.Context, t task, seconds string) error {
	if err := os.MkdirAll(t.Folder, 0o755); err != nil {
		return err
	}
	for side, set := range map[string]string{"left": t.Left, "right": t.Right} {
		seed := 2 * t.Seed
		if side == "left" {
			seed--
		}
		x, err := setOf(set).Sample(t.Points, seed)
		if err != nil {
			return err
		}
		path := filepath.Join(t.Folder, side+".npy")
		if err := data.WriteNPY(path, x); err != nil {
			return err
		}
		defer os.Remove(path)
	}
	program := filepath.Join(t.Folder, "flows4flows.py")
	if err := os.WriteFile(program, peerProgram, 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, l.python, program, t.String())
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	c := l.work.begin(kindPeer, t.fingerprint())
	defer c.end()
	if err := cmd.Start(); err != nil {
		return err
	}
	took := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var told struct {
			Flow        string
			Step, Steps int
			Seconds     json.Number
		}
		if json.Unmarshal(lines.Bytes(), &told) != nil {
			continue // output of a library
		}
		if took = told.Seconds.String(); told.Steps > 0 {
			c.event(fit.Event{Flow: "flows4flows, " + told.Flow, Step: told.Step, Steps: told.Steps})
		}
	}
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %s", err, lastLine(said.String()))
	}
	if took == "" {
		return errors.New("the program ended without saying how long it took")
	}
	return writeFile(seconds, []byte(took))
}

// lastLine returns the last line of Python's error output, which says what is wrong.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
