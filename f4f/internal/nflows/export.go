package nflows

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// ExportDensity writes a density to a file as the state dict of an nflows Flow.
func ExportDensity(path string, spec specs.Density, weights fit.Snapshot, dtype dtypes.DType) error {
	entries := fit.Snapshot{}
	python, err := densityEntries(spec, weights, dtype, specs.FlowScope, "", entries)
	if err != nil {
		return err
	}
	return writeStateDict(path, entries, spec.Name, spec.Architecture, dtype, "Flow("+python+")")
}

// ExportTransport writes a transport and its bases to a file as the state dict of a flows4flows
// model.
func ExportTransport(path string, spec specs.Transport, relation *plan.Relation, weights fit.Snapshot, dtype dtypes.DType) error {
	entries, python, err := transportEntries(spec, relation, weights, dtype)
	if err != nil {
		return err
	}
	return writeStateDict(path, entries, spec.Name, spec.Architecture, dtype, python)
}

// transportEntries returns the entries of a transport's state dict, and the Python code that makes
// its model.
func transportEntries(spec specs.Transport, relation *plan.Relation, weights fit.Snapshot, dtype dtypes.DType) (entries fit.Snapshot, python string, err error) {
	class, conditions := "DiscreteBaseFlowForFlow", (*data.Scaler)(nil)
	left, right := spec.Left.Conditions, spec.Right.Conditions
	switch {
	case spec.Transfer:
		return nil, "", fmt.Errorf("a base transfer has no flow of its own: export its Left and Right")
	case spec.Relation == "":
	case spec.Relation == plan.Shared.String():
		class, conditions = "DiscreteBaseConditionFlowForFlow", left
	case !spec.Among:
		return nil, "", fmt.Errorf("flows4flows has %s only for the conditions of one distribution, and this is between two", spec.Relation)
	case spec.Relation == plan.Difference.String():
		// Both sides have the same mean, which cancels.
		class, conditions = "DeltaFlowForFlow", &data.Scaler{Mean: make([]float64, len(left.Mean)), Std: left.Std}
	case spec.Relation == plan.Both.String():
		class, conditions = "ConcatFlowForFlow", &data.Scaler{
			Mean: append(append([]float64{}, left.Mean...), right.Mean...),
			Std:  append(append([]float64{}, left.Std...), right.Std...),
		}
	default:
		return nil, "", fmt.Errorf("flows4flows doesn't know the relation %s", spec.Relation)
	}
	entries = fit.Snapshot{nflowsPenalty + "weight": tensors.FromFlatDataAndDimensions([]float32{0}, 1)}
	e := exporter{
		weights: weights, dtype: dtype, scope: specs.FlowScope, prefix: nflowsTransform,
		entries: entries, dim: spec.Left.Dim, conditions: conditions,
	}
	own, err := e.chain(spec.Bijection(spec.SeenWidth(relation)), spec.Left.Scaler, spec.Right.Scaler)
	if err != nil {
		return nil, "", err
	}
	leftBase, err := densityEntries(spec.Left, weights, dtype, specs.LeftScope, nflowsLeft, entries)
	if err != nil {
		return nil, "", fmt.Errorf("left base: %w", err)
	}
	rightBase, err := densityEntries(spec.Right, weights, dtype, specs.RightScope, nflowsRight, entries)
	if err != nil {
		return nil, "", fmt.Errorf("right base: %w", err)
	}
	again := fit.Snapshot{} // the right base is also the Flow's own
	for name, value := range entries {
		if rest, ok := strings.CutPrefix(name, nflowsRight); ok {
			again[nflowsBase+rest] = value
		}
	}
	maps.Copy(entries, again)
	return entries, fmt.Sprintf("%s(%s, distribution_right=BaseFlow(%s), distribution_left=BaseFlow(%s))", class, own, rightBase, leftBase), nil
}

// densityEntries adds a density's entries. It returns the Python code of the arguments that its
// Flow is made from.
func densityEntries(s specs.Density, weights fit.Snapshot, dtype dtypes.DType, scope, prefix string, entries fit.Snapshot) (python string, err error) {
	switch {
	case s.Angles() != nil || s.ConditionAngles != nil:
		return "", fmt.Errorf("an angle has no counterpart in nflows, whose splines are not circular")
	case s.Base != nil:
		return "", fmt.Errorf("the base distribution %s has no counterpart in nflows: train with the standard normal", s.BaseText())
	}
	for what, pipeline := range map[string]*data.Pipeline{"points": s.Pipeline, "conditions": s.ConditionPipeline} {
		if pipeline != nil {
			return "", fmt.Errorf("the maps of its %s have no counterpart in nflows (%s): map the data before Base instead of by Column", what, pipeline)
		}
	}
	e := exporter{
		weights: weights, dtype: dtype, scope: scope, prefix: prefix + nflowsTransform,
		entries: entries, dim: s.Dim, conditions: s.Conditions,
	}
	python, err = e.chain(s.Bijection(), s.Scaler, nil)
	return fmt.Sprintf("%s, StandardNormal([%d])", python, s.Dim), err
}

