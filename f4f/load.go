package f4f

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/ensemble"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// LoadDensity reads a density from a file that Density.Save wrote. It needs neither the plan nor
// the data. It sends the density's notes again; see Density.Notes. It returns an error that wraps
// ErrCorrupt if the file is damaged.
func LoadDensity(ctx context.Context, path string) (*Density, error) {
	d, err := loadDensity(ctx, path, "")
	if err != nil {
		return nil, asKind(path, filekind.Safetensors, err)
	}
	train.SendNotes(ctx, densityName(d.spec.Name), d.notes)
	return d, nil
}

// loadDensity loads a density on a backend, and sends no notes of the density.
func loadDensity(ctx context.Context, path, choice string) (*Density, error) {
	spec, weights, from, err := readDensity(path)
	if err != nil {
		return nil, err
	}
	b, err := train.OpenBackend(ctx, choice, densityName(spec.Name))
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
func readDensity(path string) (spec specs.Density, weights fit.Snapshot, from flowfile.Origin, err error) {
	weights, from, err = flowfile.Read(path, &spec)
	if err != nil {
		return spec, nil, flowfile.Origin{}, err
	}
	if err = spec.Validate(); err == nil {
		err = spec.CheckSizes(weights, specs.FlowScope)
	}
	if err != nil {
		return spec, nil, flowfile.Origin{}, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return spec, specs.FlowWeights(weights), from, nil
}

// newDensity returns the density with these weights. It returns an error that wraps ErrCorrupt if
// they do not fit the spec.
func newDensity(b compute.Backend, weights fit.Snapshot, spec specs.Density, history *fit.State, print string) (*Density, error) {
	dtype, err := spec.DType(weights)
	if err != nil {
		return nil, err
	}
	e, err := engine.NewIn(b, spec.GraphsKey(), dtype, specs.Merged(weights, spec.Scales(specs.FlowScope, dtype)))
	if err != nil {
		return nil, err
	}
	d := &Density{trained: &trained{engine: e, history: history, fingerprint: print}, spec: spec, flow: spec.Normal(specs.FlowScope)}
	err = e.CheckWeights(spec.Dim, spec.Condition, func(scope *model.Scope, x, c *Node) []*Node {
		return []*Node{d.flow.AllWeights(scope.At(specs.FlowScope), x, c)}
	})
	if err != nil && spec.HasFunctions() {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
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
		return nil, asKind(path, filekind.Safetensors, err)
	}
	train.SendNotes(ctx, t.spec.Name, t.allNotes())
	return t, nil
}

// loadTransport loads a transport on a backend, and sends no notes of the transport.
func loadTransport(ctx context.Context, path, choice string, relation *Relation) (*Transport, error) {
	spec, relation, weights, from, err := readTransport(path, relation)
	if err != nil {
		return nil, err
	}
	b, err := train.OpenBackend(ctx, choice, spec.Name)
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
func readTransport(path string, given *Relation) (spec specs.Transport, relation *Relation, weights fit.Snapshot, from flowfile.Origin, err error) {
	weights, from, err = flowfile.Read(path, &spec)
	if err != nil {
		return spec, nil, nil, flowfile.Origin{}, err
	}
	if err = spec.Validate(); err == nil {
		relation, err = spec.ResolveRelation(given)
	}
	if err == nil && relation != nil && !spec.Transfer {
		err = relation.Validate(spec.Left.Condition, spec.Right.Condition)
	}
	if err == nil && !spec.Transfer {
		err = spec.Architecture.Validate(spec.Left.Dim, spec.SeenWidth(relation))
	}
	if err == nil {
		err = spec.CheckSizes(weights, relation)
	}
	if err != nil {
		return spec, nil, nil, flowfile.Origin{}, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return spec, relation, specs.FlowWeights(weights), from, nil
}

// newTransport returns the transport with these weights. It returns an error that wraps ErrCorrupt
// if they do not fit the spec. The bases get an empty history.
func newTransport(b compute.Backend, weights fit.Snapshot, spec specs.Transport, relation *Relation,
	history *fit.State, print string) (*Transport, error) {
	left, err := newDensity(b, specs.Rescoped(weights, specs.LeftScope, specs.FlowScope), spec.Left, &fit.State{}, "")
	if err != nil {
		return nil, err
	}
	right, err := newDensity(b, specs.Rescoped(weights, specs.RightScope, specs.FlowScope), spec.Right, &fit.State{}, "")
	if err != nil {
		return nil, err
	}
	if left.engine.DType() != right.engine.DType() {
		return nil, fmt.Errorf("%w: its left density is of %s and its right one of %s", fit.ErrCorrupt, left.engine.DType(), right.engine.DType())
	}
	e, err := engine.NewIn(b, spec.GraphsKey(relation), left.engine.DType(), specs.Merged(weights, spec.Scales(left.engine.DType())))
	if err != nil {
		return nil, err
	}
	t := &Transport{
		trained: &trained{engine: e, history: history, fingerprint: print},
		spec:    spec, flow: spec.Between(relation), left: left, right: right,
	}
	err = e.CheckWeights(spec.Left.Dim, spec.Left.Condition+spec.Right.Condition, func(scope *model.Scope, x, c *Node) []*Node {
		return []*Node{t.flow.AllWeights(scope, x, c)}
	})
	if err != nil {
		return nil, fmt.Errorf("%w: its weights don't fit its plan: %w", fit.ErrCorrupt, err)
	}
	return t, nil
}

// LoadEnsemble reads an ensemble from the file that its Save wrote: a *DensityEnsemble, a
// *TransportEnsemble, a *CrossDensity or a *CrossTransport. It needs neither the plan nor the data.
// For transports that were trained with a relation of your own (RelationFunc or Ordered), give that
// relation too, because no file holds its function. It returns an error that wraps ErrCorrupt if
// the file is damaged.
//
//	e, err := f4f.LoadEnsemble[*f4f.DensityEnsemble](ctx, "jets.ensemble")
func LoadEnsemble[E *DensityEnsemble | *TransportEnsemble | *CrossDensity | *CrossTransport](ctx context.Context, path string, relation ...Relation) (e E, err error) {
	if ctx == nil {
		return nil, train.ErrNoContext("LoadEnsemble")
	}
	if len(relation) > 1 {
		return nil, fmt.Errorf("f4f: reading %s: an ensemble has at most one relation, got %d", path, len(relation))
	}
	density := func(path string) (*Density, error) { return LoadDensity(ctx, path) }
	transport := func(path string) (*Transport, error) {
		var of *Relation
		if len(relation) > 0 {
			of = &relation[0]
		}
		return loadTransportAlone(ctx, path, of)
	}
	switch e := any(&e).(type) {
	case **DensityEnsemble:
		*e = &DensityEnsemble{}
		(*e).flows, _, err = ensemble.Load(path, ensemble.OfDensities, 0, density)
	case **TransportEnsemble:
		*e = &TransportEnsemble{}
		(*e).flows, _, err = ensemble.Load(path, ensemble.OfTransports, 0, transport)
	case **CrossDensity:
		flows, folds, failed := ensemble.Load(path, ensemble.CrossFitDensities, 1, density)
		if err = failed; err == nil {
			*e = &CrossDensity{flows, folds[0]}
		}
	case **CrossTransport:
		flows, folds, failed := ensemble.Load(path, ensemble.CrossFitTransports, 2, transport)
		if err = failed; err == nil {
			*e = &CrossTransport{flows, folds[0], folds[1]}
		}
	}
	if err != nil {
		return nil, asKind(path, filekind.Zip, err)
	}
	return e, nil
}

// asKind adds to the error of reading a file what the file is, if it is of another kind than
// wanted.
func asKind(path, wanted string, err error) error {
	if err == nil {
		return nil
	}
	if kind := filekind.OfFile(path, wanted); kind != nil {
		return fmt.Errorf("%w; %w", err, kind)
	}
	return err
}

// densityName returns the name of a source's density in events and in the store.
func densityName(source string) string { return "base " + source }

// givenDensity returns a density that is given instead of trained, which has no weights. It returns
// an error if a user function gives a wrong shape, or if its log-density or the gradient isn't
// finite at some points of its own source. If these are no points of that density, it has a note.
func givenDensity(b compute.Backend, spec specs.Density, print string) (*Density, error) {
	d, err := newDensity(b, fit.Snapshot{}, spec, &fit.State{}, print)
	if err != nil || !spec.HasFunctions() {
		return d, err
	}
	x, err := spec.SampleRoot(spec.OwnPoints(), 0)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	outputs, err := d.engine.Run("own points", func(scope *model.Scope, x, c *Node) []*Node {
		bijection.WithGradient(scope, x.Graph())
		logProbs := d.flow.LogProb(scope.At(specs.FlowScope), x, c)
		return []*Node{logProbs, Gradient(ReduceAllSum(logProbs), x)[0]}
	}, x, data.Points{})
	if err == nil {
		err = specs.CheckOwnPoints(x, outputs[0], outputs[1])
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	if note := specs.OwnPointsNote(x, outputs[1]); note != "" {
		d.take(flowfile.Notes{Flow: []string{spec.Name + ": " + note}})
	}
	return d, nil
}
