package data

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Potential is a strictly convex function F of points in D dimensions. Its gradient ∇F is an
// invertible map, and the optimal one onto its image for the squared distance: no other map onto
// the same distribution has a smaller mean squared displacement (Brenier, 1991). Ridges is one.
//
// Gradient and Hessian are called from several goroutines at once.
type Potential interface {
	// Dim returns the number of features of a point, D.
	Dim() int
	// Gradient writes ∇F(x) to g, [D] each.
	Gradient(g, x []float64)
	// Hessian writes the Hessian of F at x [D] to h [D, D]. It must be positive definite.
	Hessian(h *mat.SymDense, x []float64)
}

// Ridges is the convex function
//
//	F(x) = scale·|x|²/2 + Σ_k heights_k · log cosh(directions_k·x + shifts_k)
//
// Its gradient is scale·x + Σ_k heights_k · tanh(directions_k·x + shifts_k) · directions_k. Use
// NewRidges to make one.
type Ridges struct {
	scale           float64
	heights, shifts []float64
	directions      [][]float64
}

var _ Potential = (*Ridges)(nil)

// NewRidges returns the convex function with this scale, above 0, and K heights, not negative, K
// directions [D] and K shifts. It returns an error if there are no directions, if the numbers of
// heights, directions and shifts differ, if the directions differ in dimension, if a number isn't
// finite, if the scale isn't above 0, or if a height is negative.
func NewRidges(scale float64, heights []float64, directions [][]float64, shifts []float64) (*Ridges, error) {
	if !(scale > 0) || math.IsInf(scale, 0) {
		return nil, fmt.Errorf("data: the scale of ridges must be above 0 and finite, got %g", scale)
	}
	if len(directions) == 0 || len(directions[0]) == 0 || len(heights) != len(directions) || len(shifts) != len(directions) {
		return nil, fmt.Errorf("data: ridges must have a height, a direction of at least 1 feature and a shift each, got %d heights, %d directions and %d shifts", len(heights), len(directions), len(shifts))
	}
	r := &Ridges{scale: scale, heights: slices.Clone(heights), shifts: slices.Clone(shifts)}
	for k, d := range directions {
		if len(d) != len(directions[0]) {
			return nil, fmt.Errorf("data: the directions of ridges must have one dimension, got %d as direction 0 and %d as direction %d", len(directions[0]), len(d), k)
		}
		if !(heights[k] >= 0) {
			return nil, fmt.Errorf("data: the heights of ridges must not be negative, or the function isn't convex, got %g as height %d", heights[k], k)
		}
		if sum := floats.Norm(d, 1) + heights[k] + shifts[k]; math.IsNaN(sum) || math.IsInf(sum, 0) {
			return nil, fmt.Errorf("data: the numbers of ridges must be finite, got the height %g, the direction %v and the shift %g as ridge %d", heights[k], d, shifts[k], k)
		}
		r.directions = append(r.directions, slices.Clone(d))
	}
	return r, nil
}

// Dim returns the number of features of a point, D.
func (r *Ridges) Dim() int {
	if r == nil || r.directions == nil {
		return 0
	}
	return len(r.directions[0])
}

// Gradient writes ∇F(x) to g, [D] each.
func (r *Ridges) Gradient(g, x []float64) {
	if r == nil {
		return
	}
	for j, v := range x {
		g[j] = r.scale * v
	}
	for k, d := range r.directions {
		floats.AddScaled(g, r.heights[k]*math.Tanh(floats.Dot(d, x)+r.shifts[k]), d)
	}
}

// Hessian writes the Hessian of F at x [D] to h [D, D].
func (r *Ridges) Hessian(h *mat.SymDense, x []float64) {
	if r == nil || h == nil {
		return
	}
	h.Zero()
	for j := range x {
		h.SetSym(j, j, r.scale)
	}
	for k, d := range r.directions {
		t := math.Tanh(floats.Dot(d, x) + r.shifts[k])
		h.SymRankOne(h, r.heights[k]*(1-t*t), mat.NewVecDense(len(d), d))
	}
}

// errNotConvex is the error for a Hessian that isn't positive definite.
var errNotConvex = errors.New("the Hessian of a potential must be positive definite, and isn't")

// logDetOf returns the logarithm of the determinant of a Hessian.
func logDetOf(h *mat.SymDense) (float64, error) {
	var cholesky mat.Cholesky
	if !cholesky.Factorize(h) {
		return math.NaN(), errNotConvex
	}
	return cholesky.LogDet(), nil
}

// mostNewton is the largest number of Newton steps of an inverse.
const mostNewton = 200

// solve writes to x the point at which the gradient of F is y, [D] each. x holds the point to start
// from. It minimises F(x) − y·x by Newton's method. Each step goes to where the slope along it is
// at most half of what it was, which a convex function has in every direction of descent. So it
// converges from any start where F is strongly convex, even where its Hessian jumps, as that of a
// network does.
func solve(f Potential, x, y []float64) error {
	d := len(x)
	g, next, step := make([]float64, d), make([]float64, d), make([]float64, d)
	h := mat.NewSymDense(d, nil)
	gradient := func(x []float64) {
		f.Gradient(g, x)
		floats.Sub(g, y)
	}
	size := 1 + floats.Norm(y, 2)
	gradient(x)
	best, since := math.Inf(1), 0
	for range mostNewton {
		far := floats.Norm(g, 2)
		if far <= 1e-13*size {
			return nil
		}
		if far < best {
			best, since = far, 0
		} else if since++; since > 1 && best <= 1e-9*size { // rounding leaves nothing to gain
			return nil
		}
		f.Hessian(h, x)
		var cholesky mat.Cholesky
		if !cholesky.Factorize(h) {
			return errNotConvex
		}
		if err := cholesky.SolveVecTo(mat.NewVecDense(d, step), mat.NewVecDense(d, g)); err != nil {
			if _, poor := err.(mat.Condition); !poor {
				return err
			}
		}
		floats.Scale(-1, step)
		slope := floats.Dot(g, step) // below 0
		share, least, most := 1.0, 0.0, math.Inf(1)
		for range 60 {
			floats.AddScaledTo(next, x, share, step)
			gradient(next)
			switch now := floats.Dot(g, step); {
			case now > -slope/2:
				most = share
				share = (least + most) / 2
				continue
			case now < slope/2:
				least = share
				if share *= 2; !math.IsInf(most, 1) {
					share = (least + most) / 2
				}
				continue
			}
			break
		}
		copy(x, next)
	}
	if best <= 1e-9*size {
		return nil
	}
	return fmt.Errorf("the inverse of its gradient did not converge: %g remain after %d steps", best, mostNewton)
}
