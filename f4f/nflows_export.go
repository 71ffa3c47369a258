package f4f

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// ExportNFlows writes the density as the state dict of an nflows Flow, a safetensors file that
// load_state_dict takes strictly. The file's metadata have, as "python", the code that makes that
// Flow, and its tail bound as "tail_bound".
//
// The masks are in the file, as nflows has them in every state dict. They are nflows' own but for a
// conditional density's of more than one feature: there the first feature sees the condition too,
// which the masks say that nflows would make don't allow and the ones in the file do. Load them
// along; don't make them anew. A scaler becomes a PointwiseAffineTransform, and that of conditions
// is worked into the weights. A flow of Float64 is written in float64, and the code makes it so.
//
// A density that embeds its condition, and one of coupling layers of a single feature, have no
// counterpart in nflows.
func (d *Density) ExportNFlows(path string) error {
	if d == nil {
		return errNil
	}
	weights, err := d.engine.Weights()
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", d, err)
	}
	entries := fit.Snapshot{}
	python, err := d.spec.export(weights, d.Precision(), flowScope, "", entries)
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", d, err)
	}
	return writeStateDict(path, entries, d.spec.Name, d.spec.Architecture, d.Precision(), "Flow("+python+")")
}

// ExportNFlows writes the transport and its bases as the state dict of a flows4flows model, as
// Density.ExportNFlows does a density: a DiscreteBaseFlowForFlow without conditions, with them a
// DeltaFlowForFlow (Difference), a ConcatFlowForFlow (Both) or a DiscreteBaseConditionFlowForFlow
// (Shared). The first two move points among the conditions of one distribution alone, so a
// transport between two has no counterpart there. A base transfer has no flow of its own: export
// its Left and Right.
func (t *Transport) ExportNFlows(path string) error {
	if t == nil {
		return errNil
	}
	entries, python, err := t.export()
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", t, err)
	}
	return writeStateDict(path, entries, t.spec.Name, t.spec.Architecture, t.Precision(), python)
}

