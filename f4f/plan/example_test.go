package plan_test

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/plan"
)

// What a recipe leaves open follows from the data.
func ExampleRecipe_Resolved() {
	recipe := plan.Default()
	recipe.Steps = 8_000
	resolved, err := recipe.Resolved(false, 10, false, data.Ring())
	fmt.Println(resolved.Epochs, resolved.Samples, resolved.Batch, resolved.LearningRate, err)
	// Output: 1 1024000 128 0.003 <nil>
}

// An architecture says which of its fields can't be.
func ExampleArchitecture_Validate() {
	a := plan.PaperArchitecture()
	a.Layer, a.Transformer, a.Mixing = plan.Coupling, plan.Spline, plan.LULinear
	fmt.Println(a.Validate(2, 0))
	a.Bins = 1
	fmt.Println(a.Validate(2, 0))
	// Output:
	// <nil>
	// bijection: spline bins must be at least 2, got 1
}

// A layer of one's own is one function of its place in the flow.
func ExampleLayerFunc() {
	wide := plan.LayerFunc("wide", func(p plan.LayerPlace) bijection.Layer {
		return bijection.Coupling{Dim: p.Dim, Condition: p.Condition, Hidden: 256, Blocks: 1, Transformer: bijection.Affine{}, Odd: p.Index%2 == 1}
	})
	a := plan.PaperArchitecture()
	a.Layer = wide
	fmt.Println(a.Validate(3, 0), a.Build(plan.LayerPlace{Dim: 3}).TailBound())
	// Output: <nil> +Inf
}

// A base distribution has the logarithm of its density as a graph, and draws its values on the host.
func ExampleBaseDistribution() {
	var heavy plan.BaseDistribution = plan.StudentT(2)
	fmt.Println(heavy, heavy.Validate())
	fmt.Println(plan.StudentT(0).Validate())
	// Output:
	// f4f.StudentT(2) <nil>
	// the degrees of freedom of StudentT must be above 0 and finite, got 0
}

// A density of one's own is a source and its log-density as a graph.
func ExampleGivenDensity() {
	var standard plan.GivenDensity = plan.DensityFunc("standard", data.Gaussian(2), func(x *Node) *Node {
		return AddScalar(MulScalar(ReduceSum(Square(x), -1), -0.5), -1.837877)
	})
	x, err := standard.Sample(100, 1)
	fmt.Println(standard, standard.Dim(), x.Len(), err)
	// Output: standard 2 100 <nil>
}

// Plans print what they were made from.
func Example() {
	var precision plan.Precision = plan.Float64
	var direction plan.Direction = plan.ByEpochs(3)
	var penalty plan.Penalty = plan.L1(0.5).Annealed()
	var relation plan.Relation = plan.Difference
	fmt.Println(precision, direction, penalty, relation, relation.Width(2, 2))
	// Output: float64 f4f.ByEpochs(3) f4f.L1(0.5).Annealed() f4f.Difference 2
}
