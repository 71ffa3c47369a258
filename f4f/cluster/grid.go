package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/flowsforflows/flows/f4f"
)

// Plan is a plan that can be handed out: an f4f.BasePlan, an f4f.BetweenPlan or an f4f.EnsemblePlan,
// which Ensemble and CrossFit return.
type Plan interface {
	// Tasks returns the flows that the plan trains, each after its bases.
	Tasks() ([]f4f.Task, error)
}

// The levels of tasks. Tasks of one level don't need each other.
const (
	bases = iota
	transports
	levels
)

// levelNames are the names of the levels, for files and for people.
var levelNames = [levels]string{"bases", "transports"}

// task is one flow of a grid, as the run's folder describes it.
type task struct {
	Index       int    `json:"index"`
	Name        string `json:"name"`
	Level       int    `json:"level"`
	Fingerprint string `json:"fingerprint"`
	Plan        int    `json:"plan"`            // index of the plan in the program's list, from 0
	Bases       []int  `json:"bases,omitempty"` // indices of the tasks that should come first
	Alone       bool   `json:"alone,omitempty"` // a plan of the list, not only a base of one
}

// grid is the flows that a list of plans trains, each once.
type grid struct {
	store  string // absolute path of the folder
	tasks  []task // in the order of their levels
	flows  []f4f.Task
	digits string // identify the grid: a hash of the fingerprints
}

// newGrid returns the grid of some plans. Its error names every plan that is not valid.
func newGrid(plans []Plan) (*grid, error) {
	if len(plans) == 0 {
		return nil, errors.New("cluster: Main needs plans, got none")
	}
	var byLevel [levels][]f4f.Task
	of := map[string]*task{} // by fingerprint
	g := &grid{}
	var wrong []error
	for number, p := range plans {
		flows, err := tasksOf(p)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w (plan %d of %d)", err, number+1, len(plans)))
			continue
		}
		basesOfOthers := map[string]bool{}
		for _, flow := range flows {
			for _, print := range flow.Bases {
				basesOfOthers[print] = true
			}
		}
		for _, flow := range flows {
			if g.store == "" {
				g.store = flow.Store
			}
			if flow.Store != g.store {
				wrong = append(wrong, fmt.Errorf("cluster: all flows of a grid must go to one store, got %s for %s and %s before it (plan %d of %d)", flow.Store, flow.Name, g.store, number+1, len(plans)))
				break
			}
			known := of[flow.Fingerprint]
			if known == nil {
				known = &task{Name: flow.Name, Fingerprint: flow.Fingerprint, Plan: number}
				if len(flow.Bases) > 0 {
					known.Level = transports
				}
				of[flow.Fingerprint] = known
				byLevel[known.Level] = append(byLevel[known.Level], flow)
			}
			known.Alone = known.Alone || !basesOfOthers[flow.Fingerprint]
		}
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	g.flows = slices.Concat(byLevel[:]...)
	hash := sha256.New()
	for i, flow := range g.flows {
		t := of[flow.Fingerprint]
		t.Index = i
		for _, print := range flow.Bases {
			t.Bases = append(t.Bases, of[print].Index)
		}
		g.tasks = append(g.tasks, *t)
		hash.Write([]byte(t.Fingerprint))
	}
	g.digits = hex.EncodeToString(hash.Sum(nil))[:16]
	return g, nil
}

// tasksOf returns the tasks of a plan, which may be nil.
func tasksOf(p Plan) ([]f4f.Task, error) {
	if p == nil {
		return nil, errors.New("cluster: a plan is nil")
	}
	return p.Tasks()
}

// folder returns the folder of the grid's run.
func (g *grid) folder() string { return filepath.Join(g.store, "cluster", g.digits) }

// wanted returns the indices of the tasks to hand out, by level: those whose flow the store lacks,
// without bases of transports that are trained already.
func (g *grid) wanted() (all [levels][]int) {
	needed := make([]bool, len(g.tasks))
	for i := len(g.tasks) - 1; i >= 0; i-- { // transports first
		t := g.tasks[i]
		if !t.Alone && !needed[i] || g.flows[i].Trained() {
			continue
		}
		for _, base := range t.Bases {
			needed[base] = true
		}
		all[t.Level] = append(all[t.Level], i)
	}
	for level := range all {
		slices.Reverse(all[level])
	}
	return all
}
