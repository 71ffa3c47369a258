package paper

import (
	"bufio"
	"bytes"
	"context"
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

// byPeer returns the transport that flows4flows trains for a case, or has trained before, and the
// seconds of its training without that of its bases. For base transfer these are 0, and it is
// between the bases of the flow for flow.
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
	bases := [2]string{ // of the left side and of the right one, which other cases share
		filepath.Join(folder, "flows4flows-left-"+fileName(c.Left)+"-"+t.base(true)+".pt"),
		filepath.Join(folder, "flows4flows-right-"+fileName(c.Right)+"-"+t.base(false)+".pt"),
	}
	flow, seconds := filepath.Join(t.Folder, "flow.safetensors"), filepath.Join(t.Folder, "seconds")
	if !exists(flow) || !exists(seconds) {
		if err := l.trainByPeer(ctx, t, bases, seconds); err != nil {
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
	if err == nil && c.beside() == baseTransfer {
		transport, err = f4f.BaseTransfer(transport.Left(), transport.Right())
		took = 0
	}
	return transport, took, err
}

// trainByPeer runs the program, and writes the seconds that it reports to a file. It takes from the
// files of the bases those that there are, and adds the others.
func (l *lab) trainByPeer(ctx context.Context, t task, bases [2]string, seconds string) error {
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
	inFolder := [2]string{filepath.Join(t.Folder, "left.pt"), filepath.Join(t.Folder, "right.pt")}
	if err := copyMissing(bases, inFolder); err != nil {
		return err
	}
	program := filepath.Join(t.Folder, "flows4flows.py")
	if err := os.WriteFile(program, peerProgram, 0o644); err != nil {
		return err
	}
	if t.Penalty > 0 {
		program = filepath.Join(t.Folder, "flows4flows_penalty.py") // which needs the other beside it
		if err := os.WriteFile(program, penaltyProgram, 0o644); err != nil {
			return err
		}
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
	err = cmd.Wait()
	if err := copyMissing(inFolder, bases); err != nil { // those of a program that was stopped, too
		return err
	}
	if err != nil {
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

// copyMissing copies those files that are there and whose copies aren't.
func copyMissing(from, to [2]string) error {
	for i := range from {
		if !exists(from[i]) || exists(to[i]) {
			continue
		}
		content, err := os.ReadFile(from[i])
		if err != nil {
			return err
		}
		if err := writeFile(to[i], content); err != nil {
			return err
		}
	}
	return nil
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
