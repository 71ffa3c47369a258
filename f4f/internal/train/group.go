package train

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/panics"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// Mode says whether plans of one shape are trained as one program.
type Mode int

const (
	Automatic  Mode = iota // on devices other than a CPU
	Batched                // on any XLA device
	SideBySide             // never
)

// Together reports whether plans of one shape are trained as one program on a backend. It is false
// if the backend cannot be opened, which Fit reports as an error.
func (m Mode) Together(ctx context.Context, choice string) bool {
	if m == SideBySide {
		return false
	}
	b, err := backend.Open(ctx, choice)
	// The Go backend is excluded: there batched matrix products can wait for each other's workers
	// forever (compute v0.1.3, workerspool.Saturate).
	return err == nil && !b.Info.Go && (m == Batched || b.Info.Platform != "cpu")
}

// Group is a set of plans of one shape, whose fits wait for each other to train as one program.
// Each plan has a member. Its fit either joins when its data are drawn, or leaves: because the
// store has the flow, because another process trains it, or because of an error.
type Group struct {
	mu        sync.Mutex
	undecided int       // members that have neither joined nor left
	joined    []*member // in the order in which they joined
}

// member is one plan of a group, and what it brings to the common training.
type member struct {
	group       *Group
	fingerprint string
	decided     bool // it has joined or left

	ctx     context.Context
	trainer *Trainer
	problem fit.Problem
	recipe  fit.Recipe
	from    *fit.State
	hooks   fit.Hooks
	outcome chan outcome
}

// outcome is the result of a member's training, or says that it must train alone.
type outcome struct {
	alone bool
	state *fit.State
	err   error
}

type memberKey struct{}

// Add adds the plan with this fingerprint to the group. It returns its member, and a context by
// which its fit finds the member.
func (g *Group) Add(ctx context.Context, fingerprint string) (context.Context, *member) {
	m := &member{group: g, fingerprint: fingerprint, outcome: make(chan outcome, 1)}
	g.undecided++
	return context.WithValue(ctx, memberKey{}, m), m
}

// memberOf returns the member of the plan with this fingerprint, or nil if it is in no group.
func memberOf(ctx context.Context, fingerprint string) *member {
	if m, ok := ctx.Value(memberKey{}).(*member); ok && m.fingerprint == fingerprint {
		return m
	}
	return nil
}

// Leave takes the plan out of the group, so that the others stop waiting for it. It does nothing if
// the plan has joined, or is in no group.
func (m *member) Leave() {
	if m != nil {
		m.decide(false)
	}
}

// decide makes the member join or leave. It returns false if the member had already left. When the
// last member has decided, the training begins.
func (m *member) decide(join bool) bool {
	g := m.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.decided {
		return false
	}
	m.decided = true
	if join {
		g.joined = append(g.joined, m)
	}
	if g.undecided--; g.undecided == 0 {
		go g.train()
	}
	return true
}

// run trains a problem by the recipe r, as fit.Run does, together with the others of the group. If
// the member is nil or finds no other, it trains alone, with the window and the devices that suit
// the plan's data.
func (m *member) run(ctx context.Context, t *Trainer, p fit.Problem, r fit.Recipe, from *fit.State, hooks fit.Hooks) (*fit.State, error) {
	if m != nil {
		m.ctx, m.trainer, m.problem, m.recipe, m.from, m.hooks = ctx, t, p, r, from, hooks
		if m.decide(true) {
			if o := <-m.outcome; !o.alone {
				return o.state, o.err
			}
		}
	}
	return fit.Run(ctx, t.Backend.Backend, p, t.Place.Recipe(t.Recipe, t.Backend, p), from, hooks)
}

// train trains the members that have joined. Those with data of the same sizes and the same number
// of steps behind them train as one program; any other trains alone.
func (g *Group) train() {
	alike := map[string][]*member{}
	var order []string
	for _, m := range g.joined {
		step := 0
		if m.from != nil {
			step = m.from.Step
		}
		key := fmt.Sprint(step, ShapesOf(m.problem.Data), ShapesOf(m.problem.Validation))
		if alike[key] == nil {
			order = append(order, key)
		}
		alike[key] = append(alike[key], m)
	}
	for _, key := range order {
		if members := alike[key]; len(members) == 1 {
			members[0].outcome <- outcome{alone: true}
		} else {
			trainTogether(members)
		}
	}
}

// trainTogether trains flows of one shape as one program.
func trainTogether(members []*member) {
	states, errs := make([]*fit.State, len(members)), make([]error, len(members))
	err := panics.Catch(func() {
		first := members[0]
		each := make([]fit.Member, len(members))
		for k, m := range members {
			each[k] = fit.Member{Problem: m.problem, Seed: m.recipe.Seed, From: m.from, Hooks: m.hooks}
		}
		all := first.trainer.Objective()
		all.Flow, all.Store = fmt.Sprintf("%d flows at once", len(members)), model.NewStore()
		defer func() {
			if !errors.Is(errors.Join(errs...), fit.ErrInterrupted) { // after an interruption, a compilation may still be reading it
				all.Store.Finalize()
			}
		}()
		stack.SetFlows(all.Store, len(members))
		recipe := first.recipe
		shapes := ShapesOf(first.problem.Data)
		for i := range shapes {
			shapes[i].Dimensions = []int{len(members) * shapes[i].Dim(0), shapes[i].Dim(1)}
		}
		recipe.Window = automaticWindow(first.trainer.Backend.Info.Platform, shapes, mostTurns*len(members)*recipe.Batch)
		states, errs = fit.RunTogether(first.ctx, first.trainer.Backend.Backend, all, recipe, each)
	})
	for k, m := range members {
		if err != nil {
			states[k], errs[k] = nil, err
		}
		m.outcome <- outcome{state: states[k], err: errs[k]}
	}
}
