package paper

import "github.com/flowsforflows/flows/f4f"

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
	case c.Method == optimalPairing, c.beside() != "": // no plans of ours
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
	if c.beside() != "" {
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
