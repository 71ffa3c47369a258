package f4f

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/panics"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

type batchedKey struct{}

// Batched returns a context in which FitAll trains plans of the same shape as one program, on any
// XLA device. Without it, FitAll does so only on devices other than a CPU. There a single small
// flow uses little of the device, and twelve take hardly more time than one. See FitAll for what
// plans of the same shape are.
func Batched(ctx context.Context) context.Context { return context.WithValue(ctx, batchedKey{}, true) }

// SideBySide returns a context in which FitAll trains each plan by a program of its own, on any
// device. Each flow is then bit for bit the one that Fit trains.
func SideBySide(ctx context.Context) context.Context {
	return context.WithValue(ctx, batchedKey{}, false)
}

// batchesOn reports whether FitAll trains plans of the same shape as one program on a backend. It
// is false if the backend cannot be opened, which Fit reports as an error.
func batchesOn(ctx context.Context, choice string) bool {
	asked, ok := ctx.Value(batchedKey{}).(bool)
	if ok && !asked {
		return false
	}
	b, err := backend.Open(ctx, choice)
	// The Go backend is excluded: there batched matrix products can wait for each other's workers
	// forever (compute v0.1.3, workerspool.Saturate).
	return err == nil && !b.Info.Go && (asked || b.Info.Platform != "cpu")
}

// form is what the graphs of a density's flow depend on.
type form struct {
	Dim, Condition int
	Architecture   Architecture
	Standardise    bool
	Seed           uint64 // if graphs depend on it, by random orders of features; else 0
}

// seedOfForm returns the recipe's seed if the architecture's graphs depend on it, and 0 otherwise.
func seedOfForm(a Architecture, r Recipe) uint64 {
	if a.Mixing == Permutation {
		return r.Seed
	}
	return 0
}

// stacks reports whether a plan with these settings can train with others as one program.
func (s settings) stacks() bool {
	return s.window == 0 && s.devices <= 1 && s.stackable()
}

// stackable reports whether the weights of the plan's flow can be stacked with those of other
// flows.
func (s settings) stackable() bool {
	return s.architecture.Embedding == 0 && !s.architecture.foreign()
}

