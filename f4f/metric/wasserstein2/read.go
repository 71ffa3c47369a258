package wasserstein2

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Read reads a pair from a safetensors file, in float32 or float64. The file holds, with K normal
// distributions of equal weight in D dimensions and, for each potential p of v1 and v2, layers of H
// units, which may differ from layer to layer:
//
//	centres, maps                                        [K, D], [K, D, D]   x = centres[k] + maps[k]·n with n standard normal
//	scale, shift                                         [1], [D]            T*(x) = scale · (∇v₁(x) + ∇v₂(x) + shift)
//	p.quadratic_layers.i.quadratic_decomposed            [D, 1, H]           Q_i
//	p.quadratic_layers.i.weight, .bias                   [H, D], [H]         W_i, b_i
//	p.convex_layers.i.weight                             [H', H]             C_i, from the units of layer i to those of layer i+1
//	p.final_layer.weight                                 [1, H]              w
//
// A potential is v(x) = w·h + 0.005·|x|² of its last units h, with q_i(x) = (Q_iᵀx)² + W_i·x + b_i,
// h_0 = q_0(x) and h_{i+1} = celu(C_i·h_i + q_{i+1}(x)). Where C and w aren't negative, it is
// convex.
//
// The pair's name is that of the file without its extension. Read returns an error that names the
// entry if one is missing, has another shape, isn't finite, or is negative where convexity forbids
// it. Other entries, such as points to check by, are left alone.
func Read(path string) (*data.OptimalPair, error) {
	entries, _, err := safetensors.Read(path)
	if err != nil {
		return nil, err
	}
	pair, err := pairOf(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), file(entries))
	if err != nil {
		return nil, fmt.Errorf("wasserstein2: reading %s: %w", path, err)
	}
	return pair, nil
}

// pairOf returns the pair that a file holds.
func pairOf(name string, f file) (*data.OptimalPair, error) {
	centres, shape, err := f.read("centres", 0, 0)
	if err != nil {
		return nil, err
	}
	k, d := shape[0], shape[1]
	maps, _, err := f.read("maps", k, d, d)
	if err != nil {
		return nil, err
	}
	components := make([]*data.Normal, k)
	for i := range components {
		of := mat.NewDense(d, d, maps[i*d*d:(i+1)*d*d])
		covariance := mat.NewSymDense(d, nil)
		covariance.SymOuterK(1, of)
		if components[i], err = data.NewNormal(centres[i*d:(i+1)*d], covariance); err != nil {
			return nil, fmt.Errorf("entry maps, component %d: %w", i, err)
		}
	}
	left, err := data.NewMixture(nil, components...)
	if err != nil {
		return nil, err
	}
	p := &potential{dim: d}
	scale, _, err := f.read("scale", 1)
	if err != nil {
		return nil, err
	}
	if p.scale = scale[0]; !(p.scale > 0) {
		return nil, fmt.Errorf("entry scale must be above 0, got %g", p.scale)
	}
	if p.shift, _, err = f.read("shift", d); err != nil {
		return nil, err
	}
	for i, name := range []string{"v1", "v2"} {
		if p.of[i], err = f.network(name, d); err != nil {
			return nil, err
		}
	}
	return data.NewPushedPair(name, left, p)
}

// file holds the entries of a file by name.
type file map[string]*tensors.Tensor

// read returns the numbers of an entry of this shape, row-major, and its shape. 0 stands for any
// dimension of at least 1.
func (f file) read(name string, shape ...int) ([]float64, []int, error) {
	t, found := f[name]
	if !found {
		return nil, nil, fmt.Errorf("it has no entry %q", name)
	}
	got := t.Shape().Dimensions
	fits := len(got) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = got[i] > 0 && (shape[i] == 0 || got[i] == shape[i])
	}
	if !fits {
		return nil, nil, fmt.Errorf("entry %q must have the shape %s, got %v", name, strings.ReplaceAll(fmt.Sprint(shape), "0", "any"), got)
	}
	if !t.DType().IsFloat() {
		return nil, nil, fmt.Errorf("entry %q must be of F32 or F64, got %s", name, t.DType())
	}
	values, err := numbers.Of(t)
	if err != nil {
		return nil, nil, fmt.Errorf("entry %q: %w", name, err)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, fmt.Errorf("entry %q must be finite, got %g as number %d", name, v, i)
		}
	}
	return values, slices.Clone(got), nil
}

// notNegative returns the numbers of an entry as read does, and an error if one is negative.
func (f file) notNegative(name string, shape ...int) ([]float64, error) {
	values, _, err := f.read(name, shape...)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if v < 0 {
			return nil, fmt.Errorf("entry %q must not be negative, or the potential isn't convex, got %g as number %d", name, v, i)
		}
	}
	return values, nil
}

// network returns the input-convex network of a name.
func (f file) network(name string, d int) (n network, err error) {
	for i := 0; i == 0 || f[fmt.Sprintf("%s.quadratic_layers.%d.weight", name, i)] != nil; i++ {
		at := fmt.Sprintf("%s.quadratic_layers.%d.", name, i)
		weight, shape, err := f.read(at+"weight", 0, d)
		if err != nil {
			return n, err
		}
		l := layer{units: shape[0], linear: weight}
		if l.bias, _, err = f.read(at+"bias", l.units); err != nil {
			return n, err
		}
		quadratic, _, err := f.read(at+"quadratic_decomposed", d, 1, l.units)
		if err != nil {
			return n, err
		}
		l.quadratic = make([]float64, l.units*d) // [H, D]
		for u := range l.units {
			for j := range d {
				l.quadratic[u*d+j] = quadratic[j*l.units+u]
			}
		}
		if i > 0 {
			if l.convex, err = f.notNegative(fmt.Sprintf("%s.convex_layers.%d.weight", name, i-1), l.units, n.layers[i-1].units); err != nil {
				return n, err
			}
		}
		n.layers = append(n.layers, l)
	}
	n.final, err = f.notNegative(name+".final_layer.weight", 1, n.layers[len(n.layers)-1].units)
	return n, err
}
