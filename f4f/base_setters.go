package f4f

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// The setters of a plan for a normalizing flow. Each returns a changed copy; the defaults
// are those of Architecture and Default.

// Recipe sets the whole recipe: Default, Fast, Paper, or a changed copy of one (see plan.Recipe).
// It replaces all earlier settings of the recipe.
func (p BasePlan) Recipe(r Recipe) BasePlan { p.recipe, p.epochsSet = r, r.Epochs != 0; return p }

// Epochs sets how many times training goes through the points, at least 1. It replaces Steps. The
// default follows from Steps.
func (p BasePlan) Epochs(n int) BasePlan { p.recipe.Epochs, p.epochsSet = n, true; return p }

// Steps sets the number of training steps; the default is 31,250. It replaces Epochs. Training
// takes whole epochs, from 1 to 40, so the number of steps is approximate. From a source that is
// not a table, no more points are drawn than these steps take. Steps(0) takes the number of epochs
// of the paper over all Samples, by this recipe; for the training of the paper use Recipe(Paper()).
func (p BasePlan) Steps(n int) BasePlan {
	p.recipe.Steps, p.recipe.Epochs, p.epochsSet = n, 0, false
	return p
}

// Batch sets the number of points in a training step. The default is 128. For a table it is smaller
// if rows are few, down to 16, and larger if rows have different weights, up to 512. 0 means this
// default (see plan.Recipe).
func (p BasePlan) Batch(n int) BasePlan { p.recipe.Batch = n; return p }

// LearningRate sets the learning rate of Adam, which a cosine anneals to zero. The default, which 0
// means too, follows from the number of steps: 1e-3 for 31,250 steps or more, up to 3e-3 for fewer,
// and 2e-3 for a table.
func (p BasePlan) LearningRate(rate float64) BasePlan { p.recipe.LearningRate = rate; return p }

// WarmUp sets the fraction of the training over which the learning rate rises from zero. The
// default is 0.1; 0 means no warm-up.
func (p BasePlan) WarmUp(share float64) BasePlan { p.recipe.WarmUp = share; return p }

// Beta2 sets the second decay of Adam: the decay, at each step, of the mean of squared gradients.
// The default is 0.99; 0 means 0.999, the usual value of Adam.
func (p BasePlan) Beta2(decay float64) BasePlan { p.recipe.Beta2 = decay; return p }

// ClipNorm sets the greatest norm of the gradient of a step. The default is 3; 0 means no clipping.
func (p BasePlan) ClipNorm(norm float64) BasePlan { p.recipe.ClipNorm = norm; return p }

// Samples sets how many points to draw from a source that is not a table. The default is 2,000,000.
// Fewer are drawn if Steps needs fewer.
func (p BasePlan) Samples(n int) BasePlan { p.recipe.Samples = n; return p }

// Validation sets the size of the held-out set. For a table it is the fraction of the rows that is
// held out; for another source, this fraction of the training points is drawn in addition. The
// default is 0.1; 0 means no held-out set.
func (p BasePlan) Validation(share float64) BasePlan { p.recipe.Validation = share; return p }

// EarlyStop ends training after this many epochs without a better validation loss. The default is
// 0, which means never.
func (p BasePlan) EarlyStop(epochs int) BasePlan { p.recipe.EarlyStop = epochs; return p }

// KeepBest keeps the weights of the epoch with the best validation loss, rather than those of the
// last epoch. For a table this is the default.
func (p BasePlan) KeepBest() BasePlan { p.recipe.KeepBest = true; return p }

// Seed sets the seed of everything random: the initial weights, the data drawn and their order. The
// default is 0.
func (p BasePlan) Seed(seed uint64) BasePlan { p.recipe.Seed = seed; return p }

// Bootstrap trains on a bootstrap replicate of a table: training rows drawn with replacement, as
// many as there are. replicate is its number, from 1; 0, the default, means the rows themselves.
// The rows held out for validation are not resampled. Replicate 3 of a table is the same in every
// plan, except for the rows that a plan holds out. A source that is not a table is an error. Use
// Ensemble for many replicates at once. (metric.Bootstrap puts an interval on a metric, without
// training.)
func (p BasePlan) Bootstrap(replicate int) BasePlan { p.recipe.Bootstrap = replicate; return p }

// LayerKind sets the kind of the learned layers: Autoregressive, the default, Coupling,
// ConvexPotential, or one that LayerFunc registered. ConvexPotential also sets Layers, Hidden and
// Blocks to what suits it, so call LayerKind before them.
func (p BasePlan) LayerKind(kind LayerKind) BasePlan {
	p.architecture = p.architecture.WithLayer(kind)
	return p
}

