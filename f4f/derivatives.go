package f4f

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// Score returns the score ∇_x log p(x) [N, D] of each row of x [N, D], the gradient of LogProb by
// the point, or that of log p(x|c) under the condition set by At. Feature j is in nats per unit of
// column j. It returns an error if points or condition do not fit the density, if a derivative is
// not finite, and if a column has noise (data.Whole, data.Spike), whose probabilities have no
// derivative.
func (d *Density) Score(x data.Points) (data.Points, error) {
	if err := d.checkDensity(); err != nil {
		return data.Points{}, err
	}
	u, c, err := d.enter(x)
	if err != nil {
		return data.Points{}, err
	}
	slopes, err := d.spec.Slopes(x)
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", d, err)
	}
	outputs, err := d.run("score", u, c, specs.Scoring)
	if err != nil {
		return data.Points{}, err
	}
	values := outputs[0]
	for i := range slopes.Log { // log p(x) = log p(u) + Σ_j log ∂u_j/∂x_j
		values[i] = values[i]*math.Exp(slopes.Log[i]) + slopes.Bend[i]
	}
	score, err := data.NewPoints(d.Dim(), numbers.Narrowed(values))
	if err == nil {
		err = specs.CheckDerivatives(x, values)
	}
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return d.spec.Named(score, x), nil
}

// Jacobian returns the Jacobian of Encode at each row of x [N, D], N matrices [D, D]: entry (j, k)
// is ∂z_j/∂x_k, with x in the data's units. (Transport.Jacobian is that of Forward.) It takes the
// time of D calls of Encode and their gradients. It returns the errors of Score.
func (d *Density) Jacobian(x data.Points) ([]*mat.Dense, error) {
	if err := d.encodes(); err != nil {
		return nil, err
	}
	u, c, err := d.enter(x)
	if err != nil {
		return nil, err
	}
	entering, err := d.spec.Slopes(x)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	jacobian, err := jacobianAt(u, c, entering, specs.Slopes{}, func(rows, c data.Points) ([][]float64, error) {
		encode := func(scope *model.Scope, x, c *Node) (z, logDet *Node) {
			return d.flow.Encode(scope.At(specs.FlowScope), x, c)
		}
		return d.engine.Run("jacobian", specs.JacobianOf(encode), rows, c)
	})
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return jacobian, nil
}

// Jacobian returns the Jacobian of Forward at each row of x [N, D], N matrices [D, D]: entry (j, k)
// is ∂y_j/∂x_k. The Jacobian of Inverse at the image is its inverse. It takes the time of D calls
// of Forward and their gradients. It returns the errors of Forward, and one if a derivative is not
// finite or a column has noise (data.Whole, data.Spike). Both x and y are in the data's units.
func (t *Transport) Jacobian(x data.Points) ([]*mat.Dense, error) {
	if t == nil {
		return nil, errNil
	}
	y, err := t.Forward(x)
	if err != nil {
		return nil, err
	}
	u, _, c, err := t.enter(x, true)
	if err != nil {
		return nil, err
	}
	entering, err := t.spec.Left.Slopes(x)
	var leaving specs.Slopes
	if err == nil {
		leaving, err = t.spec.Right.Slopes(y)
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	jacobian, err := jacobianAt(u, c, entering, leaving, func(rows, c data.Points) ([][]float64, error) {
		return t.flow.Run(t.engine, "jacobian", rows, c, true, func(b specs.Between) engine.Build {
			f, _ := b.Direction(true)
			return specs.JacobianOf(f)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return jacobian, nil
}

// Potential returns the convex potential F(x) [N] at points x [N, D], whose gradient the map is:
// Forward(x) = ∇F(x). By Brenier's theorem such a map is the optimal one from the left to its image,
// for the cost |x − y|²/2. The displacement is the gradient of F(x) − |x|²/2, which is minus the
// Kantorovich potential of that cost. F is known up to a constant, which may differ between
// conditions.
//
// Forward is ∇F in the data's units, unless a side is standardised or has maps of columns. F is then a
// function of points as the flow sees them (see Between), and ∇F leads to points as it makes them; see
// plan.ConvexPotential.
//
// Only a transport of one ConvexPotential layer has a potential; for any other, Potential returns
// an error. It also returns the errors of Forward.
func (t *Transport) Potential(x data.Points) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	if _, ok := t.flow.Potential(); !ok {
		what := fmt.Sprintf("one of %d %s layers", t.spec.Architecture.Layers, t.spec.Architecture.Layer)
		if t.spec.Transfer {
			what = "a base transfer"
		}
		return nil, fmt.Errorf("f4f: %s: only a transport of one ConvexPotential layer is the gradient of a potential, got %s: fit Between with LayerKind(f4f.ConvexPotential)", t, what)
	}
	u, _, c, err := t.enter(x, true)
	if err != nil {
		return nil, err
	}
	outputs, err := t.flow.Run(t.engine, "potential", u, c, true, func(b specs.Between) engine.Build {
		f, _ := b.PotentialOfData()
		return func(scope *model.Scope, x, c *Node) []*Node { return []*Node{f(scope, x, c)} }
	})
	if err == nil {
		err = specs.CheckPotential(x, outputs[0])
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return outputs[0], nil
}

// jacobianAt returns the Jacobian [D, D] of a map at each row of u [N, D], under conditions [N, C]
// or [1, C]. run evaluates specs.JacobianOf at the rows of specs.JacobianRows. entering are the
// slopes on the way from the data's units to u, and leaving those on the way from the units of the
// images to what the map makes; they have none for nothing.
func jacobianAt(u, c data.Points, entering, leaving specs.Slopes, run func(rows, c data.Points) ([][]float64, error)) ([]*mat.Dense, error) {
	d := u.Dim()
	rows, err := specs.JacobianRows(u)
	if err == nil && c.Len() > 1 {
		c, err = c.RepeatEach(d)
	}
	if err != nil {
		return nil, err
	}
	outputs, err := run(rows, c)
	if err != nil {
		return nil, err
	}
	values := outputs[0]
	for i := range values { // of point i/d², the derivative of result j by feature k
		point, j, k := i/(d*d), i/d%d, i%d
		if entering.Log != nil {
			values[i] *= math.Exp(entering.Log[point*d+k])
		}
		if leaving.Log != nil {
			values[i] *= math.Exp(-leaving.Log[point*d+j])
		}
	}
	if err := specs.CheckDerivatives(u, values); err != nil {
		return nil, err
	}
	jacobian := make([]*mat.Dense, u.Len())
	for i := range jacobian {
		jacobian[i] = mat.NewDense(d, d, values[i*d*d:(i+1)*d*d])
	}
	return jacobian, nil
}
