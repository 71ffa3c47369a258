package nflows

import (
	"cmp"
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

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Options say what a state dict does not; see f4f.NFlows.
type Options struct {
	TailBound      float64 // of the splines; 0 for the one in the file's metadata
	Name           string  // of the distribution; "" for that of the file
	Prefix         string  // the beginning of all names of the flow
	ConditionRange [][2]float64
	On             plan.Relation // of a transport's conditions; the zero value for none
	Left, Right    string        // the beginnings of the names of a transport's bases, after Prefix; "" for those of flows4flows
}

// ImportDensity reads the spec and the weights of a density from a state dict, and returns them
// with the density's fingerprint.
func ImportDensity(path string, o Options) (spec specs.Density, weights fit.Snapshot, print string, err error) {
	d, o, print, err := opened(path, o)
	if err == nil {
		spec, weights, err = d.density("", o)
	}
	if err == nil {
		err = d.checkUsed()
	}
	if err == nil {
		weights, err = inOnePrecision(weights)
	}
	return spec, weights, print, err
}

// ImportTransport reads the spec, the relation and the weights of a transport and its bases from a
// state dict, and returns them with the transport's fingerprint.
func ImportTransport(path string, o Options) (spec specs.Transport, relation *plan.Relation, weights fit.Snapshot, print string, err error) {
	d, o, print, err := opened(path, o)
	if err == nil {
		spec, relation, weights, err = d.transport(o)
	}
	if err == nil {
		weights, err = inOnePrecision(weights)
	}
	return spec, relation, weights, print, err
}

// opened reads a state dict. It also returns the options with the values that the file fills in,
// and the fingerprint of the flow.
func opened(path string, o Options) (d *stateDict, filled Options, print string, err error) {
	if d, err = readStateDict(path, o.Prefix); err != nil {
		return nil, o, "", err
	}
	if o.TailBound == 0 {
		text, ok := d.texts[nflowsTailBound]
		if !ok {
			return nil, o, "", fmt.Errorf("a state dict does not hold the splines' tail bound: set TailBound, or save it in the file's metadata as %q", nflowsTailBound)
		}
		if o.TailBound, err = strconv.ParseFloat(text, 64); err != nil {
			return nil, o, "", fmt.Errorf("its metadata have %q as %q, which is not a number", text, nflowsTailBound)
		}
	}
	if !(o.TailBound > 0) || math.IsInf(o.TailBound, 0) {
		return nil, o, "", fmt.Errorf("the splines' tail bound must be positive and finite, got %g", o.TailBound)
	}
	if o.Name == "" {
		o.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	d.bound = o.TailBound
	print, err = importedFingerprint(path, o)
	return d, o, print, err
}

// importedFingerprint returns a hash of a file and of the options that the file does not contain.
func importedFingerprint(path string, o Options) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return flowfile.Fingerprint(struct {
		Kind, File, Prefix, Left, Right, On string
		TailBound                           float64
	}{"imported", hex.EncodeToString(sum.Sum(nil)), o.Prefix, o.Left, o.Right, strings.TrimPrefix(o.On.String(), "f4f."), o.TailBound})
}

// density returns the spec and the weights of the nflows Flow whose entries begin with a prefix.
// The weights have our names, "/flow/layer_0/…".
func (d *stateDict) density(prefix string, o Options) (spec specs.Density, weights fit.Snapshot, err error) {
	chain, err := d.chain(prefix + nflowsTransform)
	if err != nil {
		return spec, nil, err
	}
	if chain.out != nil {
		return spec, nil, fmt.Errorf("its flow ends with a PointwiseAffineTransform, which a density may only begin with")
	}
	d.skip(prefix + nflowsBase + nflowsLogZ)
	spec = specs.Density{
		Kind: specs.DensityKind, Name: o.Name, Source: "nflows", Dim: chain.dim, Condition: chain.condition,
		Architecture: chain.architecture, Links: chain.links, Scaler: chain.in,
	}
	if chain.condition > 0 {
		spec.Conditions = &data.Scaler{Mean: make([]float64, chain.condition), Std: slices.Repeat([]float64{1}, chain.condition)}
		spec.ConditionRange = o.ConditionRange
	}
	return spec, chain.weights, spec.Validate()
}

// transport returns the spec of the state dict's flow for flow, its relation, and the weights of
// the flow and its bases.
func (d *stateDict) transport(o Options) (spec specs.Transport, relation *plan.Relation, weights fit.Snapshot, err error) {
	fail := func(format string, args ...any) (specs.Transport, *plan.Relation, fit.Snapshot, error) {
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
	spec = specs.Transport{Kind: specs.TransportKind, Name: o.Name, Left: left, Right: right, Architecture: chain.architecture, Links: chain.links}
	if o.On.String() != (plan.Relation{}).String() {
		known, ok := plan.RelationNamed(o.On.String())
		if !ok {
			return fail("On must be Difference, Both or Shared, got %s", o.On)
		}
		relation, spec.Relation = &known, known.String()
		if err := relation.Validate(left.Condition, right.Condition); err != nil {
			return fail("%w", err)
		}
		spec.Among = !known.KeepsCondition()
	}
	switch seen := spec.SeenWidth(relation); {
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
	maps.Copy(weights, specs.Rescoped(leftWeights, specs.FlowScope, specs.LeftScope))
	maps.Copy(weights, specs.Rescoped(rightWeights, specs.FlowScope, specs.RightScope))
	return spec, relation, weights, spec.Validate()
}

// inOnePrecision returns the weights in Float64 if any of them is, which loses nothing.
func inOnePrecision(weights fit.Snapshot) (fit.Snapshot, error) {
	for _, value := range weights {
		if value.DType() == dtypes.Float64 {
			return numbers.In(dtypes.Float64, weights)
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
