package f4f

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// Plan is a plan that trains an F: a BasePlan trains a *Density, a BetweenPlan a *Transport.
type Plan[F any] interface {
	// Fit trains the flow, loads it or resumes its training.
	Fit(context.Context) (F, error)
	// Fingerprint identifies what the plan trains.
	Fingerprint() (string, error)
	name() string
	resolve() (Plan[F], error) // the plan with all that it leaves open filled in
	bases() []BasePlan         // plans that must be trained first
	processors() int           // number of processors that a fit keeps busy on a CPU
	shape() string             // key shared by plans that can train as one program; "" for one that trains alone
	choice() string            // the backend that was set
	// stored reports whether the store has a file of the trained flow, valid or not.
	stored(name, print string) bool
}

func (p BasePlan) resolve() (Plan[*Density], error)      { return p.resolved() }
func (p BetweenPlan) resolve() (Plan[*Transport], error) { return p.resolved() }

// FitAll fits plans side by side, as many at once as there are processors for. A fit of a small
// flow can keep two processors busy, other fits hardly more than one. A base or a plan that is
// needed more than once is trained once. On a CPU each flow is bit for bit the one that Fit trains
// from its plan, and is kept in the store like any other.
//
// On devices other than a CPU, plans of the same shape are trained as one program; FitBatched does
// so on any XLA device, and FitSideBySide on none. Plans have the same shape if they agree in
// architecture and dimensions (their own and their bases'), in direction, relation and penalties,
// in the sizes of their data, and in the recipe except for the seed. Each flow still has its own
// seed, points and order of points. Each may fail or stop early by itself, and reports, saves and
// resumes exactly as a single fit does. It agrees with the flow that Fit trains only up to
// rounding, which training amplifies. With FitSideBySide it agrees bit for bit. Plans with Window,
// Devices, an Embedding, ConvexPotential or user functions are always trained by a program of their
// own.
//
//	bases, err := f4f.FitAll(ctx, f4f.Base(data.Ring()), f4f.Base(data.Star()))
//	grid, err := f4f.FitAll(ctx, plans...) // of a []f4f.BetweenPlan
//
// FitAll trains nothing if a plan is not valid, and returns an error that names every such plan. It
// returns the flows in the order of their plans. If some fail, the error names them, and the
// other flows are returned. A flow that was interrupted holds the weights reached so far, and one
// that met a non-finite loss those of its last good epoch, as by Fit; other flows that failed are
// nil. If a base fails, no transport is trained.
func FitAll[P Plan[F], F any](ctx context.Context, plans ...P) ([]F, error) {
	return fitAll(ctx, train.Automatic, plans)
}

// FitBatched is FitAll, except that it trains plans of the same shape as one program on any XLA
// device. On a CPU that saves compiling, which matters for short trainings. On other devices FitAll
// does the same: there a single small flow uses little of the device, and twelve take hardly more
// time than one. A note names the plans that can't share a program, of ConvexPotential for example;
// they are trained side by side.
func FitBatched[P Plan[F], F any](ctx context.Context, plans ...P) ([]F, error) {
	return fitAll(ctx, train.Batched, plans)
}

// FitSideBySide is FitAll, except that it trains each plan by a program of its own on any device.
// Each flow is then bit for bit the one that Fit trains.
func FitSideBySide[P Plan[F], F any](ctx context.Context, plans ...P) ([]F, error) {
	return fitAll(ctx, train.SideBySide, plans)
}

