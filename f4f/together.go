package f4f

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Plan is what trains into an F: a BasePlan into a *Density, a BetweenPlan into a *Transport.
type Plan[F any] interface {
	// Fit trains the plan, or loads or resumes it.
	Fit(context.Context) (F, error)
	// Fingerprint names what the plan trains into.
	Fingerprint() (string, error)
	name() string
	bases() []BasePlan // what must be trained before
	processors() int   // that a fit of it keeps busy on a CPU
	shape() string     // of plans that can be trained as one program; empty for one that is trained alone
	choice() string    // of the backend
	// stored tells whether the store has a file of the trained flow, sound or not.
	stored(name, print string) bool
}

// FitAll fits plans side by side, as many at once as the processors have room for: a small flow
// keeps two of them busy, another hardly more than one. What several plans need, a base or a plan
// that is given twice, is trained once. On a CPU each flow is bit for bit what Fit would have made
// of its plan alone, and is kept in the store like any other.
//
// Where plans don't run on a CPU, and anywhere under Batched, those of one shape are trained as one
// program instead: alike in architecture and dimensions, their own and their bases', in direction,
// relation and penalties, in sizes of data, and in a recipe that may differ in the seed alone. Each
// is still trained by its own seed, points and order, may fail alone or stop early, and is told of,
// kept and resumed as alone, but is what Fit would have made of its plan to rounding only, which
// training lets grow. SideBySide keeps to the bit. Plans with Window, Devices, an Embedding or
// functions of the user's are never trained as one.
//
//	bases, err := f4f.FitAll(ctx, f4f.Base(data.Ring()), f4f.Base(data.Star()))
//	grid, err := f4f.FitAll(ctx, plans...) // of a []f4f.BetweenPlan
//
// Flows come in the order of their plans. Where some fail, the error says which, and the others are
// there: a flow that was interrupted or met a non-finite loss holds what was reached, as Fit's
// does, and others that failed are nil. If it is a base that fails, no transport is trained.
func FitAll[P Plan[F], F any](ctx context.Context, plans ...P) ([]F, error) {
	if ctx == nil {
		return nil, errNoContext("FitAll")
	}
	first, names := map[string]int{}, map[string]int{}
	same := make([]int, len(plans)) // the first plan with the same fingerprint
	prints := make([]string, len(plans))
	labels := make([]string, len(plans))
	var bases []BasePlan
	for i, p := range plans {
		if any(p) == nil {
			return nil, fmt.Errorf("f4f: FitAll needs plans, got none as plan %d of %d", i+1, len(plans))
		}
		print, err := p.Fingerprint()
		if err != nil {
			return nil, fmt.Errorf("%w (plan %d of %d)", err, i+1, len(plans))
		}
		if _, found := first[print]; !found {
			first[print] = i
			names[p.name()]++
			if labels[i] = p.name(); names[p.name()] > 1 {
				labels[i] += fmt.Sprintf(" (%d)", names[p.name()])
			}
			if !p.stored(p.name(), print) { // else its file has its bases too
				bases = append(bases, p.bases()...)
			}
		}
		same[i], prints[i] = first[print], print
	}
	if len(bases) > 0 {
		if _, err := FitAll(ctx, bases...); err != nil {
			return make([]F, len(plans)), err
		}
	}
	flows, errs := make([]F, len(plans)), make([]error, len(plans))
	var group errgroup.Group
	atOnce := sideBySide(plans)
	group.SetLimit(atOnce)
	free := make(chan int, atOnce)
	for number := range atOnce {
		free <- number
	}
	for _, batch := range batched(ctx, plans, same) {
		group.Go(func() error {
			number := <-free
			defer func() { free <- number }()
			var meet meeting
			var all sync.WaitGroup
			seats := make([]func(), len(batch))
			for k, i := range batch {
				ctx, seat := meet.seated(context.WithValue(relabelled(ctx, plans[i].name(), labels[i]), laneKey{}, number), prints[i])
				seats[k] = func() {
					defer seat.leave()
					flows[i], errs[i] = plans[i].Fit(ctx)
				}
			}
			for _, fit := range seats { // not before all are seated
				all.Go(fit)
			}
			all.Wait()
			return nil
		})
	}
	_ = group.Wait() // errors are in errs, as one must not stop the others
	for i := range plans {
		flows[i] = flows[same[i]]
	}
	return flows, errors.Join(errs...)
}

// sideBySide is how many of the plans to fit at once: as many as leave a processor for each device
// of each.
func sideBySide[P Plan[F], F any](plans []P) int {
	most := 1
	for _, p := range plans {
		most = max(most, p.processors())
	}
	return max(runtime.GOMAXPROCS(0)/most, 1)
}

// batched is the numbers of plans in batches that are trained as one program each, or alone where a
// batch has one plan. Plans that are the same as an earlier one are in none.
func batched[P Plan[F], F any](ctx context.Context, plans []P, same []int) [][]int {
	var batches [][]int
	of := map[string]int{}        // the batch of a shape
	together := map[string]bool{} // by backend
	for i, p := range plans {
		if same[i] < i {
			continue
		}
		shape := p.shape()
		at, found := of[shape]
		if found && shape != "" {
			yes, known := together[p.choice()]
			if !known {
				yes = batchesOn(ctx, p.choice())
				together[p.choice()] = yes
			}
			if yes {
				batches[at] = append(batches[at], i)
				continue
			}
		}
		of[shape] = len(batches)
		batches = append(batches, []int{i})
	}
	return batches
}

// relabelled tells events of the plan that is called name as those of label, so that plans of one
// name can be told apart, and nothing of its bases, which are trained already.
func relabelled(ctx context.Context, name, label string) context.Context {
	if to, ok := ctx.Value(glimpsesKey{}).(glimpses); ok {
		ctx = WithGlimpses(ctx, to.points, func(g Glimpse) {
			if g.Flow == name {
				g.Flow = label
			}
			to.receive(g)
		})
	}
	to := receiverOf(ctx)
	return context.WithValue(ctx, eventsKey{}, receiver{logs: to.logs, tell: func(e fit.Event, level slog.Level) {
		if e.Loaded && e.Flow != name {
			return
		}
		if e.Flow == name {
			e.Flow = label
		}
		to.tell(e, level)
	}})
}

type laneKey struct{}

// lane is the number of those that train side by side: flows of one lane train one after another,
// so they share a client of the backend.
func lane(ctx context.Context) int {
	number, _ := ctx.Value(laneKey{}).(int)
	return number
}

func errNoContext(what string) error {
	return fmt.Errorf("f4f: %s needs a context, got nil; context.Background() is one that never ends", what)
}
