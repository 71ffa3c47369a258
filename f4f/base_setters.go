package f4f

// The knobs of a plan for a normalizing flow. Each gives a changed copy; the defaults are those of
// Architecture and Default.

// Recipe sets all of the recipe, as Default, Fast or Paper has it or a changed copy of one; what
// was set of it before is gone.
func (p BasePlan) Recipe(r Recipe) BasePlan { p.recipe, p.epochsSet = r, r.Epochs != 0; return p }

// Epochs sets how many times training goes through the points, at least 1, in place of Steps.
func (p BasePlan) Epochs(n int) BasePlan { p.recipe.Epochs, p.epochsSet = n, true; return p }

// Steps sets how long to train, in place of Epochs: the number of epochs, from 1 to 40, that comes
// nearest to so many steps. From a source that is no table it draws no more points than that takes.
// 0 takes as many epochs as the paper, over the recipe's own points: on a default plan twice the
// paper's steps. Recipe(Paper()) is the paper's training.
func (p BasePlan) Steps(n int) BasePlan {
	p.recipe.Steps, p.recipe.Epochs, p.epochsSet = n, 0, false
	return p
}

// Batch sets the points of a training step; 0 for the number that suits the data, see Recipe.
func (p BasePlan) Batch(n int) BasePlan { p.recipe.Batch = n; return p }

// LearningRate sets Adam's learning rate, which a cosine takes to zero; 0 for the one that goes
// with the number of steps, see Recipe.
func (p BasePlan) LearningRate(rate float64) BasePlan { p.recipe.LearningRate = rate; return p }

// WarmUp sets the share of the training over which the learning rate rises from zero; 0 for none.
func (p BasePlan) WarmUp(share float64) BasePlan { p.recipe.WarmUp = share; return p }

// Beta2 sets how long Adam remembers the squares of gradients, the decay of their mean at each
// step; 0 for Adam's own 0.999.
func (p BasePlan) Beta2(decay float64) BasePlan { p.recipe.Beta2 = decay; return p }

// Clip sets the greatest norm of a step's gradient; 0 clips nothing.
func (p BasePlan) Clip(norm float64) BasePlan { p.recipe.Clip = norm; return p }

// Points sets how many points to draw from a source that is no table; where Steps need fewer, fewer
// are drawn.
func (p BasePlan) Points(n int) BasePlan { p.recipe.Points = n; return p }

// Validation sets the size of the held-out set as a share of the training points; 0 for none.
func (p BasePlan) Validation(share float64) BasePlan { p.recipe.Validation = share; return p }

// EarlyStop ends training after so many epochs without a better validation loss.
func (p BasePlan) EarlyStop(epochs int) BasePlan { p.recipe.EarlyStop = epochs; return p }

// KeepBest ends with the weights of the epoch with the best validation loss, rather than the last.
func (p BasePlan) KeepBest() BasePlan { p.recipe.KeepBest = true; return p }

// Seed sets what all that is random comes from: weights, data drawn, and their order.
func (p BasePlan) Seed(seed uint64) BasePlan { p.recipe.Seed = seed; return p }

// Layer sets the kind of learned layers: Autoregressive, Coupling or one that LayerFunc registered.
func (p BasePlan) Layer(kind Layer) BasePlan { p.architecture.Layer = kind; return p }

// Layers sets how many learned layers the flow has.
func (p BasePlan) Layers(n int) BasePlan { p.architecture.Layers = n; return p }

// Mixing sets what stands between layers: Reversal, Permutation or LULinear.
func (p BasePlan) Mixing(kind Mixing) BasePlan { p.architecture.Mixing = kind; return p }

// Transformer sets what layers do to a feature: Spline, Affine or one that TransformerFunc
// registered.
func (p BasePlan) Transformer(kind Transformer) BasePlan {
	p.architecture.Transformer = kind.told()
	return p
}

// Bins sets the bins of a spline.
func (p BasePlan) Bins(n int) BasePlan { p.architecture.Bins = n; return p }

// TailBound sets how far from 0 splines act; features beyond pass unchanged.
func (p BasePlan) TailBound(bound float64) BasePlan { p.architecture.TailBound = bound; return p }

// Hidden sets the units of the networks' hidden layers.
func (p BasePlan) Hidden(units int) BasePlan { p.architecture.Hidden = units; return p }

// Blocks sets the residual blocks of the networks.
func (p BasePlan) Blocks(n int) BasePlan { p.architecture.Blocks = n; return p }

// IdentityStart makes every learned layer the identity before the first step, in place of
// NearIdentity. The base then differs from the identity by the order of its features alone.
func (p BasePlan) IdentityStart() BasePlan { p.recipe.start(true, 0); return p }

// NearIdentity makes the flow start near the identity, in place of IdentityStart: the last layer of
// each network has the biases of the identity, and its weights are drawn by the default
// initialiser, then scaled by this factor; the default is 0.3. 0 for a start at random.
func (p BasePlan) NearIdentity(share float64) BasePlan { p.recipe.start(false, share); return p }

// Embedding has the flow see the condition through a network of two hidden layers that makes so
// many features of it, trained with the flow; 0 for none.
func (p BasePlan) Embedding(features int) BasePlan { p.architecture.Embedding = features; return p }

// Precision sets what the flow is trained and evaluated in: Float32 or Float64.
func (p BasePlan) Precision(kind Precision) BasePlan { p.precision = kind; return p }

// Backend sets what computes: "xla", "xla:cpu", "xla:cuda" or "go"; "" for the best there is.
func (p BasePlan) Backend(choice string) BasePlan { p.backend = choice; return p }

// Window sets how many points of a data set are sent to the device at a time, the next ones while
// it trains on these; 0 for all at once, or on a GPU for windows of 256 MiB where there is more
// than 1 GiB of points. What is trained is the same bit for bit.
func (p BasePlan) Window(points int) BasePlan { p.window = points; return p }

// Devices sets how many devices share out each batch: several GPUs, or processors of a CPU, on
// which two do so by themselves where that pays; 1 for one. The backend must have as many: on a CPU
// it has one for each processor, or as many as Backend("xla:cpu,devices=4") says. What is trained
// is the same but for rounding.
func (p BasePlan) Devices(n int) BasePlan { p.devices = n; return p }

// Store sets the folder where trained flows are kept.
func (p BasePlan) Store(folder string) BasePlan { p.store = folder; return p }

// String is the code that makes the plan, but for its source, which is told by name.
func (p BasePlan) String() string {
	s := "f4f.Base(" + p.Name() + ")" + p.settings.String()
	if p.standardises() != p.standardisesByDefault() {
		s += map[bool]string{true: ".Standardise()", false: ".Raw()"}[p.standardise]
	}
	return s
}
