package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// The exit statuses of the verb work.
const (
	kept        = 0
	failed      = 1
	foreign     = 2  // the program makes another flow of the task's plan than was submitted
	interrupted = 75 // EX_TEMPFAIL of sysexits.h: to be run again, which goes on from the checkpoint
)

// mostStalled is the number of requeues in a row after which a task fails if none of them has left
// a step on disk. A time limit that ends before the first checkpoint would requeue it for ever.
const mostStalled = 3

// worker trains tasks of a run on one machine.
type worker struct {
	plans  []Plan
	folder string // of the run
	run    manifest
	log    *log.Logger
	host   string
	cpu    string
	job    string // of Slurm; "" elsewhere
	// restart is the number of times that Slurm has requeued the job; 0 elsewhere.
	restart int
}

// newWorker returns a worker for the run in a folder.
func newWorker(plans []Plan, folder string, out io.Writer) (*worker, error) {
	run, err := readManifest(folder)
	if err != nil {
		return nil, err
	}
	host := os.Getenv("SLURMD_NODENAME")
	if host == "" {
		host, _ = os.Hostname() // "" is a name too
	}
	restart, _ := strconv.Atoi(os.Getenv("SLURM_RESTART_COUNT")) // unset before the first requeue
	return &worker{
		plans: plans, folder: folder, run: run, log: log.New(out, "", log.LstdFlags),
		host: host, cpu: machine.This().CPU, job: os.Getenv("SLURM_ARRAY_JOB_ID"), restart: restart,
	}, nil
}

// tasks trains the tasks with these numbers, one after another, and returns the exit status. After
// a failure it goes on with the next one; an interruption ends it.
func (w *worker) tasks(ctx context.Context, numbers []int) (status int) {
	for _, i := range numbers {
		switch s := w.task(ctx, i); s {
		case interrupted:
			return interrupted
		default:
			status = max(status, s)
		}
	}
	return status
}

// task trains one task and keeps a record of it.
func (w *worker) task(ctx context.Context, i int) (status int) {
	t := w.run.Tasks[i]
	r := record{State: Training, Host: w.host, CPU: w.cpu, Job: w.job, Restart: w.restart}
	end := func(status int, state State, err error) int {
		r.State, r.What = state, ""
		if err != nil {
			r.What = err.Error()
			w.log.Printf("task %d, %s: %v", i, t.Name, err)
		} else {
			w.log.Printf("task %d, %s: %s", i, t.Name, state)
		}
		if err := r.write(w.folder, i); err != nil {
			w.log.Printf("task %d: its state can't be written: %v", i, err)
		}
		return status
	}
	flows, err := w.flows(t)
	if err != nil {
		if errors.Is(err, errForeign) {
			return end(foreign, Foreign, err)
		}
		return end(failed, Failed, err)
	}
	r.Reached = stepsOnDisk(flows)
	if before, ok := readRecord(w.folder, i); ok && w.job != "" && before.Job == w.job && w.restart > before.Restart {
		if r.Reached <= before.Reached {
			r.Stalled = before.Stalled + 1
		}
		if r.Stalled >= mostStalled {
			return end(failed, Failed, fmt.Errorf("cluster: it was requeued %d times in a row without a step more on disk: the time limit is too short for compiling and a first checkpoint; submit again with a longer --time", r.Stalled))
		}
	}
	w.log.Printf("task %d, %s: on %s (%s), from step %d on disk, its bases' included", i, t.Name, w.host, w.cpu, r.Reached)
	if w.cpu != w.run.CPU {
		r.Notes = append(r.Notes, fmt.Sprintf("It was submitted from a machine with another processor (%s). Flows trained on different processors agree up to rounding, which training amplifies, not bit for bit.", w.run.CPU))
		w.log.Print(r.Notes[0])
	}
	report := newReport(w, i, &r)
	err = flows[len(flows)-1].Fit(f4f.WithEvents(ctx, report.event))
	report.stop()
	switch {
	case err == nil:
		return end(kept, Trained, nil)
	case ctx.Err() != nil && errors.Is(err, f4f.ErrInterrupted):
		return end(interrupted, Interrupted, err)
	}
	return end(failed, Failed, err)
}

// errForeign is the error of a program that makes another flow than was submitted as the task.
var errForeign = errors.New("it isn't the flow that was submitted")

// flows returns the bases of a task's flow and then the flow itself: those that training it may train.
// The error wraps errForeign if the program's plan has no such flow.
func (w *worker) flows(t task) ([]f4f.Task, error) {
	if t.Plan >= len(w.plans) {
		return nil, fmt.Errorf("cluster: %w: it is of plan %d, and this program has %d plans; submit again", errForeign, t.Plan+1, len(w.plans))
	}
	flows, err := tasksOf(w.plans[t.Plan])
	if err != nil {
		return nil, err
	}
	own := slices.IndexFunc(flows, func(f f4f.Task) bool { return f.Fingerprint == t.Fingerprint })
	if own < 0 {
		var made []string
		for _, f := range flows {
			made = append(made, fmt.Sprintf("%s %.16s", f.Name, f.Fingerprint))
		}
		return nil, fmt.Errorf("cluster: %w: the task is %s %.16s, and plan %d of this program makes %s here; the program, its data or its environment differ from those that were submitted", errForeign, t.Name, t.Fingerprint, t.Plan+1, strings.Join(made, ", "))
	}
	if flows[own].Store != w.run.Store {
		return nil, fmt.Errorf("cluster: %w: it was to be kept in the store %s, and goes to %s here", errForeign, w.run.Store, flows[own].Store)
	}
	var needed []f4f.Task
	for _, f := range flows {
		if slices.Contains(flows[own].Bases, f.Fingerprint) {
			needed = append(needed, f)
		}
	}
	return append(needed, flows[own]), nil
}
