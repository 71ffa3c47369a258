package wasserstein2

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// ridge is the factor of |x|² in each network.
const ridge = 0.005

// potential is the convex function scale · (v₁(x) + v₂(x) + shift·x) of points in dim dimensions.
type potential struct {
	dim   int
	of    [2]network
	scale float64
	shift []float64 // [D]
}

// Dim returns the number of features of a point, D.
func (p *potential) Dim() int { return p.dim }

// Gradient writes ∇F(x) to g, [D] each.
func (p *potential) Gradient(g, x []float64) {
	copy(g, p.shift)
	for _, n := range p.of {
		n.add(g, nil, x)
	}
	for j := range g {
		g[j] *= p.scale
	}
}

// Hessian writes the Hessian of F at x [D] to h [D, D].
func (p *potential) Hessian(h *mat.SymDense, x []float64) {
	h.Zero()
	g := make([]float64, p.dim)
	for _, n := range p.of {
		n.add(g, h, x)
	}
	h.ScaleSym(p.scale, h)
}

// network is v(x) = w·h + 0.005·|x|² of the units h of its last layer.
type network struct {
	layers []layer
	final  []float64 // w [H]
}

// layer is one layer of units, h = celu(C·h' + (Qᵀx)² + W·x + b); the first has no C and no celu.
type layer struct {
	units             int
	quadratic, linear []float64 // Qᵀ and W [H, D]
	bias              []float64 // b [H]
	convex            []float64 // C [H, H'] from the layer before; nil for the first
}

// add adds the gradient of v at x to g [D] and, unless it is nil, its Hessian to h [D, D].
//
// The layers are run forward with the derivatives of each unit by x, and then backward with the
// derivatives s of v by each unit before its celu. v depends on x through the units alone, so
//
//	∇v = Σ s·∂q/∂x,   ∇²v = Σ s·∂²q/∂x² + Σ s'·celu″(a)·(∂a/∂x)(∂a/∂x)ᵀ
//
// over all units of all layers, with s' the derivative of v by the unit after its celu.
func (n network) add(g []float64, h *mat.SymDense, x []float64) {
	d := len(x)
	before := make([]([]float64), len(n.layers))   // a [H], of each layer
	products := make([]([]float64), len(n.layers)) // Qᵀx [H]
	slopes := make([]([]float64), len(n.layers))   // ∂a/∂x [H, D], only for the Hessian
	var units, unitSlopes []float64                // h [H], ∂h/∂x [H, D]
	for i, l := range n.layers {
		a, product, slope := make([]float64, l.units), make([]float64, l.units), []float64(nil)
		if h != nil {
			slope = make([]float64, l.units*d)
		}
		for u := range l.units {
			q, w := l.quadratic[u*d:(u+1)*d], l.linear[u*d:(u+1)*d]
			value := l.bias[u]
			for j, v := range x {
				product[u] += q[j] * v
				value += w[j] * v
			}
			value += product[u] * product[u]
			for j := 0; j < d && h != nil; j++ {
				slope[u*d+j] = 2*product[u]*q[j] + w[j]
			}
			for k, v := range units {
				c := l.convex[u*len(units)+k]
				value += c * v
				for j := 0; j < d && h != nil; j++ {
					slope[u*d+j] += c * unitSlopes[k*d+j]
				}
			}
			a[u] = value
		}
		before[i], products[i], slopes[i] = a, product, slope
		units, unitSlopes = a, slope
		if i > 0 {
			units = make([]float64, l.units)
			if h != nil {
				unitSlopes = make([]float64, l.units*d)
			}
			for u, v := range a {
				var first float64
				units[u], first, _ = celu(v)
				for j := 0; j < d && h != nil; j++ {
					unitSlopes[u*d+j] = first * slope[u*d+j]
				}
			}
		}
	}
	for j, v := range x {
		g[j] += 2 * ridge * v
		if h != nil {
			h.SetSym(j, j, h.At(j, j)+2*ridge)
		}
	}
	after := n.final // ∂v/∂h [H]
	for i := len(n.layers) - 1; i >= 0; i-- {
		l := n.layers[i]
		var next []float64
		if i > 0 {
			next = make([]float64, n.layers[i-1].units)
		}
		for u := range l.units {
			first, second := 1.0, 0.0
			if i > 0 {
				_, first, second = celu(before[i][u])
			}
			s := after[u] * first
			q, w, product := l.quadratic[u*d:(u+1)*d], l.linear[u*d:(u+1)*d], products[i][u]
			for j := range d {
				g[j] += s * (2*product*q[j] + w[j])
			}
			if h != nil {
				addSquare(h, 2*s, q)
				if curved := after[u] * second; curved > 0 {
					addSquare(h, curved, slopes[i][u*d:(u+1)*d])
				}
			}
			for k := range next {
				next[k] += s * l.convex[u*len(next)+k]
			}
		}
		after = next
	}
}

// addSquare adds c·v·vᵀ to h. gonum's SymRankOne does the same, and takes longer for few features.
func addSquare(h *mat.SymDense, c float64, v []float64) {
	raw := h.RawSymmetric()
	for j, a := range v {
		row := raw.Data[j*raw.Stride : j*raw.Stride+len(v)]
		for k := j; k < len(v); k++ {
			row[k] += c * a * v[k]
		}
	}
}

// celu returns the continuously differentiable exponential linear unit (Barron, 2017) at a, and its
// first two derivatives.
func celu(a float64) (value, first, second float64) {
	if a > 0 {
		return a, 1, 0
	}
	e := math.Exp(a)
	return math.Expm1(a), e, e
}
