package nflows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// deepestComposite is a deeper nesting of composite transforms than anybody uses.
const deepestComposite = 16

// nflowsChain is a chain of transforms read from a state dict.
type nflowsChain struct {
	dim, condition int
	architecture   plan.Architecture
	links          []specs.Link
	weights        fit.Snapshot // by our names, under the flow's scope
	in, out        *data.Scaler // an affine map before the first transform, and the inverse of one after the last; nil for none
}

// chain reads the transforms under a prefix in the order in which they run. It looks into nested
// composites.
func (d *stateDict) chain(prefix string) (*nflowsChain, error) {
	prefixes, err := d.parts(prefix, 0)
	if err != nil {
		return nil, err
	}
	c := &nflowsChain{weights: fit.Snapshot{}}
	// Learned layers come first, because other maps need not tell the number of features.
	for _, p := range prefixes {
		if err := d.learned(c, p); err != nil {
			return nil, err
		}
	}
	if c.architecture.Layers == 0 {
		return nil, fmt.Errorf("nothing under %q is an autoregressive or a coupling layer of splines", prefix)
	}
	c.architecture.Mixing = "" // set by the first mixing that is read
	for i, p := range prefixes {
		if err := d.link(c, p, i == 0, i == len(prefixes)-1); err != nil {
			return nil, err
		}
	}
	if c.architecture.Mixing == "" {
		c.architecture.Mixing = plan.Reversal // of a single layer, where it has no effect
	}
	return c, nil
}

// parts returns the prefixes of the transforms under a prefix, in order.
func (d *stateDict) parts(prefix string, depth int) (all []string, err error) {
	switch {
	case !d.has(prefix):
		return nil, fmt.Errorf("no entry begins with %q: it is no state dict of an nflows Flow", prefix)
	case depth > deepestComposite:
		return nil, fmt.Errorf("its transforms are more than %d composites deep", deepestComposite)
	}
	inner := prefix + "_transforms."
	if !d.has(inner) {
		return []string{prefix}, nil
	}
	count := 0
	for d.has(fmt.Sprintf("%s%d.", inner, count)) {
		parts, err := d.parts(fmt.Sprintf("%s%d.", inner, count), depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, parts...)
		count++
	}
	for _, name := range d.under(inner) {
		// A transform without any entry leaves a gap in the numbers, and nothing is known about it.
		text, _, _ := strings.Cut(strings.TrimPrefix(name, inner), ".")
		if number, err := strconv.Atoi(text); err != nil || number < 0 || number >= count {
			return nil, fmt.Errorf("it has the entry %q and none that begins with \"%s%d.\": a transform without weights can't be known from a state dict", name, inner, count)
		}
	}
	return all, nil
}

// learned adds the learned layer under a prefix, if it is one, to the chain's architecture. It
// returns an error if the layer differs from those before it.
func (d *stateDict) learned(c *nflowsChain, prefix string) error {
	kind, net := plan.Autoregressive, prefix+nflowsMade+"."
	if !d.has(net) {
		kind, net = plan.Coupling, prefix+nflowsNet+"."
	}
	if !d.has(net) {
		return nil
	}
	first, err := d.shape(net+"initial_layer.weight", 2)
	if err != nil {
		return err
	}
	if first == nil {
		return fmt.Errorf("it lacks the entry %q", net+"initial_layer.weight")
	}
	last, err := d.shape(net+"final_layer.weight", 2)
	if err != nil {
		return err
	}
	if last == nil {
		return fmt.Errorf("it lacks the entry %q", net+"final_layer.weight")
	}
	a := plan.Architecture{Layer: kind, Hidden: first[0], TailBound: d.bound, Layers: c.architecture.Layers + 1, Mixing: plan.Reversal}
	for d.has(fmt.Sprintf("%sblocks.%d.", net, a.Blocks)) {
		a.Blocks++
	}
	dim, condition, moved := first[1], 0, first[1]
	if kind == plan.Autoregressive {
		context, err := d.shape(net+"context_layer.weight", 2)
		if err != nil {
			return err
		}
		if context != nil {
			condition = context[1]
		}
	} else {
		for _, features := range []string{"identity_features", "transform_features"} {
			if d.entries[prefix+features] == nil {
				return fmt.Errorf("it lacks the entry %q", prefix+features)
			}
		}
		moved = d.entries[prefix+"transform_features"].Size()
		seen := d.entries[prefix+"identity_features"].Size()
		dim, condition = moved+seen, first[1]-seen // the condition comes after the features
	}
	if moved == 0 || last[0]%moved != 0 || (last[0]/moved+1)%3 != 0 {
		return fmt.Errorf("its entry %q has the shape %v, and splines with linear tails need 3·bins−1 outputs for each of %d features", net+"final_layer.weight", last, moved)
	}
	a.Bins = (last[0]/moved + 1) / 3
	if one := c.architecture; one.Layers > 0 {
		one.Layers++
		if one != a || c.dim != dim || c.condition != condition {
			return fmt.Errorf("its layer %q differs from those before, and all must be alike: %+v of %d features under %d, against %+v of %d under %d", prefix, a, dim, condition, one, c.dim, c.condition)
		}
	}
	c.dim, c.condition, c.architecture = dim, condition, a
	return a.Validate(dim, condition)
}

