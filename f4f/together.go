package f4f

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Plan is what trains into an F: a BasePlan into a *Density, a BetweenPlan into a *Transport.
type Plan[F any] interface {
	Fit(context.Context) (F, error)
	Fingerprint() (string, error)
	name() string
	bases() []BasePlan // what must be trained before
	processors() int   // that a fit of it keeps busy on a CPU
}

// FitAll fits plans side by side, as many at once as the processors have room for: a small flow keeps two of them busy, another hardly more than one. What several plans need, a base or a plan that is given twice, is trained once. Each flow is bit for bit what Fit would have made of its plan alone, and is kept in the store like any other.
//
//	bases, err := f4f.FitAll(ctx, f4f.Base(data.Ring()), f4f.Base(data.Star()))
//	grid, err := f4f.FitAll(ctx, plans...) // of a []f4f.BetweenPlan
//
// Flows come in the order of their plans. Where some fail, the error says which, and the others are there: a flow that was interrupted or met a non-finite loss holds what was
// reached, as Fit's does, and others that failed are nil. If it is a base that fails, no transport is trained.
func FitAll[P Plan[F], F any](ctx context.Context, plans ...P) ([]F, error) {
	if ctx == nil {
		return nil, errNoContext("FitAll")
	}
	first, names := map[string]int{}, map[string]int{}
	same := make([]int, len(plans)) // the first plan with the same fingerprint
	labels := make([]string, len(plans))
	var bases []BasePlan
	for i, p := range plans {
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
			bases = append(bases, p.bases()...)
		}
		same[i] = first[print]
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
	for i, p := range plans {
		if same[i] < i {
			continue
		}
		group.Go(func() error {
			number := <-free
			defer func() { free <- number }()
			flows[i], errs[i] = p.Fit(context.WithValue(relabelled(ctx, p.name(), labels[i]), laneKey{}, number))
			return nil
		})
	}
	_ = group.Wait() // errors are in errs, as one must not stop the others
	for i := range plans {
		flows[i] = flows[same[i]]
	}
	return flows, errors.Join(errs...)
}

// sideBySide is how many of the plans to fit at once: as many as leave a processor for each device of each.
func sideBySide[P Plan[F], F any](plans []P) int {
	most := 1
	for _, p := range plans {
		most = max(most, p.processors())
	}
	return max(runtime.GOMAXPROCS(0)/most, 1)
}

// relabelled tells events of the plan that is called name as those of label, so that plans of one name can be told apart, and nothing of its bases, which
// are trained already.
func relabelled(ctx context.Context, name, label string) context.Context {
	receive := events(ctx)
	return context.WithValue(ctx, eventsKey{}, func(e fit.Event) {
		if e.Loaded && e.Flow != name {
			return
		}
		if e.Flow == name {
			e.Flow = label
		}
		receive(e)
	})
}

type laneKey struct{}

// lane is the number of those that train side by side: flows of one lane train one after another, so they share a client of the backend.
func lane(ctx context.Context) int {
	number, _ := ctx.Value(laneKey{}).(int)
	return number
}

func errNoContext(what string) error {
	return fmt.Errorf("f4f: %s needs a context, got nil; context.Background() is one that never ends", what)
}
