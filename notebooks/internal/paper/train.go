package paper

import (
	"context"

	"github.com/flowsforflows/flows/f4f"
)

// obtain trains one plan, or loads it, and reports its progress.
func obtain[F any](ctx context.Context, l *lab, plan f4f.Plan[F], k kind) (F, error) {
	print, err := plan.Fingerprint()
	if err != nil {
		var none F
		return none, err
	}
	c := l.work.begin(k, print)
	defer c.end()
	return plan.Fit(f4f.WithEvents(ctx, c.event))
}

// density returns a base: from a published flow for flow, else trained or loaded.
func (l *lab) density(ctx context.Context, plan f4f.BasePlan, k kind) (*f4f.Density, error) {
	print, err := plan.Fingerprint()
	if err != nil {
		return nil, err
	}
	bases, err := l.shelvedBases()
	if err != nil {
		return nil, err
	}
	b, found := bases[print]
	if !found {
		return obtain(ctx, l, plan, k)
	}
	t, err := l.published(ctx, b.of)
	switch {
	case err != nil:
		return nil, err
	case b.left:
		return t.Left(), nil
	}
	return t.Right(), nil
}

// transport returns a case's transport: the published one, or else one trained or loaded after its
// bases.
func (l *lab) transport(ctx context.Context, c Case) (*f4f.Transport, error) {
	if t, err := l.published(ctx, c); t != nil || err != nil {
		return t, err
	}
	bases, plan := l.needs(c)
	baseKind, transportKind := c.kinds()
	if plan == nil {
		var ends []*f4f.Density
		for _, p := range bases {
			d, err := l.density(ctx, p, baseKind)
			if err != nil {
				return nil, err
			}
			ends = append(ends, d)
		}
		return f4f.BaseTransfer(ends[0], ends[len(ends)-1])
	}
	for _, p := range bases { // into the store, where the transport's training finds them
		if _, err := obtain(ctx, l, p, baseKind); err != nil {
			return nil, err
		}
	}
	return obtain(ctx, l, *plan, transportKind)
}

// together trains all that the cases need, flows of one shape as one program.
func (l *lab) together(ctx context.Context, cases []Case) error {
	bases, transports := map[kind][]f4f.BasePlan{}, map[kind][]f4f.BetweenPlan{}
	published, err := l.shelvedBases()
	if err != nil {
		return err
	}
	for _, c := range cases {
		path, _, _, err := l.shelved(c)
		if err != nil {
			return err
		}
		if path != "" {
			continue // published
		}
		b, t := l.needs(c)
		baseKind, transportKind := c.kinds()
		for _, plan := range b {
			print, err := plan.Fingerprint()
			if err != nil {
				return err
			}
			if _, found := published[print]; !found || t != nil { // a transport's training looks for its bases in the store
				bases[baseKind] = append(bases[baseKind], plan)
			}
		}
		if t != nil {
			transports[transportKind] = append(transports[transportKind], *t)
		}
	}
	for _, k := range []kind{kindBase, kindConditionalBase} {
		if err := obtainAll(ctx, l, bases[k], k); err != nil {
			return err
		}
	}
	for _, k := range []kind{kindTransport, kindBigger, kindConditionalTransport} {
		if err := obtainAll(ctx, l, transports[k], k); err != nil {
			return err
		}
	}
	return nil
}

// obtainAll trains the plans that aren't trained yet, and reports their progress.
func obtainAll[P f4f.Plan[F], F any](ctx context.Context, l *lab, plans []P, k kind) error {
	var left []P
	var prints []string
	for _, p := range plans {
		print, err := p.Fingerprint()
		if err != nil {
			return err
		}
		if l.work.wanted(print) {
			left, prints = append(left, p), append(prints, print)
		}
	}
	if len(left) == 0 {
		return nil
	}
	c := l.work.begin(k, prints...)
	defer c.end()
	_, err := f4f.FitBatched(f4f.WithEvents(ctx, c.event), left...)
	return err
}