// link reads the transform under a prefix. first and last say whether it is at the beginning or the
// end of the chain.
func (d *stateDict) link(c *nflowsChain, prefix string, first, last bool) error {
	mixing := func(m plan.Mixing) {
		if c.architecture.Mixing == "" {
			c.architecture.Mixing = m
		}
	}
	var l specs.Link
	var err error
	scope := fmt.Sprintf("/%s/layer_%d/", specs.FlowScope, len(c.links))
	switch {
	case d.has(prefix + nflowsMade + "."), d.has(prefix + nflowsNet + "."):
		l, err = d.layer(c, prefix, scope)
	case d.has(prefix + "_permutation"):
		l.Kind = specs.PermutationLink
		if l.Order, err = d.ints(prefix+"_permutation", c.dim); err == nil {
			err = specs.ValidateOrder(l.Order, c.dim)
		}
		if slices.Equal(l.Order, bijection.Reversal(c.dim)) {
			mixing(plan.Reversal)
		}
		mixing(plan.Permutation)
	case d.has(prefix + "lower_entries"):
		l.Kind = string(plan.LULinear)
		err = d.lu(c, prefix, scope)
		mixing(plan.LULinear)
	case d.has(prefix + "_scale"):
		return d.affine(c, prefix, first, last)
	default:
		return fmt.Errorf("nothing under %q can be imported", prefix)
	}
	c.links = append(c.links, l)
	return err
}

// layer reads a learned layer.
func (d *stateDict) layer(c *nflowsChain, prefix, scope string) (l specs.Link, err error) {
	a := c.architecture
	l.Kind = string(a.Layer)
	if a.Layer == plan.Coupling {
		moved := d.entries[prefix+"transform_features"].Size()
		features, err := d.ints(prefix+"transform_features", moved)
		if err != nil {
			return l, err
		}
		l.Odd = moved > 0 && features[0] == 1
		layer := l.Layer(a, c.dim, c.condition).(bijection.Coupling)
		wantMoved, wantSeen := couplingSplit(layer)
		seen, err := d.ints(prefix+"identity_features", c.dim-moved)
		if err != nil {
			return l, err
		}
		if !slices.Equal(features, wantMoved) || !slices.Equal(seen, wantSeen) {
			return l, fmt.Errorf("its entry %q is %v, and every other feature is expected", prefix+"transform_features", features)
		}
		return l, d.network(c, prefix+nflowsNet+".", scope, nflowsLinears(layer), nil)
	}
	layer := specs.Link{NflowsDegrees: true}.Layer(a, c.dim, c.condition).(bijection.Autoregressive)
	net := prefix + nflowsMade + "."
	order := inTurn(layer.HiddenDegrees())
	if name := net + "initial_layer.degrees"; d.entries[name] != nil {
		degrees, err := d.ints(name, a.Hidden)
		if err != nil {
			return l, err
		}
		order = byDegree(degrees)
		// A flow that this package exported has degree 0 for units that see only the condition.
		layer.NflowsDegrees = c.condition == 0 || slices.Min(degrees) > 0 || c.dim == 1
		for i, want := range layer.HiddenDegrees() {
			if degrees[order[i]] != want {
				return l, fmt.Errorf("its entry %q is %v: as many hidden units of each degree are expected, in order %v", name, degrees, layer.HiddenDegrees())
			}
		}
	}
	l.NflowsDegrees = layer.NflowsDegrees && c.condition > 0
	return l, d.network(c, net, scope, nflowsLinears(layer), order)
}

