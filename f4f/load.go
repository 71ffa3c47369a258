package f4f

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// LoadDensity reads a density from a file that Density.Save wrote. It needs neither the plan nor
// the data. It sends the density's notes again; see Density.Notes. It returns an error that wraps
// ErrCorrupt if the file is damaged.
func LoadDensity(ctx context.Context, path string) (*Density, error) {
	d, err := loadDensity(ctx, path, "")
	if err != nil {
		return nil, err
	}
	tellAgain(ctx, densityName(d.spec.Name), d.notes)
	return d, nil
}

// tellAgain sends the notes of a flow that was loaded from a file.
func tellAgain(ctx context.Context, flow string, notes []string) {
	if len(notes) > 0 {
		receiverOf(ctx).event(fit.Event{Flow: flow, Loaded: true, Done: true, Notes: slices.Clone(notes)})
	}
}

// openFor opens the backend that will run a trained flow, and sends the note on it.
func openFor(ctx context.Context, choice, flow string) (*backend.Backend, error) {
	b, err := backend.Open(ctx, choice)
	if err != nil {
		return nil, err
	}
	receiverOf(ctx).ofRunning(flow, b.Info.Note)
	return b, nil
}

// loadDensity loads a density on a backend, and sends no notes of the density.
func loadDensity(ctx context.Context, path, choice string) (*Density, error) {
	spec, weights, from, err := readDensity(path)
	if err != nil {
		return nil, err
	}
	b, err := openFor(ctx, choice, densityName(spec.Name))
	if err != nil {
		return nil, fmt.Errorf("f4f: %w", err)
	}
	d, err := newDensity(b.Backend, weights, spec, from.History, from.Fingerprint)
	if err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	d.take(from.Notes)
	return d, nil
}

