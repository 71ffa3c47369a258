package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/internal/entry"
)

// State is the state of a task.
type State string

// The states of a task.
const (
	Waiting     State = "waiting"     // it has not begun, or waits to begin again
	Training    State = "training"    // a machine trains it
	Trained     State = "trained"     // the store has the flow
	Interrupted State = "interrupted" // its last attempt ended with a checkpoint
	Failed      State = "failed"      // its last attempt ended with an error
	Foreign     State = "foreign"     // the program's plan has another fingerprint than the one submitted
	Lost        State = "lost"        // its last attempt ended without a report: the machine died, or doesn't see the store
	NotNeeded   State = "not needed"  // a base of transports that are all trained
)

// Status is the state of a run at one moment.
type Status struct {
	Folder string       // of the run
	Tasks  []TaskStatus // bases, then transports
	Notes  []string     // on the run as a whole
}

// TaskStatus is the state of a task at one moment.
type TaskStatus struct {
	Name        string   // of the flow
	Fingerprint string   // of the plan
	State       State    // what the store, the last attempt and Slurm say
	Step, Steps int      // steps taken and steps of the whole training; 0 if unknown
	Rate        float64  // steps per second; 0 if unknown
	Loss        *float64 // mean training loss since the report before, nats per point; nil if unknown
	// LossesAreBounds says that the loss is an upper bound of −log P; see f4f.Density.LossesAreBounds.
	LossesAreBounds bool
	Host            string    // of the last attempt; "" before the first
	Restarts        int       // how often Slurm has requeued it
	Notes           []string  // doubts about the training, such as another kind of processor
	What            string    // the error, or what the task does or waits for; may be empty
	At              time.Time // when the last attempt wrote its state; zero before the first

	cpu string
}

// silent is the time without a report after which an attempt counts as lost.
const silent = 8 * recordEvery

// Folder returns the folder that holds the run of these plans, in their store. It exists once they
// have been submitted. Folder returns an error if there are no plans, if one is not valid, or if
// they don't share one store.
func Folder[P Plan](plans ...P) (string, error) {
	g, err := newGrid(listed(plans))
	if err != nil {
		return "", err
	}
	return g.folder(), nil
}

// Read returns the state of the run in a folder; see Folder. It combines what the store holds, what
// the tasks have written, and which tasks wait and run by Slurm's squeue. If squeue can't be
// called, a note says so. Read returns an error if the plans were not submitted, or if a file of
// the folder is damaged.
func Read(ctx context.Context, folder string) (Status, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	s := Status{Folder: folder}
	run, err := readManifest(folder)
	if err != nil {
		return s, err
	}
	jobs, err := readJobs(folder)
	if err != nil {
		return s, err
	}
	s.Tasks = readAll(folder, run)
	needed := make([]bool, len(run.Tasks))
	for i := len(run.Tasks) - 1; i >= 0; i-- { // transports first
		t := run.Tasks[i]
		if s.Tasks[i].State == Trained {
			continue
		}
		if !t.Alone && !needed[i] {
			s.Tasks[i].State = NotNeeded
			continue
		}
		for _, base := range t.Bases {
			if base >= 0 && base < i {
				needed[base] = true
			}
		}
	}
	s.ask(ctx, jobs)
	processors := map[string]bool{}
	for _, t := range s.Tasks {
		if t.cpu != "" {
			processors[t.cpu] = true
		}
	}
	if len(processors) > 1 {
		s.Notes = append(s.Notes, fmt.Sprintf("The tasks ran on %d kinds of processors. A flow that is trained again on another kind agrees up to rounding, which training amplifies, not bit for bit.", len(processors)))
	}
	return s, nil
}

// readsAtOnce is the number of tasks that are read at once. Reading mostly waits for the file system,
// which may be one across a network.
const readsAtOnce = 16

// readAll returns the states of the tasks of a run by what is on disk. It looks only for files whose
// folders list them: of ten thousand tasks most have none.
func readAll(folder string, run manifest) []TaskStatus {
	records, flows := namesIn(statesFolder(folder)), namesIn(run.Store)
	all := make([]TaskStatus, len(run.Tasks))
	var reading errgroup.Group
	reading.SetLimit(readsAtOnce)
	for i, t := range run.Tasks {
		all[i] = TaskStatus{Name: t.Name, Fingerprint: t.Fingerprint, State: Waiting}
		path := recordFile(folder, i)
		e, err := entry.Of(run.Store, t.Name, t.Fingerprint)
		begun := err == nil && flows[filepath.Base(e.Folder)]
		if reported := records[filepath.Base(path)]; begun || reported {
			reading.Go(func() error {
				all[i] = read(folder, t, reported, begun && e.HasFlow())
				return nil
			})
		}
	}
	_ = reading.Wait() // no call returns an error
	return all
}

// namesIn returns the names of what a folder holds, none if it can't be read.
func namesIn(folder string) map[string]bool {
	entries, _ := os.ReadDir(folder) // a folder that isn't there yet holds nothing
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names
}

// read returns the state of a task that has a record or a flow.
func read(folder string, t task, reported, trained bool) TaskStatus {
	s := TaskStatus{Name: t.Name, Fingerprint: t.Fingerprint, State: Waiting}
	var r record
	if reported {
		r, reported = readRecord(folder, t.Index)
	}
	if reported {
		s = TaskStatus{t.Name, t.Fingerprint, r.State, r.Step, r.Steps, r.Rate, r.Loss, r.LossesAreBounds, r.Host, r.Restart, r.Notes, r.What, r.At, r.CPU}
		switch {
		case r.State == Trained:
			s.State = Waiting // pruned since, unless the store has it
		case r.State == Training && time.Since(r.At) > silent:
			s.State, s.What = Lost, fmt.Sprintf("%s has not reported for %s", r.Host, time.Since(r.At).Round(time.Second))
		}
	}
	if trained {
		s.State, s.What = Trained, ""
	}
	return s
}

// ask completes the state of tasks by what Slurm says of its last jobs.
func (s *Status) ask(ctx context.Context, jobs []job) {
	if len(jobs) == 0 {
		return
	}
	all, ok := queue(ctx)
	if !ok {
		s.Notes = append(s.Notes, "Slurm can't be asked by squeue here: what waits and what was lost is not known.")
		return
	}
	sent := make([]bool, len(s.Tasks))
	for _, j := range jobs {
		for number, tasks := range j.Elements {
			q, found := all[element{j.ID, number}]
			for _, i := range tasks {
				if i < 0 || i >= len(s.Tasks) {
					continue
				}
				t := &s.Tasks[i]
				if found && t.State != Trained && t.State != Training {
					t.State, t.What = Waiting, fmt.Sprintf("job %s_%d: %s %s", j.ID, number, q.state, q.reason)
				}
				sent[i] = sent[i] || found
			}
		}
	}
	submitted := map[int]bool{}
	for _, j := range jobs {
		for _, tasks := range j.Elements {
			for _, i := range tasks {
				submitted[i] = true
			}
		}
	}
	for i := range s.Tasks {
		if t := &s.Tasks[i]; submitted[i] && !sent[i] && (t.State == Waiting || t.State == Training) {
			t.State, t.What = Lost, "its job has ended without a report: see its log, and check that its machine sees the store"
		}
	}
}

// Count returns the number of tasks in a state.
func (s Status) Count(of State) (n int) {
	for _, t := range s.Tasks {
		if t.State == of {
			n++
		}
	}
	return n
}

// Ended reports whether no task is going to do more: none waits and none trains.
func (s Status) Ended() bool { return s.Count(Waiting)+s.Count(Training) == 0 }
