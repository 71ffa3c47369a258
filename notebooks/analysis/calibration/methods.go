package calibration

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// method takes events of the simulation to calibrated ones, [N, D] with weights. Row i of the result
// is event i.
type method struct {
	name string
	to   func(ctx context.Context, simulation Events) (data.Points, error)
}

// methods returns the ways to calibrate. Each fits what it needs when it is called; what is trained
// is loaded from the store the next time.
func (l *long) methods(seed uint64, simulation, measured Events) ([]method, error) {
	p, err := l.plans(seed, simulation, measured)
	if err != nil {
		return nil, err
	}
	return []method{
		{"nothing", func(_ context.Context, e Events) (data.Points, error) { return e.X, nil }},
		{"true calibration", func(_ context.Context, e Events) (data.Points, error) { return e.Truth, nil }},
		{"reweighting by trees", func(ctx context.Context, e Events) (data.Points, error) {
			return reweighted(ctx, simulation, measured, e)
		}},
		{"base transfer, two flows", func(ctx context.Context, e Events) (data.Points, error) {
			bases, err := f4f.FitAll(ctx, p.simulation, p.measured)
			if err != nil {
				return data.Points{}, err
			}
			t, err := f4f.BaseTransfer(bases[0], bases[1])
			if err != nil {
				return data.Points{}, err
			}
			return t.At(e.C, e.C).Forward(e.X)
		}},
		{"base transfer, one flow with a switch", func(ctx context.Context, e Events) (data.Points, error) {
			return l.switched(ctx, p.joined, e)
		}},
		{"flow for flow", by(p.flow)},
		{"flow for flow, L1", by(p.penalised)},
	}, nil
}

// by returns the way to calibrate by a flow for flow.
func by(plan f4f.BetweenPlan) func(context.Context, Events) (data.Points, error) {
	return func(ctx context.Context, e Events) (data.Points, error) {
		t, err := plan.Fit(ctx)
		if err != nil {
			return data.Points{}, err
		}
		return t.At(e.C, e.C).Forward(e.X)
	}
}

// ensemble returns the way to calibrate by several flows for flows.
func ensemble(plan f4f.BetweenPlan) method {
	return method{fmt.Sprintf("flow for flow, ensemble of %d", members), func(ctx context.Context, e Events) (data.Points, error) {
		ensemble, err := f4f.Ensemble(plan, members).Fit(ctx)
		if err != nil {
			return data.Points{}, err
		}
		each, err := ensemble.At(e.C, e.C).ForwardByMember(e.X)
		if err != nil {
			return data.Points{}, err
		}
		return shared(each)
	}}
}

// reweighted returns the events with the weights of a density ratio that trees have learned from the
// training events.
func reweighted(ctx context.Context, simulation, measured, e Events) (data.Points, error) {
	of, err := simulation.X.HStack(simulation.C)
	if err != nil {
		return data.Points{}, err
	}
	to, err := measured.X.HStack(measured.C)
	if err != nil {
		return data.Points{}, err
	}
	x, err := e.X.HStack(e.C)
	if err != nil {
		return data.Points{}, err
	}
	w, err := Reweight(ctx, of, to, x)
	if err != nil {
		return data.Points{}, err
	}
	return w.Times(e.X)
}

// switched returns the events through one flow: encoded as simulation and decoded as data.
func (l *long) switched(ctx context.Context, plan f4f.BasePlan, e Events) (data.Points, error) {
	d, err := plan.Fit(ctx)
	if err != nil {
		return data.Points{}, err
	}
	t, err := f4f.BaseTransfer(d, d)
	if err != nil {
		return data.Points{}, err
	}
	of, err := Switched(e.C, 0)
	if err != nil {
		return data.Points{}, err
	}
	to, err := Switched(e.C, 1)
	if err != nil {
		return data.Points{}, err
	}
	return t.At(of, to).Forward(e.X)
}

// shared returns event i as flow i modulo k of an ensemble moves it: a sample of the mean of their
// distributions, where the mean of the images would vary too little.
func shared(each []data.Points) (data.Points, error) {
	values := make([]float32, 0, len(each[0].Values()))
	for i := range each[0].Len() {
		values = append(values, each[i%len(each)].Row(i)...)
	}
	p, err := data.NewPoints(each[0].Dim(), values)
	if err == nil {
		p, err = p.WithColumnNames(each[0].ColumnNames()...)
	}
	if err != nil {
		return p, err
	}
	return p.WithWeightsOf(each[0])
}
