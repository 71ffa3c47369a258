package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// peer is a library to measure: a command that takes a case as its argument, followed by options,
// and speaks the protocol of peers/protocol.py.
type peer struct {
	name    string
	command func(c string) []string
}

// ours is the name of this project among the peers.
const ours = "flows"

// matrixProducts is the peer that does nothing but the matrix products of a base step.
const matrixProducts = "matrix products alone"

// peers returns our own peer and those that run on python with their programs in folder.
func peers(executable, python, folder string) []peer {
	program := func(name, file string, options ...string) peer {
		return peer{name, func(c string) []string { return append([]string{python, filepath.Join(folder, file), c}, options...) }}
	}
	self := func(name, role string) peer {
		return peer{name, func(c string) []string { return []string{executable, "-as", role, c} }}
	}
	return []peer{
		self(ours, "ours"),
		program("flows4flows on nflows", "on_flows4flows.py"),
		program("nflows", "on_nflows.py"),
		{"flows in ONNX Runtime", func(c string) []string {
			return []string{executable, "-as", "onnx", "-python", python, "-programs", folder, c}
		}},
		program("nflows in ONNX Runtime", "on_nflows_onnx.py"),
		program("zuko", "on_zuko.py"),
		program("normflows", "on_normflows.py"),
		program("FlowJAX fit_to_data", "on_flowjax.py"),
		program("FlowJAX in lax.scan", "on_flowjax.py", "scan"),
		program("JAX in lax.scan", "on_jax.py"),
		program("CP-Flow's arithmetic on PyTorch", "on_cpflow.py"),
		program("an argmax flow's arithmetic on nflows", "on_argmax.py"),
		self(matrixProducts, "products"),
	}
}

// answer is a message from a peer.
type answer struct {
	Missing    bool    `json:"missing,omitempty"` // the peer lacks the case
	Ready      bool    `json:"ready,omitempty"`
	Parameters int     `json:"parameters,omitempty"`
	Units      int     `json:"units,omitempty"` // units done in Seconds
	Seconds    float64 `json:"seconds,omitempty"`
	Peak       int64   `json:"peak,omitempty"` // largest memory, bytes

	// The rest is for -quality and -optimal.
	Trained    bool     `json:"trained,omitempty"` // Seconds may hold the training time, instead of the measured one
	Scored     bool     `json:"scored,omitempty"`
	Steps      int      `json:"steps,omitempty"`
	OwnSteps   int      `json:"own_steps,omitempty"` // step at which the peer's tutorial would have stopped; 0 if it wouldn't
	OwnSeconds float64  `json:"own_seconds,omitempty"`
	Notes      []string `json:"notes,omitempty"`

	// Of -optimal. Seconds are those of a processor there.
	Wall float64 `json:"wall,omitempty"` // seconds of the training by the clock
}

// unit returns the seconds that a unit took.
func (a answer) unit() float64 { return a.Seconds / float64(a.Units) }

// errMissing is the error of starting a peer that lacks the case.
var errMissing = errors.New("the peer has nothing for this case")

// running is a peer that works on one case. It has compiled its programs and waits for requests.
type running struct {
	peer       peer
	parameters int
	told       answer        // its first answer
	first      time.Duration // from the start of the process to its first answer, after its first unit
	turn       int           // units requested in a turn

	cmd     *exec.Cmd
	asks    io.WriteCloser
	answers *bufio.Scanner
	errors  *strings.Builder
}

// start starts the peer on a case, or on a task of -quality, and waits for its first answer. It
// returns errMissing if the peer lacks the case.
func (p peer) start(ctx context.Context, c any) (*running, error) {
	args, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	words := p.command(string(args))
	r := &running{peer: p, cmd: exec.CommandContext(ctx, words[0], words[1:]...), errors: &strings.Builder{}}
	r.cmd.Stderr = r.errors
	r.cmd.Env = append(os.Environ(), "PYTHONNOUSERSITE=1")
	if r.asks, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.answers = bufio.NewScanner(out)
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	a, err := r.answer()
	if err == nil && a.Missing {
		err = errMissing
	}
	if err != nil {
		_, _ = r.stop()
		return nil, err
	}
	r.first, r.parameters, r.told = time.Since(began), a.Parameters, a
	return r, nil
}

// answer waits for the peer's next answer. If the peer has stopped, the error says why.
func (r *running) answer() (a answer, err error) {
	if !r.answers.Scan() {
		err := r.cmd.Wait()
		said := strings.TrimSpace(r.errors.String())
		return a, fmt.Errorf("bench: %s stopped (%v): %s", r.peer.name, err, said[max(0, len(said)-1000):])
	}
	if err := json.Unmarshal(r.answers.Bytes(), &a); err != nil {
		return a, fmt.Errorf("bench: %s said %q: %w", r.peer.name, r.answers.Text(), err)
	}
	return a, nil
}

// scored waits for the answer of a peer that trains once, after which the peer ends. It returns an
// error unless the peer has said that it has trained, and then that it has scored.
func (r *running) scored() (answer, error) {
	a, err := r.answer()
	if err != nil {
		return a, err
	}
	if !r.told.Trained || !a.Scored {
		return a, fmt.Errorf("bench: %s must say that it has trained and then that it has scored, got %+v and %+v", r.peer.name, r.told, a)
	}
	if err := r.asks.Close(); err != nil {
		return a, err
	}
	if err := r.cmd.Wait(); err != nil {
		return a, fmt.Errorf("bench: %s: %w", r.peer.name, err)
	}
	return a, nil
}

// round requests the work of one turn and returns the answer.
func (r *running) round() (answer, error) {
	_, _ = fmt.Fprintln(r.asks, r.turn) // if the peer has stopped, answer says why
	return r.answer()
}

// calibrate sets the number of units in a turn. A turn must take at least half of the wanted
// seconds, and twice as many units must hardly reduce the time of a unit. It tries few lengths,
// because some peers compile for each, which takes long.
func (r *running) calibrate(wanted float64) error {
	const mostLonger = 8 // a turn takes at most this many times the wanted seconds
	var last answer
	for r.turn = 1; ; {
		a, err := r.round()
		if err != nil {
			return err
		}
		settled := a.Seconds >= wanted/2 && last.Units > 0 && a.unit() > 0.9*last.unit()
		if settled || a.Seconds >= mostLonger/2*wanted || a.Units <= last.Units { // the last condition: there are no more points
			return nil
		}
		last = a
		r.turn = a.Units * int(min(max(wanted/a.Seconds, 2), 64)) // from the units done, which may be more than requested
	}
}

// stop ends the peer and returns its peak memory in bytes.
func (r *running) stop() (peak int64, err error) {
	if err := r.asks.Close(); err != nil {
		return 0, err
	}
	a, err := r.answer()
	if err != nil {
		return 0, err
	}
	return a.Peak, r.cmd.Wait()
}
