package f4f

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// NFlows says what the state dict of a flow does not. Its shapes tell the rest: the numbers of
// features, layers, blocks, hidden units and bins, the width of the condition, and the maps between
// the layers.
//
// The import assumes the defaults of nflows and of the paper: ReLU, residual blocks, linear tails,
// bins of at least 1e-3 of the whole, slopes of at least 1e-3, and the standard normal as the base
// distribution. A state dict does not show another activation, or the identity start of nflows'
// development version, so such a flow is imported wrongly. Compare a log-prob with nflows to be
// sure.
type NFlows struct {
	// TailBound is the tail bound of the splines. 0 means the value of "tail_bound" in the file's
	// metadata. One of the two must be given.
	TailBound float64
	// Name is the name of the distribution; "" means the file's name without its extension.
	Name string
	// Prefix is the beginning of all names of the flow in the file, such as "model.". Other names
	// are ignored.
	Prefix string
	// ConditionRange is the least and the greatest value of each feature of the condition in
	// training. A flow warns about conditions outside this range; without it, it cannot. For a
	// transport it is the range of both bases.
	ConditionRange [][2]float64
	// On is what a transport sees of its conditions: Difference for a DeltaFlowForFlow of
	// flows4flows, Both for a ConcatFlowForFlow, Shared for a DiscreteBaseConditionFlowForFlow, and
	// none for a DiscreteBaseFlowForFlow.
	On Relation
	// Left and Right are the beginnings, after Prefix, of the names of a transport's bases. ""
	// means those of flows4flows, "base_flow_left." and "base_flow_right.".
	Left, Right string
	// Backend is the backend that computes; see BasePlan.Backend.
	Backend string
}

// ImportNFlows reads a density from a safetensors file that holds the state dict of an nflows Flow,
// or of a flows4flows BaseFlow. The flow must consist of autoregressive or coupling layers of
// rational-quadratic splines, with permutations and LU linear maps between them, on a standard
// normal. A PointwiseAffineTransform may come first.
//
// The density agrees with nflows up to rounding, and computes in Float64 if any of the file's
// weights are float64. It sees the condition as nflows does: the first feature of an autoregressive
// layer does not depend on it.
//
// ImportNFlows returns an error that names the first entry that is missing, has the wrong shape or
// cannot be imported.
func ImportNFlows(ctx context.Context, path string, o NFlows) (*Density, error) {
	return imported(ctx, path, o, func(d *stateDict, b *backend.Backend, print string) (*Density, error) {
		spec, weights, err := d.density("", o)
		if err == nil {
			err = d.checkUsed()
		}
		if err == nil {
			weights, err = inOnePrecision(weights)
		}
		if err != nil {
			return nil, err
		}
		return newDensity(b.Backend, weights, spec, &fit.State{}, print)
	})
}

// ImportNFlowsTransport reads a transport and its bases from a safetensors file that holds the
// state dict of a flows4flows model, as ImportNFlows reads a density.
//
// Under Difference and Both, both sides must be the same distribution. flows4flows then chooses the
// direction of the flow by the order of a point's two conditions, as this package does. The two
// differ between equal conditions: flows4flows applies the flow, and the transport is the identity.
func ImportNFlowsTransport(ctx context.Context, path string, o NFlows) (*Transport, error) {
	return imported(ctx, path, o, func(d *stateDict, b *backend.Backend, print string) (*Transport, error) {
		spec, relation, weights, err := d.transport(o)
		if err == nil {
			weights, err = inOnePrecision(weights)
		}
		if err != nil {
			return nil, err
		}
		return newTransport(b.Backend, weights, spec, relation, &fit.State{}, print)
	})
}

// imported reads a state dict and makes a flow from it. The function flow must use all of its
// entries.
func imported[Flow any](ctx context.Context, path string, o NFlows,
	flow func(d *stateDict, b *backend.Backend, print string) (Flow, error)) (f Flow, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("f4f: importing %s: %w", path, err)
		}
	}()
	d, err := readStateDict(path, o.Prefix)
	if err != nil {
		return f, err
	}
	if o.TailBound == 0 {
		text, ok := d.texts[nflowsTailBound]
		if !ok {
			return f, fmt.Errorf("a state dict does not hold the splines' tail bound: set TailBound, or save it in the file's metadata as %q", nflowsTailBound)
		}
		if o.TailBound, err = strconv.ParseFloat(text, 64); err != nil {
			return f, fmt.Errorf("its metadata have %q as %q, which is not a number", text, nflowsTailBound)
		}
	}
	if !(o.TailBound > 0) || math.IsInf(o.TailBound, 0) {
		return f, fmt.Errorf("the splines' tail bound must be positive and finite, got %g", o.TailBound)
	}
	if o.Name == "" {
		o.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	print, err := importedFingerprint(path, o)
	if err != nil {
		return f, err
	}
	d.bound = o.TailBound
	b, err := openFor(ctx, o.Backend, o.Name)
	if err != nil {
		return f, err
	}
	return flow(d, b, print)
}

// importedFingerprint returns a hash of a file and of the options that the file does not contain.
func importedFingerprint(path string, o NFlows) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return fingerprint(struct {
		Kind, File, Prefix, Left, Right, On string
		TailBound                           float64
	}{"imported", hex.EncodeToString(sum.Sum(nil)), o.Prefix, o.Left, o.Right, o.On.name, o.TailBound})
}

