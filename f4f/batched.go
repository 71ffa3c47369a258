package f4f

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
)

type batchedKey struct{}

// Batched gives a context under which FitAll trains plans of one shape as one program, on whatever
// XLA runs. It does so unasked where they don't run on a CPU: there one small flow keeps hardly any
// of the device busy, and twelve cost little more than one.
func Batched(ctx context.Context) context.Context { return context.WithValue(ctx, batchedKey{}, true) }

// SideBySide gives a context under which FitAll trains each plan by a program of its own, wherever
// they run, and so bit for bit as Fit would.
func SideBySide(ctx context.Context) context.Context {
	return context.WithValue(ctx, batchedKey{}, false)
}

// batchesOn tells whether plans of one shape are trained as one program on a backend. One that
// can't be opened is Fit's to tell of.
func batchesOn(ctx context.Context, choice string) bool {
	asked, ok := ctx.Value(batchedKey{}).(bool)
	if ok && !asked {
		return false
	}
	b, err := backend.Open(ctx, choice)
	// Not the Go backend, where batched products of matrices may wait for each other's workers for
	// ever (compute v0.1.3, workerspool.Saturate).
	return err == nil && !b.Info.Go && (asked || b.Info.Platform != "cpu")
}

// form is what the graphs of a density's flow depend on.
type form struct {
	Dim, Condition int
	Architecture   Architecture
	Standardise    bool
	Seed           uint64 // where it decides on more than first values: random orders of features
}

// seedOfForm is the recipe's seed where the architecture's graphs depend on it.
func seedOfForm(a Architecture, r Recipe) uint64 {
	if a.Mixing == Permutation {
		return r.Seed
	}
	return 0
}

// stacks tells whether a plan of these settings can be trained with others as one program.
func (s settings) stacks() bool {
	return s.window == 0 && s.devices <= 1 && s.stackable()
}

// stackable tells whether weights of the plan's flow can be stacked with those of others.
func (s settings) stackable() bool {
	return s.architecture.Embedding == 0 && !s.architecture.foreign()
}

func (p BasePlan) form() form {
	return form{p.source.Dim(), dataset.ConditionDim(p.source), p.architecture, p.standardise, seedOfForm(p.architecture, p.recipe)}
}

// shape is what plans must have in common to be trained as one program; empty where a plan can't be
// trained with others. Sizes of data must agree as well, which are known later.
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

// shape is that of a transport. One with functions of the user's is trained alone, for they might
// look at more than their own rows.
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
	}{transportKind, p.backend, p.left.form(), p.right.form(), p.architecture, seedOfForm(p.architecture, p.recipe), recipe, p.training(), p.relationName(), among, p.precision})
}

func shapeOf(what any) string {
	text, err := json.Marshal(what)
	if err != nil {
		return "" // of a number that JSON lacks, which Fit tells of
	}
	return string(text)
}

// meeting is where the trainings of plans of one shape wait for each other, to go on as one. Each
// plan has a seat, and comes to it with its data drawn, or leaves it: its flow was in the store, or
// another process trains it, or something failed.
type meeting struct {
	mu       sync.Mutex
	expected int // seats of which it isn't known whether they'll be taken
	came     []*seat
}

type seat struct {
	meeting     *meeting
	fingerprint string
	settled     bool // it came or left

	ctx     context.Context
	trainer *trainer
	problem fit.Problem
	recipe  fit.Recipe
	from    *fit.State
	hooks   fit.Hooks
	outcome chan outcome
}

// outcome is how the training of a seat ended, or that it is to go on alone.
type outcome struct {
	alone bool
	state *fit.State
	err   error
}

type seatKey struct{}

// seated gives a context under which the plan of a fingerprint has a seat at the meeting.
func (m *meeting) seated(ctx context.Context, fingerprint string) (context.Context, *seat) {
	s := &seat{meeting: m, fingerprint: fingerprint, outcome: make(chan outcome, 1)}
	m.expected++
	return context.WithValue(ctx, seatKey{}, s), s
}

// seatOf is the seat of a plan, nil where it has none.
func seatOf(ctx context.Context, fingerprint string) *seat {
	if s, ok := ctx.Value(seatKey{}).(*seat); ok && s.fingerprint == fingerprint {
		return s
	}
	return nil
}

// leave has the others wait no longer.
func (s *seat) leave() {
	if s != nil {
		s.settle(false)
	}
}

// settle tells whether the seat could still be taken or left, and begins when no other is waited for.
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

// run is fit.Run: together with those of the meeting by the recipe r, or alone by the plan's, with
// the window and the devices that suit its data.
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

// begin trains those who came: as one those who have come equally far with data of the same sizes,
// and alone who has no other like it.
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
	err := fit.Catch(func() {
		first := seats[0]
		members := make([]fit.Member, len(seats))
		for k, s := range seats {
			members[k] = fit.Member{Problem: s.problem, Seed: s.recipe.Seed, From: s.from, Hooks: s.hooks}
		}
		all := seats[0].trainer.objective()
		all.Flow, all.Store = fmt.Sprintf("%d flows at once", len(seats)), model.NewStore()
		defer func() {
			if !errors.Is(errors.Join(errs...), ErrInterrupted) { // or a compilation may be left that still reads it
				all.Store.Finalize()
			}
		}()
		bijection.SetFlows(all.Store, len(seats))
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