// readDensity reads a density's file. It checks the plan against the weights before it builds
// anything from what the plan claims.
func readDensity(path string) (spec densitySpec, weights fit.Snapshot, from flowfile.Origin, err error) {
	weights, from, err = flowfile.Read(path, &spec)
	if err != nil {
		return spec, nil, flowfile.Origin{}, err
	}
	if err = spec.validate(); err == nil {
		err = spec.fits(weights, flowScope)
	}
	if err != nil {
		return spec, nil, flowfile.Origin{}, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return spec, flowWeights(weights), from, nil
}

// newDensity returns the density with these weights. It returns an error that wraps ErrCorrupt if
// they do not fit the spec.
func newDensity(b compute.Backend, weights fit.Snapshot, spec densitySpec, history *fit.State, print string) (*Density, error) {
	dtype, err := numbers.DTypeOf(weights)
	if err != nil {
		return nil, err
	}
	e, err := engine.New(b, spec.graphs(), merged(weights, spec.scales(flowScope, precisionOf(dtype))))
	if err != nil {
		return nil, err
	}
	d := &Density{trained: &trained{engine: e, history: history, fingerprint: print}, spec: spec, flow: spec.normal(flowScope)}
	err = e.CheckWeights(spec.Dim, spec.Condition, func(scope *model.Scope, x, c *Node) []*Node {
		return []*Node{d.flow.logProb(scope.At(flowScope), x, c)}
	})
	if err != nil {
		return nil, fmt.Errorf("%w: its weights don't fit its plan: %w", fit.ErrCorrupt, err)
	}
	return d, nil
}

// LoadTransport reads a transport and its bases from a file that Transport.Save wrote. It needs
// neither the plan nor the data. It sends the notes of the transport and of its bases again; see
// Density.Notes. It returns an error that wraps ErrCorrupt if the file is damaged.
func LoadTransport(ctx context.Context, path string) (*Transport, error) {
	return loadTransportAlone(ctx, path, nil)
}

// LoadTransportOn reads a transport that was trained with a relation of your own (RelationFunc or
// Ordered). Give that relation as r, because no file holds its function.
func LoadTransportOn(ctx context.Context, path string, r Relation) (*Transport, error) {
	return loadTransportAlone(ctx, path, &r)
}

// loadTransportAlone loads a transport and sends its notes again.
func loadTransportAlone(ctx context.Context, path string, relation *Relation) (*Transport, error) {
	t, err := loadTransport(ctx, path, "", relation)
	if err != nil {
		return nil, err
	}
	tellAgain(ctx, t.spec.Name, t.allNotes())
	return t, nil
}

// loadTransport loads a transport on a backend, and sends no notes of the transport.
func loadTransport(ctx context.Context, path, choice string, relation *Relation) (*Transport, error) {
	spec, relation, weights, from, err := readTransport(path, relation)
	if err != nil {
		return nil, err
	}
	b, err := openFor(ctx, choice, spec.Name)
	if err != nil {
		return nil, fmt.Errorf("f4f: %w", err)
	}
	t, err := newTransport(b.Backend, weights, spec, relation, from.History, from.Fingerprint)
	if err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	t.take(from.Notes)
	return t, nil
}

// readTransport reads a transport's file as readDensity does a density's. given is the relation, if
// it has a function that no file holds.
func readTransport(path string, given *Relation) (spec transportSpec, relation *Relation, weights fit.Snapshot, from flowfile.Origin, err error) {
	weights, from, err = flowfile.Read(path, &spec)
	if err != nil {
		return spec, nil, nil, flowfile.Origin{}, err
	}
	if err = spec.validate(); err == nil {
		relation, err = spec.relation(given)
	}
	if err == nil && relation != nil && !spec.Transfer {
		err = relation.validate(spec.Left.Condition, spec.Right.Condition)
	}
	if err == nil && !spec.Transfer {
		err = spec.Architecture.validate(spec.Left.Dim, spec.seen(relation))
	}
	if err == nil {
		err = spec.fits(weights, relation)
	}
	if err != nil {
		return spec, nil, nil, flowfile.Origin{}, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return spec, relation, flowWeights(weights), from, nil
}

// newTransport returns the transport with these weights. It returns an error that wraps ErrCorrupt
// if they do not fit the spec. The bases get an empty history.
func newTransport(b compute.Backend, weights fit.Snapshot, spec transportSpec, relation *Relation,
	history *fit.State, print string) (*Transport, error) {
	left, err := newDensity(b, rescoped(weights, leftScope, flowScope), spec.Left, &fit.State{}, "")
	if err != nil {
		return nil, err
	}
	right, err := newDensity(b, rescoped(weights, rightScope, flowScope), spec.Right, &fit.State{}, "")
	if err != nil {
		return nil, err
	}
	e, err := engine.New(b, spec.graphs(relation), merged(weights, spec.scales(left.Precision())))
	if err != nil {
		return nil, err
	}
	t := &Transport{
		trained: &trained{engine: e, history: history, fingerprint: print},
		spec:    spec, flow: spec.between(relation), left: left, right: right,
	}
	err = e.CheckWeights(spec.Left.Dim, spec.Left.Condition+spec.Right.Condition, func(scope *model.Scope, x, c *Node) []*Node {
		y, logDet := t.flow.forward(scope, x, c)
		return []*Node{Add(t.flow.onRight(scope, y, c), Add(t.flow.onLeft(scope, x, c), logDet))}
	})
	if err != nil {
		return nil, fmt.Errorf("%w: its weights don't fit its plan: %w", fit.ErrCorrupt, err)
	}
	return t, nil
}

// relation returns the relation that the spec names: the library's own, or the given one if the
// spec names it. Without conditions it is nil.
func (s transportSpec) relation(given *Relation) (*Relation, error) {
	known, ok := relationByName(s.Relation)
	switch {
	case s.Relation == "" && given == nil:
		return nil, nil
	case given != nil && given.String() != s.Relation:
		return nil, fmt.Errorf("it was trained on %s, not on %s", s.Relation, given)
	case given != nil:
		return given, nil
	case !ok:
		return nil, fmt.Errorf("it was trained on %s, a function that no file holds: load it with LoadTransportOn", s.Relation)
	}
	return &known, nil
}
