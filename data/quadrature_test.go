package data

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTilesLeaveOutNoTermThatMatters compares the sum over the nodes of a tile with that over all nodes.
func TestTilesLeaveOutNoTermThatMatters(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var nodes []node
	for range 300 { // a curve that is nowhere smooth
		nodes = append(nodes, node{3 * rng.Float64(), rng.NormFloat64(), math.Log(rng.Float64() / 300)})
	}
	for _, half := range []float64{0, 0.2} {
		c := newSmearedCurve(nodes, 0.1, half)
		fewer := false
		for range 3000 {
			x, y := 8*rng.Float64()-2, 12*rng.Float64()-6
			total := math.Inf(-1)
			for _, n := range nodes {
				term := -((x-n.x)*(x-n.x)+(y-n.y)*(y-n.y))/(2*0.01) - math.Log(2*math.Pi*0.01)
				if half > 0 {
					term = logSmearedBox(x-n.x, half, 0.1) + logSmearedBox(y-n.y, half, 0.1)
				}
				total = logAdd(total, n.logWeight+term)
			}
			if got := c.logDensity(x, y); math.Abs(got-total) > 1e-9*max(1, math.Abs(total)) {
				t.Fatalf("half %g: the log-density at (%g, %g) is %v, by all nodes %v", half, x, y, got, total)
			}
			of := c.tiles.at(x, y)
			fewer = fewer || of != nil && len(of) < len(nodes)
		}
		if !fewer {
			t.Errorf("half %g: every tile has all nodes", half)
		}
		if got := c.logDensity(math.Inf(1), 0); !math.IsInf(got, -1) {
			t.Errorf("half %g: the log-density at infinity is %v, want −Inf", half, got)
		}
	}
}