// network reads the linear layers of a network. order is the order of its hidden units.
func (d *stateDict) network(c *nflowsChain, prefix, scope string, linears []nflowsLinear, order []int) error {
	for _, l := range linears {
		name := prefix + l.theirs + "."
		w, err := d.floats(name+"weight", l.out, l.in)
		if err != nil {
			return err
		}
		b, err := d.floats(name+"bias", l.out)
		if err != nil {
			return err
		}
		weight, bias := make([]float64, l.in*l.out), make([]float64, l.out)
		for j := range l.out {
			bias[j] = b[there(order, l.toHidden, j)]
			for i := range l.in {
				weight[i*l.out+j] = w[there(order, l.toHidden, j)*l.in+there(order, l.fromHidden, i)]
			}
		}
		c.weights[scope+l.ours+"/weight"] = d.weight(name+"weight", weight, l.in, l.out)
		c.weights[scope+l.ours+"/bias"] = d.weight(name+"bias", bias, 1, l.out)
		if l.fromDegrees == nil {
			continue
		}
		if err := d.checkMask(name, l, order); err != nil {
			return err
		}
	}
	return nil
}

// checkMask returns an error unless the degrees and the mask of a masked layer, if the file has
// them, are the ones expected.
func (d *stateDict) checkMask(name string, l nflowsLinear, order []int) error {
	if d.entries[name+"degrees"] != nil {
		degrees, err := d.ints(name+"degrees", l.out)
		if err != nil {
			return err
		}
		for j, want := range l.toDegrees {
			if got := degrees[there(order, l.toHidden, j)]; got != want {
				return fmt.Errorf("its entry %q has a unit of degree %d where one of %d is expected", name+"degrees", got, want)
			}
		}
	}
	if d.entries[name+"mask"] == nil {
		return nil
	}
	mask, err := d.floats(name+"mask", l.out, l.in)
	if err != nil {
		return err
	}
	for j := range l.out {
		for i := range l.in {
			if got := mask[there(order, l.toHidden, j)*l.in+there(order, l.fromHidden, i)]; (got == 1) != l.open(i, j) || got != 0 && got != 1 {
				return fmt.Errorf("its entry %q is not the mask that its degrees make", name+"mask")
			}
		}
	}
	return nil
}

// lu reads an LU linear map. nflows stores its triangles as rows of entries.
func (d *stateDict) lu(c *nflowsChain, prefix, scope string) error {
	n := c.dim
	triangles := make([][]float64, 2)
	for k, name := range []string{"lower_entries", "upper_entries"} {
		entries, err := d.floats(prefix+name, n*(n-1)/2)
		if err != nil {
			return err
		}
		triangles[k] = make([]float64, n*n)
		for i := range n {
			for j := range n {
				if k == 0 && j < i || k == 1 && j > i {
					triangles[k][i*n+j], entries = entries[0], entries[1:]
				}
			}
		}
	}
	diagonal, err := d.floats(prefix+"unconstrained_upper_diag", n)
	if err != nil {
		return err
	}
	bias, err := d.floats(prefix+"bias", n)
	if err != nil {
		return err
	}
	for name, values := range map[string][]float64{"lower": triangles[0], "upper": triangles[1], "diagonal": diagonal, "bias": bias} {
		c.weights[scope+name] = d.weight(prefix+"bias", values, len(values)/n, n)
	}
	return nil
}

// affine reads a PointwiseAffineTransform y = x·scale + shift. It becomes a scaler at the beginning
// of the chain, and the inverse of a scaler at the end. Elsewhere it is an error.
func (d *stateDict) affine(c *nflowsChain, prefix string, first, last bool) error {
	var values [2][]float64 // shift and scale of each feature
	for k, name := range []string{"_shift", "_scale"} {
		shape := []int{c.dim}
		if t := d.entries[prefix+name]; t != nil && t.Size() == 1 {
			shape = t.Shape().Dimensions // one value for all features
		}
		v, err := d.floats(prefix+name, shape...)
		if err != nil {
			return err
		}
		if len(v) == 1 {
			v = slices.Repeat(v, c.dim)
		}
		values[k] = v
	}
	shift, scale := values[0], values[1]
	switch {
	case first:
		c.in = &data.Scaler{Mean: make([]float64, c.dim), Std: make([]float64, c.dim)}
		for j := range c.dim {
			c.in.Mean[j], c.in.Std[j] = -shift[j]/scale[j], 1/scale[j]
		}
		return c.in.Validate(c.dim)
	case last:
		c.out = &data.Scaler{Mean: shift, Std: scale}
		return c.out.Validate(c.dim)
	}
	return fmt.Errorf("its PointwiseAffineTransform %q stands between others: it may be the first or the last", prefix)
}