func (t *Transport) export() (entries fit.Snapshot, python string, err error) {
	class, conditions := "DiscreteBaseFlowForFlow", (*data.Scaler)(nil)
	left, right := t.spec.Left.Conditions, t.spec.Right.Conditions
	switch {
	case t.spec.Transfer:
		return nil, "", fmt.Errorf("a base transfer has no flow of its own: export its Left and Right")
	case t.spec.Relation == "":
	case t.spec.Relation == Shared.String():
		class, conditions = "DiscreteBaseConditionFlowForFlow", left
	case !t.spec.Among:
		return nil, "", fmt.Errorf("flows4flows knows %s for the conditions of one distribution alone, and this is between two", t.spec.Relation)
	case t.spec.Relation == Difference.String():
		class, conditions = "DeltaFlowForFlow", &data.Scaler{Mean: make([]float64, len(left.Mean)), Std: left.Std} // both sides' means are one, and cancel
	case t.spec.Relation == Both.String():
		class, conditions = "ConcatFlowForFlow", &data.Scaler{Mean: append(append([]float64{}, left.Mean...), right.Mean...), Std: append(append([]float64{}, left.Std...), right.Std...)}
	default:
		return nil, "", fmt.Errorf("flows4flows doesn't know the relation %s", t.spec.Relation)
	}
	weights, err := t.engine.Weights()
	if err != nil {
		return nil, "", err
	}
	entries = fit.Snapshot{nflowsPenalty + "weight": tensors.FromFlatDataAndDimensions([]float32{0}, 1)}
	e := exporter{weights: weights, precision: t.Precision(), scope: flowScope, prefix: nflowsTransform, entries: entries, dim: t.Dim(), conditions: conditions}
	own, err := e.chain(t.spec.bijection(t.spec.seen(t.flow.relation)), t.spec.Left.Scaler, t.spec.Right.Scaler)
	if err != nil {
		return nil, "", err
	}
	leftBase, err := t.spec.Left.export(weights, t.Precision(), leftScope, nflowsLeft, entries)
	if err != nil {
		return nil, "", fmt.Errorf("left base: %w", err)
	}
	rightBase, err := t.spec.Right.export(weights, t.Precision(), rightScope, nflowsRight, entries)
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

// export adds a density's entries, and gives what its Flow is made of as Python.
func (s densitySpec) export(weights fit.Snapshot, p Precision, scope, prefix string, entries fit.Snapshot) (python string, err error) {
	e := exporter{weights: weights, precision: p, scope: scope, prefix: prefix + nflowsTransform, entries: entries, dim: s.Dim, conditions: s.Conditions}
	python, err = e.chain(s.bijection(), s.Scaler, nil)
	return fmt.Sprintf("%s, StandardNormal([%d])", python, s.Dim), err
}

// writeStateDict writes entries with what no state dict tells.
func writeStateDict(path string, entries fit.Snapshot, name string, a Architecture, p Precision, python string) error {
	if p == Float64 {
		python += ".double()"
	}
	described, err := json.Marshal(a)
	if err == nil {
		err = safetensors.Write(path, entries, map[string]string{
			nflowsTailBound: strconv.FormatFloat(a.TailBound, 'g', -1, 64), "name": name, "architecture": string(described), "python": python,
		})
	}
	if err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	return nil
}

// exporter adds one chain's weights to the entries of a state dict.
type exporter struct {
	weights       fit.Snapshot // ours, those of the chain under scope
	precision     Precision    // of the weights
	scope, prefix string       // of our names and of nflows'
	entries       fit.Snapshot
	dim           int
	conditions    *data.Scaler // of what the chain sees of conditions; nil for none
}

// chain adds a chain between scalers, nil for none, and gives the Python that makes it.
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

// at is what the names of the i-th transform begin with.
func (e exporter) at(i int) string { return fmt.Sprintf("%s_transforms.%d.", e.prefix, i) }

// affine adds y = x·scale + shift as the i-th transform.
func (e exporter) affine(i int, shift, scale []float64) (python string) {
	e.entries[e.at(i)+"_shift"] = e.precision.rounded(shift, e.dim)
	e.entries[e.at(i)+"_scale"] = e.precision.rounded(scale, e.dim)
	return fmt.Sprintf("PointwiseAffineTransform(torch.zeros(%d), torch.ones(%d))", e.dim, e.dim)
}

// link adds one map, whose weights are under ours here and under theirs there.
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

// nflowsSpline returns the spline of a layer: the one transformer with a counterpart that is written.
func nflowsSpline(t bijection.Transformer) (bijection.Spline, error) {
	s, ok := t.(bijection.Spline)
	if !ok {
		return s, fmt.Errorf("a layer of %T has no counterpart in nflows that can be written", t)
	}
	return s, nil
}

// orNone is a condition's width as Python has it.
func orNone(condition int) string {
	if condition == 0 {
		return "None"
	}
	return strconv.Itoa(condition)
}

// wholes are whole numbers as torch keeps them.
func wholes(values []int) *tensors.Tensor {
	wide := make([]int64, len(values))
	for i, v := range values {
		wide[i] = int64(v)
	}
	return tensors.FromFlatDataAndDimensions(wide, len(wide))
}

// network adds the linear layers of a network, its hidden units in an order.
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
		// W of (c − mean)/std, plus b: std and mean go into W and b.
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
		e.entries[name+"weight"], e.entries[name+"bias"] = e.precision.rounded(weight, l.out, l.in), e.precision.rounded(bias, l.out)
		if l.fromDegrees != nil {
			e.entries[name+"mask"], e.entries[name+"degrees"] = e.precision.rounded(mask, l.out, l.in), wholes(degrees)
		}
	}
	return nil
}

// lu adds an LU linear map, whose triangles nflows keeps as rows of entries.
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
		e.entries[theirs+triangle.entries] = e.precision.rounded(entries, len(entries))
	}
	for name, there := range map[string]string{"diagonal": "unconstrained_upper_diag", "bias": "bias"} {
		values, err := e.weight(ours + name)
		if err != nil {
			return err
		}
		e.entries[theirs+there] = e.precision.rounded(values, n)
	}
	return nil
}

// weight is one of our weights, row by row.
func (e exporter) weight(path string) ([]float64, error) {
	t := e.weights[path]
	if t == nil {
		return nil, fmt.Errorf("the flow has no weight %s", path)
	}
	return numbers.Of(t)
}
