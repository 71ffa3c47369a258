package f4f_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
	"github.com/flowsforflows/flows/f4f/metric"
)

// The code of EXTENDING.md.

// Additive shifts a feature, y = x + t, as NICE does (arXiv:1410.8516).
type Additive struct{}

func (Additive) Validate() error               { return nil }
func (Additive) Parameters() int               { return 1 }
func (Additive) IdentityParameters() []float64 { return []float64{0} }
func (Additive) TailBound() float64            { return math.Inf(1) }

// x is [n, batch] and parameters [n, 1, batch]; so are y and log|∂y/∂x|, here 0.
func (Additive) Forward(x, parameters *Node) (y, logDerivative *Node) {
	return Add(x, Squeeze(parameters, 1)), ZerosLike(x)
}

func (Additive) Inverse(y, parameters *Node) (x, logDerivative *Node) {
	return Sub(y, Squeeze(parameters, 1)), ZerosLike(y)
}

var additive = f4f.TransformerFunc("additive", func(f4f.Architecture) bijection.Transformer { return Additive{} })

func ExampleTransformerFunc() {
	defer aside()()
	plan := f4f.Base(data.Gaussian(3)).Transformer(additive).Layers(2).Hidden(8).Blocks(1).Samples(256).Epochs(1)
	d, err := plan.Fit(context.Background())
	fmt.Println(plan)
	fmt.Println(d, err)
	// Output:
	// f4f.Base(3-dimensional gaussian).Layers(2).Transformer("additive").Hidden(8).Blocks(1).Epochs(1).Samples(256)
	// density of 3-dimensional gaussian (3 features) <nil>
}

// Normalise shifts and scales each feature by weights of its own, y = e^s·x + t, as the ActNorm
// layers of Glow do (arXiv:1807.03039).
type Normalise struct{ Dim int }

func (n Normalise) Validate() error {
	if n.Dim < 1 {
		return fmt.Errorf("a normalising layer needs at least 1 feature, got %d", n.Dim)
	}
	return nil
}
func (n Normalise) Weights() float64   { return 2 * float64(n.Dim) }
func (n Normalise) TailBound() float64 { return math.Inf(1) }

// x and y are [batch, D], and the log-det is [batch]. It looks at no condition.
func (n Normalise) Forward(scope *model.Scope, x, _ *Node) (y, logDet *Node) {
	s, t := n.weights(scope, x)
	return Add(Mul(x, Exp(s)), t), ReduceSum(s, -1)
}

func (n Normalise) Inverse(scope *model.Scope, y, _ *Node) (x, logDet *Node) {
	s, t := n.weights(scope, y)
	return Mul(Sub(y, t), Exp(Neg(s))), ReduceSum(Neg(s), -1)
}

// The weights lie in the scope that the layer is given, and are made there when there are none.
func (n Normalise) weights(scope *model.Scope, x *Node) (s, t *Node) {
	zero := scope.WithInitializer(initializer.Zero)
	of := func(name string) *Node {
		w := zero.VariableWithShape(name, shapes.Make(x.DType(), 1, n.Dim)).NodeValue(x.Graph())
		return BroadcastToShape(w, x.Shape())
	}
	return of("log scale"), of("shift")
}

var normalise = f4f.LayerFunc("normalise", func(p f4f.LayerPlace) bijection.Layer { return Normalise{Dim: p.Dim} })

func ExampleLayerFunc() {
	defer aside()()
	plan := f4f.Base(data.Gaussian(3)).LayerKind(normalise).Layers(1).Samples(256).Epochs(1)
	d, err := plan.Fit(context.Background())
	fmt.Println(plan)
	fmt.Println(d.Layers()[0], err)
	// Output:
	// f4f.Base(3-dimensional gaussian).LayerKind("normalise").Layers(1).Epochs(1).Samples(256)
	// layer 0, normalise <nil>
}

// The library's own layers in a flow of one's own: affine ones, each half as wide as the one before.
func ExampleLayerPlace() {
	defer aside()()
	tapering := f4f.LayerFunc("tapering", func(p f4f.LayerPlace) bijection.Layer {
		return bijection.Coupling{
			Dim: p.Dim, Condition: p.Condition, Hidden: max(p.Architecture.Hidden>>p.Index, 1), Blocks: p.Architecture.Blocks,
			Transformer: bijection.Affine{}, Odd: p.Index%2 == 1, IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity,
		}
	})
	d, err := f4f.Base(data.Gaussian(2)).LayerKind(tapering).Layers(3).Hidden(16).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, layer := range d.Layers() {
		fmt.Println(layer, layer.Learned())
	}
	// Output:
	// layer 0, tapering true
	// layer 1, reversal false
	// layer 2, tapering true
	// layer 3, reversal false
	// layer 4, tapering true
}

func TestTheExtensionsOfThePageKeepTheirPromises(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	for name, mine := range map[string]bijection.Layer{
		"a layer":                       Normalise{Dim: 3},
		"a transformer, autoregressive": bijection.Autoregressive{Dim: 3, Hidden: 11, Blocks: 1, Transformer: Additive{}},
		"a transformer, coupling":       bijection.Coupling{Dim: 3, Hidden: 11, Blocks: 1, Transformer: Additive{}},
	} {
		// It acts everywhere, and float32 can't undo it at ±1000: points are drawn to ±20.
		bijectiontest.Run(t, b.Backend, bijectiontest.Case{Name: name, Bijection: mine, Dim: 3, Far: 20})
	}
}

