package bijectiontest

import (
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/f4f/internal/accuracy"
	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// subject is a compiled case in one precision.
type subject struct {
	Case
	dtype dtypes.DType
	store *model.Store
	all   *model.Exec // all outputs of result
	names []string    // of the gradients
}

// result is what one pass through the bijection and back returned, row-major.
type result struct {
	y, logDet         []float64 // Forward at x
	back, backLogDet  []float64 // Inverse at y
	there, hereLogDet []float64 // Forward at Inverse at x, and Inverse's log-det at x
	thereLogDet       []float64 // Forward's log-det there
	jacobian          []float64 // ∂y/∂x [rows, D, D] by automatic differentiation, if D is at most mostByAutodiff
	gradients         map[string]float64
}

func newSubject(backend compute.Backend, c Case, dtype dtypes.DType) (*subject, error) {
	s := &subject{Case: c, dtype: dtype, store: model.NewStore()}
	if err := s.store.SetRNGStateFromSeed(7); err != nil {
		return nil, err
	}
	var err error
	s.all, err = model.NewExec(backend, s.store, func(scope *model.Scope, inputs []*Node) []*Node { return s.build(scope, inputs[0], optional(inputs)) })
	if err != nil {
		return nil, err
	}
	return s, s.perturb(backend)
}

func optional(inputs []*Node) *Node {
	if len(inputs) == 1 {
		return nil
	}
	return inputs[1]
}

// mostByAutodiff is the largest dimension for which the Jacobian is also computed by automatic
// differentiation.
const mostByAutodiff = 3

// build returns the fields of result in order, then the sum of each weight's gradient.
func (s *subject) build(scope *model.Scope, x, c *Node) []*Node {
	y, logDet := s.Bijection.Forward(scope, x, c)
	back, backLogDet := s.Bijection.Inverse(scope, y, c)
	here, hereLogDet := s.Bijection.Inverse(scope, x, c)
	there, thereLogDet := s.Bijection.Forward(scope, here, c)
	// A gradient for each output is slow to compile. Above a few features, finite differences must
	// do.
	jacobian := make([]*Node, min(s.Dim, mostByAutodiff))
	for j := range jacobian {
		jacobian[j] = Gradient(ReduceAllSum(Slice(y, AxisRange(), AxisRange(j, j+1))), x)[0]
	}
	outputs := []*Node{y, logDet, back, backLogDet, there, hereLogDet, thereLogDet, Stack(jacobian, 1)}
	// One scalar depends on everything, so that a NaN anywhere poisons a gradient.
	everything := Add(Add(ReduceAllSum(y), ReduceAllSum(logDet)), Add(ReduceAllSum(here), ReduceAllSum(hereLogDet)))
	s.names = []string{"x"}
	of := []*Node{x}
	for v := range s.store.IterVariables() {
		if v.Trainable && v.DType() == s.dtype {
			s.names, of = append(s.names, v.Path()), append(of, v.NodeValue(x))
		}
	}
	for _, gradient := range Gradient(everything, of...) {
		outputs = append(outputs, ReduceAllSum(gradient))
	}
	return outputs
}

// perturb moves the weights away from where training starts, to values that float32 represents.
func (s *subject) perturb(backend compute.Backend) error {
	if err := s.createWeights(backend); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(11, 13))
	for v := range s.store.IterVariables() {
		if v.DType() != s.dtype {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return err
		}
		old, err := flat(value)
		if err != nil {
			return err
		}
		for i := range old {
			old[i] = float64(float32(old[i] + s.Spread*rng.NormFloat64()))
		}
		if err := v.SetValue(tensorOf(s.dtype, old, v.Shape().Dimensions...)); err != nil {
			return err
		}
	}
	return nil
}

// createWeights builds the bijection into a graph that is never compiled, and initialises the
// weights that this creates.
func (s *subject) createWeights(backend compute.Backend) error {
	g := NewGraph(backend, "weights")
	defer g.Finalize()
	model.SetStore(g, s.store)
	inputs := []*Node{Parameter(g, "x", shapes.Make(s.dtype, rows, s.Dim))}
	if s.Condition > 0 {
		inputs = append(inputs, Parameter(g, "c", shapes.Make(s.dtype, rows, s.Condition)))
	}
	if err := panics.Catch(func() { s.Bijection.Forward(s.store.RootScope(), inputs[0], optional(inputs)) }); err != nil {
		return err
	}
	return s.store.InitializeVariables(backend, nil)
}

