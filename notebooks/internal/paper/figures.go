package paper

import (
	"context"
	"fmt"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/kernelext"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// figure is a figure that is drawn once all its cases are measured.
type figure struct {
	name, caption string
	cases         []Case
	published     bool // published as a picture, since its flows are too many to publish their weights
	draw          func(ctx context.Context, l *lab) (*plot.Figure, error)
}

// shownPoints is how many points a figure shows of a distribution.
const shownPoints = 20_000

// colourCoded returns a figure for each pair. It shows the points moved by each method, in the
// colours of where they started.
func colourCoded(name string, pairs []pair, methods ...string) (all []figure) {
	for _, p := range pairs {
		shown := cases([]pair{p}, methods, 1)
		all = append(all, figure{
			name: name + "-" + fileName(p.String()), caption: p.String() + ".", cases: shown,
			draw: func(ctx context.Context, l *lab) (*plot.Figure, error) {
				x, err := setOf(p.left).Sample(shownPoints, leftSeed)
				if err != nil {
					return nil, err
				}
				var outputs []plot.Output
				for _, c := range shown {
					y, err := l.moved(ctx, c, x)
					if err != nil {
						return nil, err
					}
					outputs = append(outputs, plot.Output{Name: c.Method, Points: y})
				}
				figure, err := plot.Transport(p.String(), x, outputs...)
				if err == nil {
					figure.Panels[0].Title.Text = p.left
				}
				return figure, err
			},
		})
	}
	return all
}

// moved returns the points to which a case's transport maps x.
func (l *lab) moved(ctx context.Context, c Case, x data.Points) (data.Points, error) {
	t, err := l.transport(ctx, c)
	if err != nil {
		return data.Points{}, err
	}
	return t.Forward(x)
}

// crossing returns a function that draws the points of every input, mapped to every target by a
// method.
func crossing(inputs, targets []string, method string) func(context.Context, *lab) (*plot.Figure, error) {
	return func(ctx context.Context, l *lab) (*plot.Figure, error) {
		var left, right []plot.Output
		for _, t := range targets {
			y, err := setOf(t).Sample(100_000, rightSeed) // drawn as a density, which needs more points
			if err != nil {
				return nil, err
			}
			right = append(right, plot.Output{Name: t, Points: y})
		}
		moved := make([][]data.Points, len(inputs))
		for i, from := range inputs {
			x, err := setOf(from).Sample(shownPoints, leftSeed)
			if err != nil {
				return nil, err
			}
			left = append(left, plot.Output{Name: from, Points: x})
			for _, to := range targets {
				y, err := l.moved(ctx, Case{Left: from, Right: to, Method: method, Seed: 1}, x)
				if err != nil {
					return nil, err
				}
				moved[i] = append(moved[i], y)
			}
		}
		return plot.Crossing(method, left, right, moved)
	}
}

// underConditions returns two figures for each set of a family: the points outside the true
// distribution, and the path of every point.
func underConditions(out, paths string, sets []string, family string) (all []figure) {
	for _, s := range sets {
		subject := Case{Left: s, Family: family}.subject()
		of := func(methods ...string) []Case { return turned([]string{s}, []string{family}, methods, 1) }
		strays, moved := of(flowForFlow, withPenalty, baseTransfer, baseSampling), of(flowForFlow, baseTransfer)
		all = append(all,
			figure{name: out + "-" + fileName(subject), cases: strays,
				caption: subject + ": points out of the true distribution, in orange.",
				draw: func(ctx context.Context, l *lab) (*plot.Figure, error) {
					_, methods, err := l.underConditions(ctx, strays)
					if err != nil {
						return nil, err
					}
					return plot.ConditionOutside(strays[0].source(), conditionsOf(family), methods...)
				}},
			figure{name: paths + "-" + fileName(subject), cases: moved,
				caption: subject + ": every point in the colour of where it started.",
				draw: func(ctx context.Context, l *lab) (*plot.Figure, error) {
					x, methods, err := l.underConditions(ctx, moved)
					if err != nil {
						return nil, err
					}
					return plot.ConditionPaths(x, conditionsOf(family), methods...)
				}},
		)
	}
	return all
}

// conditionsOf returns the conditions that points of a family are mapped to, in the form that
// figures take.
func conditionsOf(name string) (all []plot.Condition) {
	for _, to := range familyOf(name).to {
		all = append(all, plot.Condition{Name: to.name, Value: to.condition()})
	}
	return all
}

// underConditions returns the methods of cases with one set and family, and the true points that
// they move.
func (l *lab) underConditions(ctx context.Context, cases []Case) (x data.Points, methods []plot.Method, err error) {
	from := familyOf(cases[0].Family).from
	truth, err := given(cases[0].source(), from)
	if err != nil {
		return x, nil, err
	}
	if x, err = truth.Sample(shownPoints, leftSeed); err != nil {
		return x, nil, err
	}
	for _, c := range cases {
		if c.Method == baseSampling {
			d, err := l.density(ctx, l.conditionalBase(c), kindConditionalBase)
			if err != nil {
				return x, nil, err
			}
			methods = append(methods, kernelext.Sampled(c.Method, d, shownPoints))
			continue
		}
		var t *f4f.Transport
		if t, err = l.transport(ctx, c); err != nil {
			return x, nil, err
		}
		methods = append(methods, kernelext.Moved(c.Method, t, x, from.condition()))
	}
	return x, methods, nil
}

// trade returns a function that draws, for all identities, the displacement of points against the
// KL of the result to the truth.
func trade(pairs []pair) func(context.Context, *lab) (*plot.Figure, error) {
	const least = 1e-4 // a logarithmic axis can't show less
	return func(_ context.Context, l *lab) (*plot.Figure, error) {
		var series []plot.Series
		for _, method := range identityMethods {
			s := plot.Series{Name: method}
			for _, c := range l.budget.casesOf(cases(pairs, []string{method}, 3)) {
				record := l.results.find(c, l.label())
				if record == nil {
					return nil, fmt.Errorf("%s isn't measured", c)
				}
				far, _ := record.number(kl, "")
				moved, _ := record.number(movedEuclidean, "")
				s.XYs = append(s.XYs, plotter.XY{X: max(float64(far.Value), least), Y: max(float64(moved.Value), least)})
			}
			series = append(series, s)
		}
		return plot.LogLog("identities", "KL to the truth (nats)", "mean Euclidean displacement", series...)
	}
}
