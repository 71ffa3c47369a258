package f4f

import (
	"context"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
	"github.com/flowsforflows/flows/f4f/plan"
)

// This file names again what packages below declare for plans and their training, so that a program
// needs one import.

// Architecture is the shape of a flow: its layers, networks and bins. See plan.Architecture for its
// fields.
type Architecture = plan.Architecture

// LayerKind is the name of a kind of learned layers: Autoregressive, Coupling, ConvexPotential, or
// one that LayerFunc registered.
type LayerKind = plan.LayerKind

// LayerPlace tells the function of a LayerFunc where its layer is. See plan.LayerPlace for its
// fields.
type LayerPlace = plan.LayerPlace

// Transformer is the name of the map that a layer applies to a feature: Spline, Affine, or one that
// TransformerFunc registered. The map itself is a bijection.Transformer.
type Transformer = plan.Transformer

// Mixing is the name of the map between learned layers: Reversal, Permutation, LULinear or InOrder.
type Mixing = plan.Mixing

// Recipe says how a flow is trained: Default, Fast, Paper, or a changed copy of one. See
// plan.Recipe for its fields.
type Recipe = plan.Recipe

// Precision is the precision in which a flow is trained and evaluated: Float32 or Float64.
type Precision = plan.Precision

// Relation says what a transport sees of the conditions on its two sides: Difference, Both, Shared,
// or a RelationFunc. Its method Ordered sets which condition comes first; see plan.Relation.
type Relation = plan.Relation

// Penalty is a price on how far a transport moves points: L1, L2, or a PenaltyFunc. Its method
// Annealed lets the weight fall to zero over the training; see plan.Penalty.
type Penalty = plan.Penalty

// Direction is the direction in which a transport is trained: Alternate, ForwardOnly, InverseOnly,
// BothWays or ByEpochs(n).
type Direction = plan.Direction

// The kinds of learned layers.
var (
	Autoregressive = plan.Autoregressive // the default: see plan.Autoregressive
	Coupling       = plan.Coupling       // both directions take one pass: see plan.Coupling
	// ConvexPotential is the gradient of a convex function, an optimal map: see
	// plan.ConvexPotential.
	ConvexPotential = plan.ConvexPotential
)

// The maps that a layer can apply to a feature.
var (
	Spline = plan.Spline // the default, a rational-quadratic spline
	Affine = plan.Affine // a shift and a scale, as in MAF and RealNVP
)

// The maps between learned layers.
const (
	Reversal    = plan.Reversal    // the default: reverses the order of features
	Permutation = plan.Permutation // permutes features in a random order, from the plan's seed
	LULinear    = plan.LULinear    // a learned linear map
	InOrder     = plan.InOrder     // leaves features in their order; see plan.InOrder
)

// The precisions of a flow.
const (
	Float32 = plan.Float32 // the default, and the paper's
	Float64 = plan.Float64 // 16 digits instead of 7, at about 2.4 times the time of a step on a CPU
)

// GivenDensity is a density of your own, for Known: a log-density with a source of its points.
// DensityFunc returns one.
type GivenDensity = plan.GivenDensity

// BaseDistribution is the distribution of a column in the space of a flow's base distribution:
// Normal, Uniform, or one that StudentT returns.
type BaseDistribution = plan.BaseDistribution

// The base distributions of a column; StudentT returns another one.
const (
	Normal  = plan.Normal  // the default, the standard normal
	Uniform = plan.Uniform // uniform on an interval, for a column with two hard edges: see plan.Uniform
)

// StudentT returns Student's t distribution with ν degrees of freedom, for a column with heavy
// tails; see plan.StudentT.
func StudentT(ν float64) BaseDistribution { return plan.StudentT(ν) }

// The relations of the paper.
var (
	Difference = plan.Difference // the flow sees c_y − c_x
	Both       = plan.Both       // the flow sees c_x and c_y, side by side
	Shared     = plan.Shared     // points keep their condition, which the flow sees
)

// The directions of training; ByEpochs returns another one.
var (
	Alternate   = plan.Alternate   // the default: odd batches forward, even batches inverse
	ForwardOnly = plan.ForwardOnly // every batch forward
	InverseOnly = plan.InverseOnly // every batch inverse
	BothWays    = plan.BothWays    // both directions in every step
)

