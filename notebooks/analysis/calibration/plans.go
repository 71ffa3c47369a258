package calibration

import (
	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// plans are the plans of the long form for one seed.
type plans struct {
	simulation, measured, joined f4f.BasePlan
	flow, penalised              f4f.BetweenPlan
}

// The budget of the long form, for each flow. The flows are smaller than the default ones, and their
// batches larger: with 17 features and weights that gives more for the same time.
const (
	baseSteps      = 12_000
	transportSteps = 10_000
	batch          = 512
	hidden         = 64
	layers         = 3
	quickSteps     = 60
)

func (l *long) plans(seed uint64, simulation, measured Events) (p plans, err error) {
	base := func(name string, table *data.ConditionalTable, of Events) f4f.BasePlan {
		return of.Prepared(f4f.Base(table)).ConditionColumn("pt", data.Log).Steps(l.steps(baseSteps)).Batch(batch).Hidden(hidden).Layers(layers).Seed(seed).Store(l.Store)
	}
	left, err := simulation.Table()
	if err != nil {
		return p, err
	}
	right, err := measured.Table()
	if err != nil {
		return p, err
	}
	both, err := Joined(simulation, measured)
	if err != nil {
		return p, err
	}
	p.simulation, p.measured, p.joined = base("simulation", left, simulation), base("data", right, measured), base("both", both, measured)
	p.flow = f4f.Between(p.simulation, p.measured).On(f4f.Shared).IdentityStart().
		Steps(l.steps(transportSteps)).Batch(batch).Hidden(hidden).Layers(layers).Seed(seed).Store(l.Store)
	p.penalised = p.flow.Penalty(f4f.L1(0.03))
	return p, nil
}