// Layers sets the number of learned layers, from 1 to 1000. The default is 4.
func (p BasePlan) Layers(n int) BasePlan { p.architecture.Layers = n; return p }

// Mixing sets the map between learned layers: Reversal, the default, Permutation, LULinear or
// InOrder.
func (p BasePlan) Mixing(kind Mixing) BasePlan { p.architecture.Mixing = kind; return p }

// Transformer sets the map that layers apply to a feature: Spline, the default, Affine, or one that
// TransformerFunc registered.
func (p BasePlan) Transformer(kind Transformer) BasePlan {
	p.settings = p.settings.withTransformer(kind)
	return p
}

// Bins sets the number of bins of a spline, at least 2. The default is 8.
func (p BasePlan) Bins(n int) BasePlan { p.architecture.Bins = n; return p }

// TailBound sets the range ±bound within which splines act, in the units that the flow sees (see
// Standardise). Features outside it pass unchanged. The default is 4.
func (p BasePlan) TailBound(bound float64) BasePlan { p.architecture.TailBound = bound; return p }

// Hidden sets the number of units in each hidden layer of the networks. The default is 128.
func (p BasePlan) Hidden(units int) BasePlan { p.architecture.Hidden = units; return p }

// Blocks sets the number of residual blocks of each network. The default is 2.
func (p BasePlan) Blocks(n int) BasePlan { p.architecture.Blocks = n; return p }

// IdentityStart makes every learned layer the identity before the first step. It replaces
// NearIdentity. The base then starts as the identity, except for the order of its features.
func (p BasePlan) IdentityStart() BasePlan {
	p.recipe.IdentityStart, p.recipe.NearIdentity = true, 0
	return p
}

// NearIdentity makes the flow start near the identity. It replaces IdentityStart. The last layer of
// each network gets the biases of the identity; its weights are drawn by the default initialiser,
// then scaled by this factor. The default is 0.3; 0 means a random start.
func (p BasePlan) NearIdentity(share float64) BasePlan {
	p.recipe.IdentityStart, p.recipe.NearIdentity = false, share
	return p
}

// Embedding makes the flow see the condition through a network, which is trained with the flow. The
// network has two hidden layers and this many output features. 0 means no embedding.
func (p BasePlan) Embedding(features int) BasePlan { p.architecture.Embedding = features; return p }

// Precision sets the precision of training and evaluation: Float32, the default, or Float64.
func (p BasePlan) Precision(kind Precision) BasePlan { p.precision = kind; return p }

// Backend sets the backend: "xla", "xla:cpu", "xla:cuda" or "go". The default, "", means the best
// one available.
func (p BasePlan) Backend(choice string) BasePlan { p.place.Backend = choice; return p }

// Window sets how many points of a data set are sent to the device at a time. The next window is
// sent while the device trains on the current one. 0 means all points at once, except on a GPU with
// more than 1 GiB of points, where windows are 256 MiB. The trained flow is the same, bit for bit,
// whatever the window.
func (p BasePlan) Window(points int) BasePlan { p.place.Window = points; return p }

// Devices sets how many devices share each batch: several GPUs, or several processors of a CPU. 1
// means a single device. By default it is 1, except on a CPU, where it is 2 if that is known to be
// faster, and where one device keeps several processors busy if that is faster still, for batches of
// 128 points. With Devices(1) small steps keep to one processor. The backend must have as many
// devices: on a CPU it has one for each processor, or as many as Backend("xla:cpu,devices=4") says.
// How batches are shared changes the trained flow only by rounding.
func (p BasePlan) Devices(n int) BasePlan { p.place.Devices = n; return p }

// Store sets the folder where trained flows are kept. By default it is the folder named by the
// environment variable F4F_STORE, or else flowsforflows/store in the user's cache.
func (p BasePlan) Store(folder string) BasePlan { p.place.Store = folder; return p }

// Column sets maps for a column of the points, such as Column("pt", data.Log). They are applied
// before the flow sees the column, in the order given, and undone on samples. name is the column's
// name, or its number, counted from 0, as text. The maps are fitted to the
// training points and are part of the density: its methods take and return points in the data's
// units, and its log-probs and losses include the log-det of the maps. Maps come before
// Standardise. They replace those set by an earlier call of Column or Prepared for the same column.
// data.Prepare proposes maps for a table; data.ColumnMap lists them all.
func (p BasePlan) Column(name string, maps ...data.ColumnMap) BasePlan {
	p.maps.Points = dataset.With(p.maps.Points, name, maps...)
	return p
}