// PseudoHuber is √(1 + |y−x|²) − 1: half the square of a short way, and about the length of a long
// one. x and y are [batch, D], and the price of each point is [batch].
func PseudoHuber(weight float64) f4f.Penalty {
	return f4f.PenaltyFunc("PseudoHuber", weight, func(x, y *Node) *Node {
		way := Sqrt(AddScalar(ReduceSum(Square(Sub(y, x)), -1), 1))
		return AddScalar(way, -1)
	})
}

func ExamplePenaltyFunc() {
	fmt.Println(f4f.Between(f4f.Base(data.Ring()), f4f.Base(data.Star())).Penalty(PseudoHuber(0.5).Annealed()))
	// Output: f4f.Between(f4f.Base(ring), f4f.Base(star)).Penalty(f4f.PenaltyFunc("PseudoHuber", 0.5, …).Annealed())
}

// Apart lets the flow see how far apart the conditions are, [batch, 1] of [batch, C] each.
var Apart = f4f.RelationFunc("Apart", 1, func(cx, cy *Node) *Node {
	return Sqrt(ReduceAndKeep(Square(Sub(cy, cx)), ReduceSum, -1))
})

func ExampleRelationFunc() {
	turned := f4f.Base(data.Rotated(data.FourCircles(), 45))
	fmt.Println(f4f.Between(turned, turned).On(Apart).Layers(2))
	// Output: f4f.Between(f4f.Base(four circles rotated by up to 45°), f4f.Base(four circles rotated by up to 45°)).Layers(2).On(f4f.RelationFunc("Apart", 1, …))
}

// LogisticSource is the logistic distribution of each of D features, p(x) = Π e^−x_j / (1 + e^−x_j)². As a
// source it draws the points.
type LogisticSource int

func (LogisticSource) Name() string { return "logistic" }
func (l LogisticSource) Dim() int   { return int(l) }

func (l LogisticSource) Sample(n int, seed uint64) (data.Points, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	values := make([]float32, n*int(l))
	for i := range values {
		u := rng.Float64()
		values[i] = float32(math.Log((u + 1e-12) / (1 - u)))
	}
	return data.NewPoints(int(l), values)
}

// x is [batch, D], and the log-density [batch]. |x| keeps the exponential from overflowing.
var logistic = f4f.DensityFunc("logistic", LogisticSource(2), func(x *Node) *Node {
	size := Abs(x)
	return Neg(ReduceSum(Add(size, MulScalar(Log1p(Exp(Neg(size))), 2)), -1))
})

func ExampleDensityFunc() {
	defer aside()()
	plan := f4f.Between(f4f.Known(data.Gaussian(2)), f4f.Known(logistic)).Layers(1).Hidden(8).Blocks(1).Samples(256).Epochs(1)
	t, err := plan.Fit(context.Background())
	fmt.Println(plan)
	fmt.Println(t, err)
	// Output:
	// f4f.Between(f4f.Known(gaussian), f4f.Known(logistic)).Layers(1).Hidden(8).Blocks(1).Epochs(1).Samples(256)
	// transport gaussian → logistic <nil>
}

// ShareWithin is the share of points x [N, D] within a radius of the origin, and its standard error.
func ShareWithin(x data.Points, radius float64) (metric.Estimate, error) {
	if x.Len() == 0 {
		return metric.Estimate{}, fmt.Errorf("a share needs at least one point, got none")
	}
	within := 0.0
	for i := range x.Len() {
		sum := 0.0
		for _, v := range x.Row(i) {
			sum += float64(v) * float64(v)
		}
		if sum <= radius*radius {
			within++
		}
	}
	n := float64(x.Len())
	share := within / n
	return metric.Estimate{Value: share, Error: math.Sqrt(share * (1 - share) / n)}, nil
}

func Example_metric() {
	x, err := data.Gaussian(2).Sample(10_000, 1)
	if err != nil {
		log.Fatal(err)
	}
	share, err := ShareWithin(x, 1) // 1 − e^(−1/2) = 0.3935 of them all
	fmt.Println(math.Abs(share.Value-0.3935) < 4*share.Error, err)
	// Output: true <nil>
}

// ReadColumns reads numbers in columns, white space between them, one point a line.
func ReadColumns(r io.Reader) (data.Points, error) {
	var values []float32
	dim := 0
	lines := bufio.NewScanner(r)
	for line := 1; lines.Scan(); line++ {
		fields := strings.Fields(lines.Text())
		if line == 1 {
			dim = len(fields)
		}
		if len(fields) != dim {
			return data.Points{}, fmt.Errorf("line %d has %d columns, the first has %d", line, len(fields), dim)
		}
		for _, field := range fields {
			v, err := strconv.ParseFloat(field, 32)
			if err != nil {
				return data.Points{}, fmt.Errorf("line %d: %w", line, err)
			}
			values = append(values, float32(v))
		}
	}
	if err := lines.Err(); err != nil {
		return data.Points{}, err
	}
	return data.NewPoints(dim, values)
}

func Example_format() {
	x, err := ReadColumns(strings.NewReader("1.5  2\n-1   0.25\n"))
	fmt.Println(x, err)
	fmt.Println(f4f.Base(data.FromPoints("mine", x)))
	_, err = ReadColumns(strings.NewReader("1 2\n3\n"))
	fmt.Println(err)
	// Output:
	// 2 points of 2 features <nil>
	// f4f.Base(mine)
	// line 2 has 1 columns, the first has 2
}
