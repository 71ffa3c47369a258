package f4f

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// LoadDensity reads a density from the file that Save wrote. It needs nothing else: neither the plan nor its data.
func LoadDensity(ctx context.Context, path string) (*Density, error) {
	return loadDensity(ctx, path, "")
}

func loadDensity(ctx context.Context, path, choice string) (*Density, error) {
	var spec densitySpec
	weights, history, print, err := readFlow(path, &spec)
	if err != nil {
		return nil, err
	}
	if err := spec.validate(); err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	b, err := backend.Open(ctx, choice)
	if err != nil {
		return nil, fmt.Errorf("f4f: %w", err)
	}
	d, err := newDensity(b.Backend, weights, spec, history, print)
	if err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return d, nil
}

// newDensity is a density of weights, which it checks against the spec.
func newDensity(b compute.Backend, weights fit.Snapshot, spec densitySpec, history *fit.State, print string) (*Density, error) {
	e, err := newEngine(b, weights)
	if err != nil {
		return nil, err
	}
	d := &Density{trained: &trained{engine: e, history: history, fingerprint: print}, spec: spec, flow: spec.normal()}
	err = e.check(spec.Dim, spec.Condition, func(scope *model.Scope, x, c *Node) []*Node {
		return []*Node{d.flow.logProb(scope.At(flowScope), x, c)}
	})
	if err != nil {
		return nil, fmt.Errorf("%w: its weights don't fit its plan: %w", fit.ErrCorrupt, err)
	}
	return d, nil
}

// LoadTransport reads a transport, its bases included, from the file that Save wrote. It needs nothing else: neither the plan nor its data.
func LoadTransport(ctx context.Context, path string) (*Transport, error) {
	return loadTransport(ctx, path, "")
}

func loadTransport(ctx context.Context, path, choice string) (*Transport, error) {
	var spec transportSpec
	weights, history, print, err := readFlow(path, &spec)
	if err != nil {
		return nil, err
	}
	if err := spec.validate(); err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	b, err := backend.Open(ctx, choice)
	if err != nil {
		return nil, fmt.Errorf("f4f: %w", err)
	}
	t, err := newTransport(b.Backend, weights, spec, history, print)
	if err != nil {
		return nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return t, nil
}

// newTransport is a transport of weights, which it checks against the spec. Its bases have no history of their own.
func newTransport(b compute.Backend, weights fit.Snapshot, spec transportSpec, history *fit.State, print string) (*Transport, error) {
	left, err := newDensity(b, rescoped(weights, leftScope, flowScope), spec.Left, &fit.State{}, "")
	if err != nil {
		return nil, err
	}
	right, err := newDensity(b, rescoped(weights, rightScope, flowScope), spec.Right, &fit.State{}, "")
	if err != nil {
		return nil, err
	}
	e, err := newEngine(b, weights)
	if err != nil {
		return nil, err
	}
	t := &Transport{trained: &trained{engine: e, history: history, fingerprint: print}, spec: spec, flow: spec.between(), left: left, right: right}
	err = e.check(spec.Left.Dim, 0, func(scope *model.Scope, x, _ *Node) []*Node {
		y, logDet := t.flow.forward(scope, x)
		return []*Node{Add(t.flow.rightLogProb(scope, y), Add(t.flow.leftLogProb(scope, x), logDet))}
	})
	if err != nil {
		return nil, fmt.Errorf("%w: its weights don't fit its plan: %w", fit.ErrCorrupt, err)
	}
	return t, nil
}
