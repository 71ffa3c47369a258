package f4f

// The setters of a plan for a flow for flow. Each returns a changed copy; the defaults
// are those of Architecture and Default.

// Recipe sets the whole recipe: Default, Fast, Paper, or a changed copy of one (see plan.Recipe).
// It replaces all earlier settings of the recipe.
func (p BetweenPlan) Recipe(r Recipe) BetweenPlan { p.recipe, p.epochsSet = r, r.Epochs != 0; return p }

// Epochs sets how many times training goes through the points, at least 1. It replaces Steps. The
// default follows from Steps.
func (p BetweenPlan) Epochs(n int) BetweenPlan { p.recipe.Epochs, p.epochsSet = n, true; return p }

// Steps sets the number of training steps; the default is 31,250. It replaces Epochs. Training
// takes whole epochs, from 1 to 40, so the number of steps is approximate. From a source that is
// not a table, no more points are drawn than these steps take. Steps(0) takes the number of epochs
// of the paper over all Samples, by this recipe; for the training of the paper use Recipe(Paper()).
func (p BetweenPlan) Steps(n int) BetweenPlan {
	p.recipe.Steps, p.recipe.Epochs, p.epochsSet = n, 0, false
	return p
}

// Batch sets the number of points in a training step. The default is 128. For a table it is smaller
// if rows are few, down to 16, and larger if rows have different weights, up to 512. 0 means this
// default (see plan.Recipe).
func (p BetweenPlan) Batch(n int) BetweenPlan { p.recipe.Batch = n; return p }

// LearningRate sets the learning rate of Adam, which a cosine anneals to zero. The default, which 0
// means too, follows from the number of steps: 1e-3 for 31,250 steps or more, up to 3e-3 for fewer,
// and 2e-3 for a table.
func (p BetweenPlan) LearningRate(rate float64) BetweenPlan { p.recipe.LearningRate = rate; return p }

// WarmUp sets the fraction of the training over which the learning rate rises from zero. The
// default is 0.1; 0 means no warm-up.
func (p BetweenPlan) WarmUp(share float64) BetweenPlan { p.recipe.WarmUp = share; return p }

// Beta2 sets the second decay of Adam: the decay, at each step, of the mean of squared gradients.
// The default is 0.99; 0 means 0.999, the usual value of Adam.
func (p BetweenPlan) Beta2(decay float64) BetweenPlan { p.recipe.Beta2 = decay; return p }

// ClipNorm sets the greatest norm of the gradient of a step. The default is 3; 0 means no clipping.
func (p BetweenPlan) ClipNorm(norm float64) BetweenPlan { p.recipe.ClipNorm = norm; return p }

// Samples sets how many points to draw from a source that is not a table. The default is 2,000,000.
// Fewer are drawn if Steps needs fewer.
func (p BetweenPlan) Samples(n int) BetweenPlan { p.recipe.Samples = n; return p }

// Validation sets the size of the held-out set. For a table it is the fraction of the rows that is
// held out; for another source, this fraction of the training points is drawn in addition. The
// default is 0.1; 0 means no held-out set.
func (p BetweenPlan) Validation(share float64) BetweenPlan { p.recipe.Validation = share; return p }

// EarlyStop ends training after this many epochs without a better validation loss. The default is
// 0, which means never.
func (p BetweenPlan) EarlyStop(epochs int) BetweenPlan { p.recipe.EarlyStop = epochs; return p }

// KeepBest keeps the weights of the epoch with the best validation loss, rather than those of the
// last epoch. For a table this is the default.
func (p BetweenPlan) KeepBest() BetweenPlan { p.recipe.KeepBest = true; return p }

// Seed sets the seed of everything random: the initial weights, the data drawn and their order. The
// default is 0.
func (p BetweenPlan) Seed(seed uint64) BetweenPlan { p.recipe.Seed = seed; return p }

// Bootstrap trains the transport on a bootstrap replicate of the tables on either side; see
// BasePlan.Bootstrap. It doesn't change the bases: set it on each plan. Ensemble(p, k).Bootstrap()
// does both, for k replicates. (metric.Bootstrap puts an interval on a metric, without training.)
func (p BetweenPlan) Bootstrap(replicate int) BetweenPlan { p.recipe.Bootstrap = replicate; return p }