// density returns the spec and the weights of the nflows Flow whose entries begin with a prefix.
// The weights have our names, "/flow/layer_0/…".
func (d *stateDict) density(prefix string, o NFlows) (spec densitySpec, weights fit.Snapshot, err error) {
	chain, err := d.chain(prefix + nflowsTransform)
	if err != nil {
		return spec, nil, err
	}
	if chain.out != nil {
		return spec, nil, fmt.Errorf("its flow ends with a PointwiseAffineTransform, which a density may only begin with")
	}
	d.skip(prefix + nflowsBase + nflowsLogZ)
	spec = densitySpec{
		Kind: densityKind, Name: o.Name, Source: "nflows", Dim: chain.dim, Condition: chain.condition,
		Architecture: chain.architecture, Links: chain.links, Scaler: chain.in,
	}
	if chain.condition > 0 {
		spec.Conditions = &data.Scaler{Mean: make([]float64, chain.condition), Std: slices.Repeat([]float64{1}, chain.condition)}
		spec.ConditionRange = o.ConditionRange
	}
	return spec, chain.weights, spec.validate()
}

// transport returns the spec of the state dict's flow for flow, its relation, and the weights of
// the flow and its bases.
func (d *stateDict) transport(o NFlows) (spec transportSpec, relation *Relation, weights fit.Snapshot, err error) {
	fail := func(format string, args ...any) (transportSpec, *Relation, fit.Snapshot, error) {
		return spec, nil, nil, fmt.Errorf(format, args...)
	}
	chain, err := d.chain(nflowsTransform)
	if err != nil {
		return fail("%w", err)
	}
	leftPrefix, rightPrefix := cmp.Or(o.Left, nflowsLeft), cmp.Or(o.Right, nflowsRight)
	// safetensors' save_model keeps tensors that have several names under one of them: the right
	// base under the Flow's own distribution, and the left base there too if both are the same.
	if o.Right == "" && !d.has(rightPrefix) {
		rightPrefix = nflowsBase
	}
	if o.Left == "" && !d.has(leftPrefix) {
		leftPrefix = rightPrefix
	}
	left, leftWeights, err := d.density(leftPrefix, o)
	if err != nil {
		return fail("left base: %w", err)
	}
	right, rightWeights, err := d.density(rightPrefix, o)
	if err != nil {
		return fail("right base: %w", err)
	}
	d.skip(nflowsBase)    // the right base once more
	d.skip(nflowsPenalty) // used in training only
	if err := d.checkUsed(); err != nil {
		return fail("%w", err)
	}
	left.Name, right.Name = o.Name+" left", o.Name+" right"
	same := sameWeights(leftWeights, rightWeights)
	spec = transportSpec{Kind: transportKind, Name: o.Name, Left: left, Right: right, Architecture: chain.architecture, Links: chain.links}
	if o.On.name != "" {
		known, ok := relationByName(o.On.String())
		if !ok {
			return fail("On must be Difference, Both or Shared, got %s", o.On)
		}
		relation, spec.Relation = &known, known.String()
		if err := relation.validate(left.Condition, right.Condition); err != nil {
			return fail("%w", err)
		}
		spec.Among = known.name != Shared.name
	}
	switch seen := spec.seen(relation); {
	case relation == nil && chain.condition > 0:
		return fail("its flow sees %d features of conditions: say which with On: Difference, Both or Shared", chain.condition)
	case chain.condition != seen:
		return fail("its flow sees %d features of conditions, but %s of conditions of %d and %d features has %d", chain.condition, relation, left.Condition, right.Condition, seen)
	case left.Dim != chain.dim || right.Dim != chain.dim:
		return fail("its flow has %d features, its bases %d and %d", chain.dim, left.Dim, right.Dim)
	case spec.Among && !same:
		return fail("under %s both bases must be the same, but they differ", relation)
	case !sameScaler(chain.in, left.Scaler) || !sameScaler(chain.out, right.Scaler):
		return fail("its flow must begin with the PointwiseAffineTransform of its left base and end with the inverse of that of its right one, or none of them have one")
	}
	weights = chain.weights
	maps.Copy(weights, rescoped(leftWeights, flowScope, leftScope))
	maps.Copy(weights, rescoped(rightWeights, flowScope, rightScope))
	return spec, relation, weights, spec.validate()
}

// inOnePrecision returns the weights in Float64 if any of them is, which loses nothing.
func inOnePrecision(weights fit.Snapshot) (fit.Snapshot, error) {
	for _, value := range weights {
		if value.DType() == Float64.dtype() {
			return Float64.in(weights)
		}
	}
	return weights, nil
}

// sameWeights reports whether two flows have equal weights.
func sameWeights(a, b fit.Snapshot) bool {
	return maps.EqualFunc(a, b, (*tensors.Tensor).Equal)
}

// sameScaler reports whether two scalers, nil for none, are equal up to float32's rounding.
func sameScaler(a, b *data.Scaler) bool {
	if a == nil || b == nil {
		return a == b
	}
	for j := range a.Std {
		if math.Abs(a.Std[j]-b.Std[j]) > 1e-6*b.Std[j] || math.Abs(a.Mean[j]-b.Mean[j]) > 1e-6*(b.Std[j]+math.Abs(b.Mean[j])) {
			return false
		}
	}
	return true
}