// Sentinel errors, to be tested for with errors.Is.
var (
	// ErrNonFinite means that a loss was NaN or infinite. The flow that is returned holds the
	// weights of the last good epoch.
	ErrNonFinite = fit.ErrNonFinite
	// ErrInterrupted means that the context ended. The flow that is returned holds the weights
	// reached so far. Fitting the plan again resumes from there.
	ErrInterrupted = fit.ErrInterrupted
	// ErrNotKept means that the disk was full or could not be written. The flow that is returned
	// holds the weights reached so far.
	ErrNotKept = fit.ErrNotKept
	// ErrCorrupt means that a file is damaged, or not the file it should be.
	ErrCorrupt = fit.ErrCorrupt
)

// ErrOutsideRange is wrapped by the errors of a strict flow whose condition is outside the range of
// its training.
var ErrOutsideRange = specs.ErrOutsideRange

// ErrNoDensity is wrapped by the errors of what needs a density, or its sampler, where a side of a
// transport has points alone (see PointsOf).
var ErrNoDensity = specs.ErrNoDensity

// Default returns the recipe that plans start from, the best we know; see plan.Default.
func Default() Recipe { return plan.Default() }

// Fast returns the recipe that Default came from; see plan.Fast.
func Fast() Recipe { return plan.Fast() }

// Paper returns the paper's recipe; see plan.Paper.
func Paper() Recipe { return plan.Paper() }

// ByEpochs returns the direction that trains forward for a number of epochs, then inverse for as
// many, and so on.
func ByEpochs(epochs int) Direction { return plan.ByEpochs(epochs) }

// L1 returns the penalty weight · Σ_d |y_d − x_d|, averaged over points: the paper's, with weight
// 1.
func L1(weight float64) Penalty { return plan.L1(weight) }

// L2 returns the penalty weight · Σ_d (y_d − x_d)², averaged over points.
func L2(weight float64) Penalty { return plan.L2(weight) }

// PenaltyFunc returns a penalty of your own: weight · price(x, y), averaged over points. price
// builds the price of each point [batch] from the points before the move, x [batch, D], and after
// it, y [batch, D]. See plan.PenaltyFunc.
func PenaltyFunc(name string, weight float64, price func(x, y *graph.Node) *graph.Node) Penalty {
	return plan.PenaltyFunc(name, weight, price)
}

// RelationFunc returns a relation of your own: the flow sees what see builds [batch, width] from
// the standardised conditions cx and cy, [batch, C] each. See plan.RelationFunc.
func RelationFunc(name string, width int, see func(cx, cy *graph.Node) *graph.Node) Relation {
	return plan.RelationFunc(name, width, see)
}

// LayerFunc registers a layer of your own; see plan.LayerFunc.
func LayerFunc(name string, build func(LayerPlace) bijection.Layer) LayerKind {
	return plan.LayerFunc(name, build)
}

// TransformerFunc registers a transformer of your own; see plan.TransformerFunc.
func TransformerFunc(name string, build func(Architecture) bijection.Transformer) Transformer {
	return plan.TransformerFunc(name, build)
}

// DensityFunc registers a density of your own, for Known: source draws its points, and logProb
// builds log p(x) [batch], in nats, from points x [batch, D]. See plan.DensityFunc.
func DensityFunc(name string, source data.Source, logProb func(x *graph.Node) *graph.Node) GivenDensity {
	return plan.DensityFunc(name, source, logProb)
}

// WithEvents returns a context in which Fit reports its progress: it calls receive with an event a
// few times a second. The calls come from the goroutines that train, one at a time. Package
// kernelext has a progress bar that uses it.
//
// Events carry notes, which a person should read. Without WithEvents, notes are logged by log/slog:
// each once in a fit, and a note on the backend once in the process. A nil receive discards events
// and notes. Loading a flow sends its notes again.
func WithEvents(ctx context.Context, receive func(fit.Event)) context.Context {
	return train.WithEvents(ctx, receive)
}

// Glimpse shows what a flow does during its training.
type Glimpse struct {
	Flow   string      // the flow that is being trained, by the name that events use
	Step   int         // the number of steps taken so far
	Points data.Points // [n, D]: samples of a base, or the images of points of the left under a transport
	Target data.Points // [n, D]: training points, which Points should come to resemble
}

// WithGlimpses returns a context in which Fit calls receive with a Glimpse of this many points,
// every few seconds and after the last step. The flow runs on the Go backend, which compiles
// nothing. The time between two glimpses is at least a hundred times what one takes. receive is
// called from the goroutine that trains. Flows that FitAll trains as one program are not shown.
func WithGlimpses(ctx context.Context, points int, receive func(Glimpse)) context.Context {
	if receive == nil {
		return train.WithGlimpses(ctx, points, nil)
	}
	return train.WithGlimpses(ctx, points, func(g train.Glimpse) { receive(Glimpse(g)) })
}