// LayerKind sets the kind of the learned layers: Autoregressive, the default, Coupling,
// ConvexPotential, or one that LayerFunc registered. ConvexPotential also sets Layers, Hidden and
// Blocks to what suits it, so call LayerKind before them.
func (p BetweenPlan) LayerKind(kind LayerKind) BetweenPlan {
	p.architecture = p.architecture.WithLayer(kind)
	return p
}

// Layers sets the number of learned layers, from 1 to 1000. The default is 4.
func (p BetweenPlan) Layers(n int) BetweenPlan { p.architecture.Layers = n; return p }

// Mixing sets the map between learned layers: Reversal, the default, Permutation, LULinear or
// InOrder.
func (p BetweenPlan) Mixing(kind Mixing) BetweenPlan { p.architecture.Mixing = kind; return p }

// Transformer sets the map that layers apply to a feature: Spline, the default, Affine, or one that
// TransformerFunc registered.
func (p BetweenPlan) Transformer(kind Transformer) BetweenPlan {
	p.settings = p.settings.withTransformer(kind)
	return p
}

// Bins sets the number of bins of a spline, at least 2. The default is 8.
func (p BetweenPlan) Bins(n int) BetweenPlan { p.architecture.Bins = n; return p }

// TailBound sets the range ±bound within which splines act, in the units that the transport sees
// (see Between). Features outside it pass unchanged. The default is 4.
func (p BetweenPlan) TailBound(bound float64) BetweenPlan { p.architecture.TailBound = bound; return p }

// Hidden sets the number of units in each hidden layer of the networks. The default is 128.
func (p BetweenPlan) Hidden(units int) BetweenPlan { p.architecture.Hidden = units; return p }

// Blocks sets the number of residual blocks of each network. The default is 2.
func (p BetweenPlan) Blocks(n int) BetweenPlan { p.architecture.Blocks = n; return p }

// IdentityStart makes every learned layer the identity before the first step. It replaces
// NearIdentity. The transport then starts as the identity in the units that it sees (see Between).
func (p BetweenPlan) IdentityStart() BetweenPlan {
	p.recipe.IdentityStart, p.recipe.NearIdentity = true, 0
	return p
}

// NearIdentity makes the flow start near the identity. It replaces IdentityStart. The last layer of
// each network gets the biases of the identity; its weights are drawn by the default initialiser,
// then scaled by this factor. The default is 0.3; 0 means a random start.
func (p BetweenPlan) NearIdentity(share float64) BetweenPlan {
	p.recipe.IdentityStart, p.recipe.NearIdentity = false, share
	return p
}

// Embedding makes the flow see the conditions through a network, which is trained with the flow.
// The network's input is what the Relation gives; it has two hidden layers and this many output
// features. 0 means no embedding.
func (p BetweenPlan) Embedding(features int) BetweenPlan {
	p.architecture.Embedding = features
	return p
}

// Precision sets the precision of training and evaluation: Float32, the default, or Float64. Set
// the same precision on both bases too; Fit returns an error otherwise.
func (p BetweenPlan) Precision(kind Precision) BetweenPlan { p.precision = kind; return p }

// Backend sets the backend: "xla", "xla:cpu", "xla:cuda" or "go". The default, "", means the best
// one available.
func (p BetweenPlan) Backend(choice string) BetweenPlan { p.place.Backend = choice; return p }

// Window sets how many points of a data set are sent to the device at a time. The next window is
// sent while the device trains on the current one. 0 means all points at once, except on a GPU with
// more than 1 GiB of points, where windows are 256 MiB. The trained flow is the same, bit for bit,
// whatever the window.
func (p BetweenPlan) Window(points int) BetweenPlan { p.place.Window = points; return p }

// Devices sets how many devices share each batch: several GPUs, or several processors of a CPU. 1
// means a single device. By default it is 1, except on a CPU, where it is 2 if that is known to be
// faster, and where one device keeps several processors busy if that is faster still, for batches of
// 128 points. With Devices(1) small steps keep to one processor. The backend must have as many
// devices: on a CPU it has one for each processor, or as many as Backend("xla:cpu,devices=4") says.
// How batches are shared changes the trained flow only by rounding.
func (p BetweenPlan) Devices(n int) BetweenPlan { p.place.Devices = n; return p }

// Store sets the folder where trained flows are kept. By default it is the folder named by the
// environment variable F4F_STORE, or else flowsforflows/store in the user's cache.
func (p BetweenPlan) Store(folder string) BetweenPlan { p.place.Store = folder; return p }