// fitAll fits plans side by side; see FitAll.
func fitAll[P Plan[F], F any](ctx context.Context, how train.Mode, plans []P) ([]F, error) {
	if ctx == nil {
		return nil, train.ErrNoContext("FitAll")
	}
	first, names := map[string]int{}, map[string]int{}
	resolved := make([]Plan[F], len(plans))
	same := make([]int, len(plans)) // index of the first plan with the same fingerprint
	prints := make([]string, len(plans))
	labels := make([]string, len(plans))
	var bases []BasePlan
	var wrong []error
	for i, p := range plans {
		if any(p) == nil {
			wrong = append(wrong, fmt.Errorf("f4f: FitAll needs plans, got none as plan %d of %d", i+1, len(plans)))
			continue
		}
		p, err := p.resolve()
		print := ""
		if err == nil {
			print, err = p.Fingerprint()
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w (plan %d of %d)", err, i+1, len(plans)))
			continue
		}
		if _, found := first[print]; !found {
			first[print] = i
			names[p.name()]++
			if labels[i] = p.name(); names[p.name()] > 1 {
				labels[i] += fmt.Sprintf(" (%d)", names[p.name()])
			}
			if !p.stored(p.name(), print) { // otherwise its file includes its bases
				for _, base := range p.bases() {
					if base.isLearned() { // there is nothing to do ahead for any other
						bases = append(bases, base)
					}
				}
			}
		}
		resolved[i], same[i], prints[i] = p, first[print], print
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	if len(bases) > 0 {
		if _, err := fitAll(ctx, how, bases); err != nil {
			return make([]F, len(plans)), err
		}
	}
	flows, errs := make([]F, len(plans)), make([]error, len(plans))
	var running errgroup.Group
	atOnce := processorsFor(resolved)
	running.SetLimit(atOnce)
	free := make(chan int, atOnce)
	for number := range atOnce {
		free <- number
	}
	for i, p := range resolved {
		base, isBase := any(p).(BasePlan)
		trains := same[i] == i && !(isBase && !base.isLearned()) && !p.stored(p.name(), prints[i])
		if how == train.Batched && len(plans) > 1 && trains && p.shape() == "" {
			train.Tell(ctx, labels[i], "FitBatched trains it by a program of its own: plans with ConvexPotential, Window, Devices, an Embedding, a side that is known or points alone, or user functions share none")
		}
	}
	for _, batch := range batches(ctx, how, resolved, same) {
		running.Go(func() error {
			number := <-free
			defer func() { free <- number }()
			var shared train.Group
			var all sync.WaitGroup
			fits := make([]func(), len(batch))
			for k, i := range batch {
				ctx, member := shared.Add(train.InLane(train.Relabelled(ctx, resolved[i].name(), labels[i]), number), prints[i])
				fits[k] = func() {
					defer member.Leave()
					flows[i], errs[i] = resolved[i].Fit(ctx)
				}
			}
			for _, fit := range fits { // only after all have been added
				all.Go(fit)
			}
			all.Wait()
			return nil
		})
	}
	_ = running.Wait() // the errors are in errs, because one failure must not stop the others
	for i := range plans {
		flows[i] = flows[same[i]]
	}
	return flows, errors.Join(errs...)
}

// processorsFor returns how many of the plans to fit at once: as many as leave a processor for each
// device of each fit.
func processorsFor[F any](plans []Plan[F]) int {
	most := 1
	for _, p := range plans {
		most = max(most, p.processors())
	}
	return max(runtime.GOMAXPROCS(0)/most, 1)
}

// batches returns the indices of plans in batches. Each batch is trained as one program. Plans
// equal to an earlier one are in no batch.
func batches[F any](ctx context.Context, how train.Mode, plans []Plan[F], same []int) [][]int {
	var all [][]int
	of := map[string]int{}        // index of the batch with a shape
	together := map[string]bool{} // whether batches are trained as one program, by backend
	for i, p := range plans {
		if same[i] < i {
			continue
		}
		shape := p.shape()
		at, found := of[shape]
		if found && shape != "" {
			yes, known := together[p.choice()]
			if !known {
				yes = how.Together(ctx, p.choice())
				together[p.choice()] = yes
			}
			if yes {
				all[at] = append(all[at], i)
				continue
			}
		}
		of[shape] = len(all)
		all = append(all, []int{i})
	}
	return all
}

// Task is the training of one flow: a plan, a base of one, or a flow of an ensemble. The Tasks of a
// plan returns tasks, for programs that train the flows of many plans on many machines. Package
// cluster hands them to Slurm.
type Task struct {
	Name        string   // the flow's name in events and in the store: "base four circles"
	Fingerprint string   // of the plan
	Bases       []string // fingerprints of the tasks that should come first: the bases of a transport
	Store       string   // absolute path of the store's folder
	Backend     string   // the plan's Backend; "" for the best one available

	place train.Place
	fit   func(context.Context) error
}

// Trained reports whether the store has the flow's file. The file may still be damaged, which Fit
// finds out.
func (t Task) Trained() bool { return t.fit != nil && t.place.HasFlow(t.Name, t.Fingerprint) }

// Fit trains the flow, resumes its training, or loads it, as the Fit of its plan does. If the bases
// of a transport aren't trained yet, Fit trains them first. It returns the error of the plan's Fit.
func (t Task) Fit(ctx context.Context) error {
	if t.fit == nil {
		return errors.New("f4f: a task needs a plan, got none: take it from Tasks of a plan")
	}
	return t.fit(ctx)
}

// Tasks returns the training of the plan as a list of one task, or none for a density that is given
// (Known) and points alone (PointsOf). It returns an error if the plan is not valid.
func (p BasePlan) Tasks() ([]Task, error) {
	p, err := p.resolved()
	if err != nil || !p.isLearned() {
		return nil, err
	}
	t, err := newTask(p, p.place)
	return []Task{t}, err
}

// Tasks returns the training of the plan as a list of tasks, each once: the bases, then the
// transport. It returns an error if the plan is not valid.
func (p BetweenPlan) Tasks() ([]Task, error) {
	p, err := p.resolved()
	if err != nil {
		return nil, err
	}
	own, err := newTask(p, p.place)
	if err != nil {
		return nil, err
	}
	var all []Task
	for _, base := range p.bases() {
		tasks, err := base.Tasks()
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			if !slices.Contains(own.Bases, t.Fingerprint) {
				own.Bases, all = append(own.Bases, t.Fingerprint), append(all, t)
			}
		}
	}
	return append(all, own), nil
}

// newTask returns the task of a resolved plan without its bases.
func newTask[F any](p Plan[F], place train.Place) (Task, error) {
	print, err := p.Fingerprint()
	if err != nil {
		return Task{}, err
	}
	folder, err := entry.Folder(place.Store)
	if err != nil {
		return Task{}, err
	}
	place.Store = folder
	return Task{Name: p.name(), Fingerprint: print, Store: folder, Backend: place.Backend, place: place, fit: func(ctx context.Context) error {
		_, err := p.Fit(ctx)
		return err
	}}, nil
}
