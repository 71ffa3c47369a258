package f4f

import (
	"fmt"

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
// column j. It returns an error if points or condition do not fit the density, and if a derivative
// is not finite.
func (d *Density) Score(x data.Points) (data.Points, error) {
	outputs, err := d.run("score", x, specs.Scoring)
	if err != nil {
		return data.Points{}, err
	}
	score, err := data.NewPoints(d.Dim(), numbers.Narrowed(outputs[0]))
	if err == nil {
		err = specs.CheckDerivatives(x, outputs[0])
	}
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return d.spec.Named(score, x), nil
}

// Jacobian returns the Jacobian of Encode at each row of x [N, D], N matrices [D, D]: entry (j, k)
// is ∂z_j/∂x_k. It takes the time of D calls of Encode and their gradients. It returns the errors
// of Score.
func (d *Density) Jacobian(x data.Points) ([]*mat.Dense, error) {
	if d == nil {
		return nil, errNil
	}
	if err := d.checkInput(x); err != nil {
		return nil, err
	}
	jacobian, err := jacobianAt(x, d.given, func(rows, c data.Points) ([][]float64, error) {
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
// is ∂y_j/∂x_k. The Jacobian of Inverse at the image is its inverse. It takes the time of D calls of
// Forward and their gradients. It returns the errors of Forward, and one if a derivative is not
// finite.
func (t *Transport) Jacobian(x data.Points) ([]*mat.Dense, error) {
	if t == nil {
		return nil, errNil
	}
	c, err := t.checkInput(x, true)
	if err != nil {
		return nil, err
	}
	jacobian, err := jacobianAt(x, c, func(rows, c data.Points) ([][]float64, error) {
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

// jacobianAt returns the Jacobian [D, D] of a map at each row of x [N, D], under conditions [N, C]
// or [1, C]. run evaluates specs.JacobianOf at the rows of specs.JacobianRows.
func jacobianAt(x, c data.Points, run func(rows, c data.Points) ([][]float64, error)) ([]*mat.Dense, error) {
	d := x.Dim()
	rows, err := specs.JacobianRows(x)
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
	if err := specs.CheckDerivatives(x, outputs[0]); err != nil {
		return nil, err
	}
	jacobian := make([]*mat.Dense, x.Len())
	for i := range jacobian {
		jacobian[i] = mat.NewDense(d, d, outputs[0][i*d*d:(i+1)*d*d])
	}
	return jacobian, nil
}