// writeStateDict writes entries, and as metadata what a state dict does not tell.
func writeStateDict(path string, entries fit.Snapshot, name string, a plan.Architecture, dtype dtypes.DType, python string) error {
	if dtype == dtypes.Float64 {
		python += ".double()"
	}
	described, err := json.Marshal(a)
	if err == nil {
		err = safetensors.Write(path, entries, map[string]string{
			nflowsTailBound: strconv.FormatFloat(a.TailBound, 'g', -1, 64), "name": name, "architecture": string(described), "python": python,
		})
	}
	return err
}

// exporter adds one chain's weights to the entries of a state dict.
type exporter struct {
	weights       fit.Snapshot // by our names; those of the chain are under scope
	dtype         dtypes.DType // of the weights
	scope, prefix string       // the beginnings of our names and of nflows'
	entries       fit.Snapshot
	dim           int
	conditions    *data.Scaler // of what the chain sees of the conditions; nil for none
}

// chain adds a chain between two scalers, nil for none. It returns the Python code that makes it.
func (e exporter) chain(b bijection.Bijection, in, out *data.Scaler) (python string, err error) {
	links, ok := b.(bijection.Chain)
	if !ok {
		return "", fmt.Errorf("an embedding of the condition has no counterpart in nflows")
	}
	var parts []string
	if in != nil { // (x − mean)/std
		shift, scale := make([]float64, e.dim), make([]float64, e.dim)
		for j := range e.dim {
			shift[j], scale[j] = -in.Mean[j]/in.Std[j], 1/in.Std[j]
		}
		parts = append(parts, e.affine(len(parts), shift, scale))
	}
	for i, b := range links {
		part, err := e.link(b, fmt.Sprintf("/%s/layer_%d/", e.scope, i), e.at(len(parts)))
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	if out != nil {
		parts = append(parts, e.affine(len(parts), out.Mean, out.Std))
	}
	return fmt.Sprintf("CompositeTransform([%s])", strings.Join(parts, ", ")), nil
}

// at returns the beginning of the names of the i-th transform.
func (e exporter) at(i int) string { return fmt.Sprintf("%s_transforms.%d.", e.prefix, i) }

// affine adds y = x·scale + shift as the i-th transform.
func (e exporter) affine(i int, shift, scale []float64) (python string) {
	e.entries[e.at(i)+"_shift"] = numbers.Rounded(e.dtype, shift, e.dim)
	e.entries[e.at(i)+"_scale"] = numbers.Rounded(e.dtype, scale, e.dim)
	return fmt.Sprintf("PointwiseAffineTransform(torch.zeros(%d), torch.ones(%d))", e.dim, e.dim)
}

// link adds one map. Its weights are under ours in this package, and under theirs in nflows.
func (e exporter) link(b bijection.Bijection, ours, theirs string) (python string, err error) {
	switch b := b.(type) {
	case bijection.Autoregressive:
		spline, err := nflowsSpline(b.Transformer)
		if err != nil {
			return "", err
		}
		err = e.network(nflowsLinears(b), ours, theirs+nflowsMade+".", inTurn(b.HiddenDegrees()))
		return fmt.Sprintf("MaskedPiecewiseRationalQuadraticAutoregressiveTransform(features=%d, hidden_features=%d, context_features=%s, num_bins=%d, tails='linear', tail_bound=%v, num_blocks=%d)",
			b.Dim, b.Hidden, orNone(b.Condition), spline.Bins, spline.Bound, b.Blocks), err
	case bijection.Coupling:
		spline, err := nflowsSpline(b.Transformer)
		if err != nil {
			return "", err
		}
		moved, seen := couplingSplit(b)
		if len(moved) == 0 || len(seen) == 0 {
			return "", fmt.Errorf("a coupling layer of a single feature has no counterpart in nflows")
		}
		e.entries[theirs+"transform_features"], e.entries[theirs+"identity_features"] = wholes(moved), wholes(seen)
		err = e.network(nflowsLinears(b), ours, theirs+nflowsNet+".", nil)
		return fmt.Sprintf("PiecewiseRationalQuadraticCouplingTransform(create_alternating_binary_mask(%d, even=%s), lambda inputs, outputs: ResidualNet(inputs, outputs, hidden_features=%d, context_features=%s, num_blocks=%d), num_bins=%d, tails='linear', tail_bound=%v)",
			b.Dim, map[bool]string{true: "False", false: "True"}[b.Odd], b.Hidden, orNone(b.Condition), b.Blocks, spline.Bins, spline.Bound), err
	case bijection.Permutation:
		e.entries[theirs+"_permutation"] = wholes(b)
		return fmt.Sprintf("Permutation(torch.arange(%d))", len(b)), nil
	case bijection.LULinear:
		return fmt.Sprintf("LULinear(%d)", b.Dim), e.lu(b.Dim, ours, theirs)
	}
	return "", fmt.Errorf("a %T has no counterpart in nflows", b)
}

// nflowsSpline returns a layer's spline, the only transformer that can be exported. It returns an
// error for another one.
func nflowsSpline(t bijection.Transformer) (bijection.Spline, error) {
	s, ok := t.(bijection.Spline)
	if !ok {
		return s, fmt.Errorf("a layer of %T has no counterpart in nflows that can be written", t)
	}
	return s, nil
}

// orNone returns a condition's width as Python code.
func orNone(condition int) string {
	if condition == 0 {
		return "None"
	}
	return strconv.Itoa(condition)
}

// wholes returns integers as torch stores them.
func wholes(values []int) *tensors.Tensor {
	wide := make([]int64, len(values))
	for i, v := range values {
		wide[i] = int64(v)
	}
	return tensors.FromFlatDataAndDimensions(wide, len(wide))
}

// network adds the linear layers of a network. order is the order of its hidden units.
func (e exporter) network(linears []nflowsLinear, ours, theirs string, order []int) error {
	for _, l := range linears {
		w, err := e.weight(ours + l.ours + "/weight")
		if err != nil {
			return err
		}
		b, err := e.weight(ours + l.ours + "/bias")
		if err != nil {
			return err
		}
		// W·(c − mean)/std + b: fold std and mean into W and b.
		for k := range l.condition {
			row := w[(l.in-l.condition+k)*l.out:][:l.out]
			for j := range row {
				row[j] /= e.conditions.Std[k]
				b[j] -= row[j] * e.conditions.Mean[k]
			}
		}
		weight, bias := make([]float64, l.in*l.out), make([]float64, l.out)
		mask, degrees := make([]float64, l.in*l.out), make([]int, l.out)
		for j := range l.out {
			row := there(order, l.toHidden, j)
			bias[row] = b[j]
			if l.toDegrees != nil {
				degrees[row] = l.toDegrees[j]
			}
			for i := range l.in {
				at := row*l.in + there(order, l.fromHidden, i)
				weight[at] = w[i*l.out+j]
				if l.fromDegrees != nil && l.open(i, j) {
					mask[at] = 1
				}
			}
		}
		name := theirs + l.theirs + "."
		e.entries[name+"weight"], e.entries[name+"bias"] = numbers.Rounded(e.dtype, weight, l.out, l.in), numbers.Rounded(e.dtype, bias, l.out)
		if l.fromDegrees != nil {
			e.entries[name+"mask"], e.entries[name+"degrees"] = numbers.Rounded(e.dtype, mask, l.out, l.in), wholes(degrees)
		}
	}
	return nil
}

// lu adds an LU linear map. nflows stores its triangles as rows of entries.
func (e exporter) lu(n int, ours, theirs string) error {
	for _, triangle := range []struct {
		name    string
		inside  func(i, j int) bool
		entries string
	}{
		{"lower", func(i, j int) bool { return j < i }, "lower_entries"},
		{"upper", func(i, j int) bool { return j > i }, "upper_entries"},
	} {
		all, err := e.weight(ours + triangle.name)
		if err != nil {
			return err
		}
		var entries []float64
		for i := range n {
			for j := range n {
				if triangle.inside(i, j) {
					entries = append(entries, all[i*n+j])
				}
			}
		}
		e.entries[theirs+triangle.entries] = numbers.Rounded(e.dtype, entries, len(entries))
	}
	for name, there := range map[string]string{"diagonal": "unconstrained_upper_diag", "bias": "bias"} {
		values, err := e.weight(ours + name)
		if err != nil {
			return err
		}
		e.entries[theirs+there] = numbers.Rounded(e.dtype, values, n)
	}
	return nil
}

// weight returns the values of one of our weights, row by row.
func (e exporter) weight(path string) ([]float64, error) {
	t := e.weights[path]
	if t == nil {
		return nil, fmt.Errorf("the flow has no weight %s", path)
	}
	return numbers.Of(t)
}