// ConditionColumn sets maps for a column of the conditions, as Column does for the points.
// Conditions given to At stay in the data's units.
func (p BasePlan) ConditionColumn(name string, maps ...data.ColumnMap) BasePlan {
	p.maps.Conditions = dataset.With(p.maps.Conditions, name, maps...)
	return p
}

// BaseDistribution sets the base distribution of some columns: Normal, the default; Uniform, for
// columns with two hard edges; or StudentT(ν), for heavy tails. columns are names, or numbers,
// counted from 0, as text. None means all columns but angles, whose base
// distribution is always uniform on the circle. A later call replaces an earlier one for the same
// column. Uniform needs the transformer Spline, autoregressive or coupling layers, and any Mixing
// but LULinear. Standardise doesn't apply to a Uniform column, which is scaled by its range; see
// plan.Uniform. Between needs Uniform in the same columns on both sides, and one TailBound.
func (p BasePlan) BaseDistribution(d BaseDistribution, columns ...string) BasePlan {
	p.choices = append(slices.Clip(p.choices), specs.BaseChoice{Of: d, Columns: slices.Clone(columns)})
	return p
}

// VariationalNoise makes the noise that data.Whole adds to whole numbers a part of the model: a
// conditional flow q(r|x, c) draws it, as variational dequantization does (Ho et al., "Flow++", 2019).
// With uniform noise the density has steps to learn, from one number to the next; learned noise pays
// where the probabilities of neighbours differ much. Both are trained together by a lower bound of the
// likelihood, E_q[log p(x + r|c) − log q(r|x, c)], so training and validation losses are upper bounds of
// −log P(x); see Density.LogProbBound. q is one autoregressive layer of splines on the unit cube, whose
// network has the plan's Hidden and Blocks. It makes a step dearer, and Sample does without it. Encode,
// and Forward and Inverse of a transport, draw the noise of a side that learned it from its q.
//
// columns are names, or numbers, counted from 0, as text. None means all columns with data.Whole. Other
// columns with noise, those with data.Spike among them, keep uniform noise, and q sees them with it. A later
// call replaces an earlier one.
//
// Behind data.Whole such a column may have maps that are fitted to no data: Log, LogAbove, LogBelow, Logit,
// Asinh and Argmax, with ends at whole numbers. So data.Quantile, which data.Prepare may propose for counts,
// is for uniform noise alone. For classes take the columns of a data.OneHotCode, or of a
// data.BinaryCode where there are many. Fit returns an error if there is no such column, if a column named
// has no data.Whole, if another map follows, or if only some columns of a feature with data.Argmax are
// named.
func (p BasePlan) VariationalNoise(columns ...string) BasePlan {
	p.variational, p.noiseColumns = true, slices.Clone(columns)
	return p
}

// Prepared sets the maps that data.Prepare proposes, with a call of Column for each column that has
// any:
//
//	prepared, err := data.Prepare(table.Points())
//	d, err := f4f.Base(table).Prepared(prepared).Fit(ctx)
func (p BasePlan) Prepared(by data.Preparation) BasePlan {
	for _, c := range by.Columns() {
		p = p.Column(c.Column, c.Maps...)
	}
	return p
}

// ConditionsPrepared sets the maps that data.PrepareConditions proposes, with a call of
// ConditionColumn for each column of the conditions that has any:
//
//	prepared, err := data.PrepareConditions(table.Conditions())
//	d, err := f4f.Base(table).ConditionsPrepared(prepared).Fit(ctx)
func (p BasePlan) ConditionsPrepared(by data.Preparation) BasePlan {
	for _, c := range by.Columns() {
		p = p.ConditionColumn(c.Column, c.Maps...)
	}
	return p
}

// String returns the Go code that makes the plan, with the name of its source in place of the
// source.
func (p BasePlan) String() string {
	if p.known {
		return p.knownString()
	}
	maker := "Base"
	if p.onlyPoints {
		maker = "PointsOf"
	}
	s := "f4f." + maker + "(" + p.Name() + ")" + p.settings.String()
	for _, c := range p.maps.Points {
		s += fmt.Sprintf(".Column(%s)", c)
	}
	for _, c := range p.maps.Conditions {
		s += fmt.Sprintf(".ConditionColumn(%s)", c)
	}
	for _, c := range p.choices {
		s += fmt.Sprintf(".BaseDistribution(%s)", c)
	}
	if p.variational {
		var columns []string
		for _, name := range p.noiseColumns {
			columns = append(columns, strconv.Quote(name))
		}
		s += ".VariationalNoise(" + strings.Join(columns, ", ") + ")"
	}
	if p.standardises() != p.standardisesByDefault() {
		s += map[bool]string{true: ".Standardise()", false: ".Raw()"}[p.standardise]
	}
	return s
}