func (s *subject) copyWeights(from *subject) error {
	for v := range from.store.IterVariables() {
		if v.DType() != from.dtype {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return err
		}
		values, err := flat(value)
		if err != nil {
			return err
		}
		if err := s.store.GetVariable(v.Path()).SetValue(tensorOf(s.dtype, values, v.Shape().Dimensions...)); err != nil {
			return err
		}
	}
	return nil
}

// weights returns the number of the bijection's weights.
func (s *subject) weights() (count int) {
	for v := range s.store.IterVariables() {
		if v.DType() == s.dtype {
			count += v.Shape().Size()
		}
	}
	return count
}

func (s *subject) close() {
	s.all.Finalize()
	s.store.Finalize()
}

func (s *subject) inputs(x, condition []float64) []any {
	inputs := []any{tensorOf(s.dtype, x, rows, s.Dim)}
	if s.Condition > 0 {
		inputs = append(inputs, tensorOf(s.dtype, condition, rows, s.Condition))
	}
	return inputs
}

func (s *subject) run(x, condition []float64) (r result, err error) {
	outputs, err := s.all.Call(s.inputs(x, condition)...)
	if err != nil {
		return r, err
	}
	into := []*[]float64{&r.y, &r.logDet, &r.back, &r.backLogDet, &r.there, &r.hereLogDet, &r.thereLogDet, &r.jacobian}
	r.gradients = map[string]float64{}
	for i, o := range outputs {
		values, err := flat(o)
		if err != nil {
			return r, err
		}
		if i < len(into) {
			*into[i] = values
		} else {
			r.gradients[s.names[i-len(into)]] = values[0]
		}
	}
	return r, nil
}

// numerical holds what the tests need of the Jacobian of each row by central differences.
type numerical struct {
	logDet  []float64 // log|det ∂y/∂x|
	stretch []float64 // how much the inverse stretches the rounding of y
}

func (s *subject) finiteDifferences(x, condition []float64) (n numerical, err error) {
	const h = 1e-6
	columns := make([][]float64, s.Dim) // ∂y/∂x_j, [rows, D]
	for j := range s.Dim {
		var sides [2][]float64
		for side, sign := range []float64{-1, 1} {
			moved := append([]float64(nil), x...)
			for i := range rows {
				moved[i*s.Dim+j] += sign * h
			}
			r, err := s.run(moved, condition)
			if err != nil {
				return n, err
			}
			sides[side] = r.y
		}
		columns[j] = make([]float64, rows*s.Dim)
		for i := range columns[j] {
			columns[j][i] = s.difference(sides[1][i], sides[0][i], i%s.Dim) / (2 * h)
		}
	}
	r, err := s.run(x, condition)
	if err != nil {
		return n, err
	}
	for i := range rows {
		jacobian := mat.NewDense(s.Dim, s.Dim, nil)
		for j := range s.Dim {
			for k := range s.Dim {
				jacobian.Set(k, j, columns[j][i*s.Dim+k])
			}
		}
		logDet, _ := mat.LogDet(jacobian)
		n.logDet, n.stretch = append(n.logDet, logDet), append(n.stretch, accuracy.Stretch(jacobian, r.y[i*s.Dim:(i+1)*s.Dim]))
	}
	return n, nil
}

func tensorOf(dtype dtypes.DType, values []float64, dimensions ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dimensions...)
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dimensions...)
}

func flat(t *tensors.Tensor) ([]float64, error) {
	if t.DType() == dtypes.Float64 {
		return tensors.CopyFlatData[float64](t)
	}
	narrow, err := tensors.CopyFlatData[float32](t)
	wide := make([]float64, len(narrow))
	for i, v := range narrow {
		wide[i] = float64(v)
	}
	return wide, err
}
