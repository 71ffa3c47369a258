package data

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// gaussLegendre returns n nodes t and weights w such that ∫ f(t) dt between from and to is about Σ
// w f(t).
func gaussLegendre(n int, from, to float64) (t, w []float64) {
	t, w = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(t, w, from, to)
	return t, w
}

// node is one point of a smearedCurve, with the logarithm of its probability.
type node struct{ x, y, logWeight float64 }

// smearedCurve is the distribution of a point on a curve, plus a uniform shift in [−half, half]² if
// half is positive, plus normal noise with standard deviation std in both coordinates:
//
//	p(x) = ∫ p(t) k(x − c(t)) dt ≈ Σ weight k(x − node)
//
// With Gauss–Legendre nodes at most one standard deviation apart, the sum is accurate to better
// than 1e-6: for a row of Gaussians at distance h the error is 2 exp(−2π²(std/h)²).
type smearedCurve struct {
	nodes     []node
	std, half float64
	tiles     tiling
}

// negligible is how far below the largest a logarithm of a term is that isn't summed.
const negligible = 30

// newSmearedCurve returns the distribution about nodes.
func newSmearedCurve(nodes []node, std, half float64) smearedCurve {
	c := smearedCurve{nodes: nodes, std: std, half: half}
	c.tiles = c.tiled()
	return c
}

// bound returns a bound of the term of a node from above, up to a factor common to all, for a point at the
// distances dx and dy from it.
func (c smearedCurve) bound(n node, dx, dy float64) float64 {
	dx, dy = max(dx-c.half, 0), max(dy-c.half, 0)
	return n.logWeight - (dx*dx+dy*dy)/(2*c.std*c.std)
}

// logDensity returns log p(x, y).
func (c smearedCurve) logDensity(x, y float64) float64 {
	// The first pass bounds each term. The second pass sums those that aren't negligible, so that most
	// nodes need no exponential.
	nodes := c.tiles.at(x, y)
	if nodes == nil {
		nodes = c.nodes
	}
	top := math.Inf(-1)
	for _, n := range nodes {
		top = max(top, c.bound(n, math.Abs(x-n.x), math.Abs(y-n.y)))
	}
	var sum float64
	for _, n := range nodes {
		b := c.bound(n, math.Abs(x-n.x), math.Abs(y-n.y)) - top
		if !(b > -negligible) { // which a NaN at infinity isn't
			continue
		}
		if c.half > 0 {
			b = n.logWeight + logSmearedBox(x-n.x, c.half, c.std) + logSmearedBox(y-n.y, c.half, c.std) - top
		}
		sum += math.Exp(b)
	}
	if c.half > 0 {
		return top + math.Log(sum)
	}
	return top + math.Log(sum) - math.Log(2*math.Pi*c.std*c.std)
}

// tiling holds the nodes that matter for points of each tile of a square grid.
type tiling struct {
	x, y, side    float64 // the lower corner, and the side of a tile
	columns, rows int
	nodes         [][]node // [rows·columns]
}

// at returns the nodes of the tile with a point, nil outside of the grid.
func (t tiling) at(x, y float64) []node {
	i, j := math.Floor((x-t.x)/t.side), math.Floor((y-t.y)/t.side)
	if !(i >= 0 && j >= 0 && i < float64(t.columns) && j < float64(t.rows)) {
		return nil
	}
	return t.nodes[int(j)*t.columns+int(i)]
}

// tiled returns tiles over the nodes and ten standard deviations beyond.
func (c smearedCurve) tiled() tiling {
	margin := c.half + 10*c.std
	t := tiling{x: math.Inf(1), y: math.Inf(1), side: 2 * c.std}
	right, top := math.Inf(-1), math.Inf(-1)
	for _, n := range c.nodes {
		t.x, t.y = min(t.x, n.x-margin), min(t.y, n.y-margin)
		right, top = max(right, n.x+margin), max(top, n.y+margin)
	}
	t.columns, t.rows = int(math.Ceil((right-t.x)/t.side)), int(math.Ceil((top-t.y)/t.side))
	for k := range t.columns * t.rows {
		x, y := t.x+(float64(k%t.columns)+0.5)*t.side, t.y+(float64(k/t.columns)+0.5)*t.side
		// No point of the tile is further from the middle than half of the side in either direction.
		least := math.Inf(-1) // of the largest term
		for _, n := range c.nodes {
			least = max(least, c.bound(n, math.Abs(x-n.x)+t.side/2, math.Abs(y-n.y)+t.side/2))
		}
		var near []node
		for _, n := range c.nodes {
			if c.bound(n, math.Abs(x-n.x)-t.side/2, math.Abs(y-n.y)-t.side/2) > least-negligible {
				near = append(near, n)
			}
		}
		t.nodes = append(t.nodes, near)
	}
	return t
}

// logAdd returns log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