// form returns what the graphs of the plan's flow depend on.
func (p BasePlan) form() form {
	return form{p.source.Dim(), dataset.ConditionDim(p.source), p.architecture, p.standardise, seedOfForm(p.architecture, p.recipe)}
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// The sizes of their data must agree as well, which is checked when they are known.
func (p BasePlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() {
		return ""
	}
	recipe := p.recipe
	recipe.Seed = 0
	return shapeOf(struct {
		Kind, Backend string
		Form          form
		Recipe        Recipe
		Precision     Precision
	}{densityKind, p.backend, p.form(), recipe, p.precision})
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// A plan with user functions trains alone, because these might look at more than their own rows.
func (p BetweenPlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() || !p.left.stackable() || !p.right.stackable() || p.relation.foreign() {
		return ""
	}
	for _, price := range p.penalties {
		if price.own {
			return ""
		}
	}
	among, err := p.among()
	if err != nil {
		return ""
	}
	recipe := p.recipe
	recipe.Seed = 0
	return shapeOf(struct {
		Kind, Backend string
		Left, Right   form
		Architecture  Architecture
		Seed          uint64
		Recipe        Recipe
		Training      training
		Relation      string
		Among         bool
		Precision     Precision
	}{
		transportKind, p.backend, p.left.form(), p.right.form(), p.architecture, seedOfForm(p.architecture, p.recipe),
		recipe, p.training(), p.relationName(), among, p.precision,
	})
}

// shapeOf returns a key for a value: its JSON, or "" if it has none.
func shapeOf(what any) string {
	text, err := json.Marshal(what)
	if err != nil {
		return "" // a NaN or an infinity, for which Fit returns an error
	}
	return string(text)
}

// meeting is where the fits of plans of one shape wait for each other, to train as one program.
// Each plan has a seat. Its fit either takes the seat when its data are drawn, or leaves it:
// because the store has the flow, because another process trains it, or because of an error.
type meeting struct {
	mu       sync.Mutex
	expected int     // seats that are neither taken nor left yet
	came     []*seat // seats that are taken
}

// seat is the place of one plan at a meeting, and what it brings to the common training.
type seat struct {
	meeting     *meeting
	fingerprint string
	settled     bool // the seat is taken or left

	ctx     context.Context
	trainer *trainer
	problem fit.Problem
	recipe  fit.Recipe
	from    *fit.State
	hooks   fit.Hooks
	outcome chan outcome
}

// outcome is the result of the training of a seat, or says that it must train alone.
type outcome struct {
	alone bool
	state *fit.State
	err   error
}

type seatKey struct{}

// seated returns a context in which the plan with this fingerprint has a seat at the meeting, and
// the seat.
func (m *meeting) seated(ctx context.Context, fingerprint string) (context.Context, *seat) {
	s := &seat{meeting: m, fingerprint: fingerprint, outcome: make(chan outcome, 1)}
	m.expected++
	return context.WithValue(ctx, seatKey{}, s), s
}

// seatOf returns the seat of the plan with this fingerprint, or nil if it has none.
func seatOf(ctx context.Context, fingerprint string) *seat {
	if s, ok := ctx.Value(seatKey{}).(*seat); ok && s.fingerprint == fingerprint {
		return s
	}
	return nil
}

// leave gives up the seat, so that the others stop waiting for it.
func (s *seat) leave() {
	if s != nil {
		s.settle(false)
	}
}

// settle takes or leaves the seat, and reports whether it was still open. When the last seat is
// settled, the training begins.
func (s *seat) settle(comes bool) bool {
	m := s.meeting
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.settled {
		return false
	}
	s.settled = true
	if comes {
		m.came = append(m.came, s)
	}
	if m.expected--; m.expected == 0 {
		go m.begin()
	}
	return true
}

// run is fit.Run. It trains together with the others of the meeting, by the recipe r. If the seat
// is nil or has no partner, it trains alone, with the window and the devices that suit the plan's
// data.
func (s *seat) run(ctx context.Context, t *trainer, p fit.Problem, r fit.Recipe, from *fit.State, hooks fit.Hooks) (*fit.State, error) {
	if s != nil {
		s.ctx, s.trainer, s.problem, s.recipe, s.from, s.hooks = ctx, t, p, r, from, hooks
		if s.settle(true) {
			if o := <-s.outcome; !o.alone {
				return o.state, o.err
			}
		}
	}
	return fit.Run(ctx, t.backend.Backend, p, t.placed(t.backend, shapesOf(p.Data)), from, hooks)
}

// begin starts the training of the seats that are taken. Those with data of the same sizes and the
// same number of steps behind them train as one program; a seat without partner trains alone.
func (m *meeting) begin() {
	alike := map[string][]*seat{}
	var order []string
	for _, s := range m.came {
		step := 0
		if s.from != nil {
			step = s.from.Step
		}
		key := fmt.Sprint(step, shapesOf(s.problem.Data), shapesOf(s.problem.Validation))
		if alike[key] == nil {
			order = append(order, key)
		}
		alike[key] = append(alike[key], s)
	}
	for _, key := range order {
		if seats := alike[key]; len(seats) == 1 {
			seats[0].outcome <- outcome{alone: true}
		} else {
			trainTogether(seats)
		}
	}
}

// trainTogether trains flows of one shape as one program.
func trainTogether(seats []*seat) {
	states, errs := make([]*fit.State, len(seats)), make([]error, len(seats))
	err := panics.Catch(func() {
		first := seats[0]
		members := make([]fit.Member, len(seats))
		for k, s := range seats {
			members[k] = fit.Member{Problem: s.problem, Seed: s.recipe.Seed, From: s.from, Hooks: s.hooks}
		}
		all := seats[0].trainer.objective()
		all.Flow, all.Store = fmt.Sprintf("%d flows at once", len(seats)), model.NewStore()
		defer func() {
			if !errors.Is(errors.Join(errs...), ErrInterrupted) { // after an interruption, a compilation may still be reading it
				all.Store.Finalize()
			}
		}()
		stack.SetFlows(all.Store, len(seats))
		recipe := first.recipe
		shapes := shapesOf(first.problem.Data)
		for i := range shapes {
			shapes[i].Dimensions = []int{len(seats) * shapes[i].Dim(0), shapes[i].Dim(1)}
		}
		recipe.Window = automaticWindow(first.trainer.backend.Info.Platform, shapes, mostTurns*len(seats)*recipe.Batch)
		states, errs = fit.RunTogether(first.ctx, first.trainer.backend.Backend, all, recipe, members)
	})
	for k, s := range seats {
		if err != nil {
			states[k], errs[k] = nil, err
		}
		s.outcome <- outcome{state: states[k], err: errs[k]}
	}
}
