package paper

import (
	"context"

	"github.com/flowsforflows/flows/f4f"
)

// training is a flow to train, once for all cases that need it.
type training struct {
	print string // fingerprint of its plan
	kind  kind
	steps int
}

// kind groups trainings whose steps take the same time.
type kind string

const (
	kindBase                 kind = "base"
	kindConditionalBase      kind = "conditional base"
	kindTransport            kind = "transport"
	kindBigger               kind = "bigger transport"
	kindConditionalTransport kind = "conditional transport"
	kindPeer                 kind = "transport by flows4flows, with its bases"
)

// needs returns the plans of all flows that a case needs.
func (r recipes) needs(c Case) (bases []f4f.BasePlan, transport *f4f.BetweenPlan) {
	switch {
	case c.Method == optimalPairing, c.Method == byFlows4flows: // no plans of ours
	case c.Method == learnedBase:
		bases = []f4f.BasePlan{r.base(setOf(c.Left), c.Seed)}
	case c.Family != "":
		bases = []f4f.BasePlan{r.conditionalBase(c)}
	default:
		left, right := r.bases(c)
		bases = []f4f.BasePlan{left, right}
	}
	if _, trained := transports[c.Method]; trained {
		plan := r.between(c)
		transport = &plan
	}
	return bases, transport
}

// kinds returns the kinds of a case's bases and of its transport.
func (c Case) kinds() (base, transport kind) {
	switch {
	case c.Family != "":
		return kindConditionalBase, kindConditionalTransport
	case c.Method == bigger || c.Method == biggerPenalty:
		return kindBase, kindBigger
	}
	return kindBase, kindTransport
}

// trainings returns all trainings that a case needs, and the fingerprint of what it measures.
func (r recipes) trainings(c Case) (all []training, print string, err error) {
	if c.Method == byFlows4flows {
		t := r.task(c)
		ofBases, ofFlow := t.steps()
		return []training{{t.fingerprint(), kindPeer, ofBases + ofFlow}}, t.fingerprint(), nil
	}
	bases, transport := r.needs(c)
	baseKind, transportKind := c.kinds()
	add := func(p interface{ Fingerprint() (string, error) }, k kind, epochs int) error {
		own, err := p.Fingerprint()
		if err != nil {
			return err
		}
		recipe := r.of(epochs)
		all = append(all, training{own, k, recipe.Epochs * (recipe.Samples / recipe.Batch)})
		if print != "" {
			print += "+"
		}
		print += own
		return nil
	}
	of, onto := baseEpochs, transportEpochs
	if c.Family != "" {
		of, onto = conditionalBaseEpochs, conditionalTransportEpochs
	}
	for _, p := range bases {
		if err := add(p, baseKind, of); err != nil {
			return nil, "", err
		}
	}
	if transport == nil {
		return all, print, nil
	}
	print = "" // the transport's fingerprint covers its bases
	return all, print, add(transport, transportKind, onto)
}

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
