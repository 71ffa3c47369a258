package f4f

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Recipe says how a flow is trained: by Adam, with its learning rate annealed to zero by a cosine.
// Plans start from Default; Paper and Fast are others.
type Recipe struct {
	Epochs int `json:"epochs"` // passes over the training points; 0 for as many as make Steps
	// Steps is the budget where Epochs is 0: training takes the number of epochs, from 1 to 40,
	// that comes nearest to so many steps. From a source that is no table it draws no more points
	// than that takes. 0 for as many epochs as the paper takes, over this recipe's Points.
	Steps int `json:"steps,omitempty"`
	// Batch is how many points a step takes. 0 for 128; with Tables, for a table of few rows, for the
	// greatest power of two from 16 to 128 by which 40 epochs make 31,250 steps, or for 16.
	Batch int `json:"batch"`
	// LearningRate is Adam's, before the cosine. 0 for the one that goes with the length of the
	// training: 1e-3 for 31,250 steps or more, inversely proportional for fewer, and at most 3e-3.
	// With Tables, a table is trained at 2e-3.
	LearningRate float64 `json:"learningRate"`
	// WarmUp is the share of the training over which the learning rate first rises from zero. A
	// high rate needs it, or the first steps lead to where no later ones get away from. 0 for none.
	WarmUp float64 `json:"warmUp,omitempty"`
	// Beta2 is how long Adam remembers the squares of gradients: the decay of their mean at each
	// step. 0 for Adam's own 0.999.
	Beta2  float64 `json:"beta2,omitempty"`
	Clip   float64 `json:"clip"`   // greatest norm of a step's gradient, 0 for no clipping
	Points int     `json:"points"` // to draw from a source for training; a table of points is used whole
	// Validation is the size of the held-out set as a share of the training points: drawn besides
	// them from a source, split off a table. 0 for none; plans start from 0.1.
	Validation float64 `json:"validation"`
	EarlyStop  int     `json:"earlyStop,omitempty"` // end after so many epochs without a better validation loss, 0 for never
	KeepBest   bool    `json:"keepBest,omitempty"`  // end with the weights of the epoch with the best validation loss
	// Tables trains tables of points (data.Finite) as small samples need. A base standardises its
	// table, unless BasePlan.Raw says otherwise. Where rows are held out, the weights of the best
	// epoch are kept, as by KeepBest. A transport with a penalty keeps its last epoch, for the
	// validation loss does not include the penalty.
	Tables bool `json:"tables,omitempty"`
	// IdentityStart makes every learned layer the identity before the first step. A transport is
	// then the identity, and a base is but for the order of its features.
	IdentityStart bool `json:"identityStart,omitempty"`
	// NearIdentity makes it start near the identity instead: the last layer of each network has the
	// biases of the identity, and its weights are drawn by the default initialiser, then scaled by
	// this factor. 0 for a start at random, or at the identity.
	NearIdentity float64 `json:"nearIdentity,omitempty"`
	Seed         uint64  `json:"seed"` // of the weights, the data drawn and its order
}

// Default is the recipe that plans start from, the best we know: 31,250 steps of Adam with a short
// memory, whose rate first rises and then falls, from a start near the identity, over 2·10⁶ points.
// The bases that the paper's authors released took eight times as many steps, 32 epochs of 10⁶
// points, at a tenth of the rate. A method of a plan changes its own field. What follows from the
// number of steps follows it: the learning rate, unless LearningRate sets one; the epochs, unless
// Epochs does; and the number of points drawn, where fewer are needed. Steps makes a training
// shorter or longer:
//
//	f4f.Base(data.Checkerboard()).Steps(8_000)
//
// Near the identity, not at it: by six seeds each, concentric rings ended at a KL of 0.013 to 0.020
// nats, and from the identity itself at 0.020 to 0.033. And not at random: at one and a half times
// this rate, star ended at 0.19 and 30 nats by two seeds of three from there. Fewer steps want a
// higher rate: by 7,812 of them and one seed, four circles ended at 0.026 nats at 1e-3, at 0.020 at
// 2e-3, and at 0.015 at 3e-3.
//
// Small batches, for tables: by batches of 16 at 2e-3 instead of 128 at 1e-3, the log-likelihood of
// held-out rows went from -1.29 nats to 1.40 for 500 galaxies of seven features, from -6.63 to -4.93
// for 500 diamonds, and from -4.06 to -3.74 for 8,000 of these; by three seeds each.
func Default() Recipe {
	r := Paper()
	r.Steps, r.Batch, r.Points, r.LearningRate, r.WarmUp, r.Beta2, r.NearIdentity, r.Tables = fullSteps, 0, 2_000_000, 0, 0.1, adamMemory, 0.3, true
	return r
}

// adamMemory is Beta2 of Default and Fast: some 300 steps. At 0.99, some 100 steps, Adam forgets the
// rare steep gradients at the edges of a density from one to the next: of 15 default bases two
// drifted away after 40 to 80% of the steps, and ended at a KL of 0.035 and 0.047 nats instead of
// 0.015 and 0.010. Of 16 at 0.997 none did. At 0.999 the checkerboard by 8,000 steps ended at 0.013
// to 0.017 nats instead of 0.011 to 0.014.
const adamMemory = 0.997

// Fast is the recipe that Default came from. Of a source that is no table both make the same flow, as
// long as Batch, Points, Epochs and Steps are left alone, and a flow trained by either is found
// again. Fast does not standardise a table, and goes through it twice.
func Fast() Recipe {
	r := Paper()
	r.Epochs, r.Points, r.LearningRate, r.WarmUp, r.Beta2, r.NearIdentity = 2, 2_000_000, 1e-3, 0.1, adamMemory, 0.3
	return r
}

// Paper is the paper's recipe (section 3): a learning rate of 1e-4, batches of 128, gradients
// clipped at a norm of 5, 10⁶ points. A base takes 10 epochs, a flow for flow 20; with a condition 32
// and 12. Its Epochs and Steps are both 0, which stands for these numbers. It does not standardise
// tables.
func Paper() Recipe {
	return Recipe{Batch: 128, LearningRate: 1e-4, Clip: 5, Points: 1_000_000, Validation: 0.1}
}

// The paper's epochs, by what is trained.
const (
	baseEpochs, conditionalBaseEpochs           = 10, 32
	transportEpochs, conditionalTransportEpochs = 20, 12
)

// start sets where the flow starts: either at the identity or near it, or at random.
func (r *Recipe) start(identity bool, near float64) {
	r.IdentityStart, r.NearIdentity = identity, near
}

// validate errs on what can't work, naming it. The rest is fit's to check, which knows the data.
func (r Recipe) validate() error {
	switch {
	case r.Epochs < 1:
		return fmt.Errorf("epochs must be at least 1, got %d", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("batch must be at least 1 (0 for the default), got %d", r.Batch)
	case !(r.LearningRate > 0) || math.IsInf(r.LearningRate, 0):
		return fmt.Errorf("learning rate must be positive and finite, got %g", r.LearningRate)
	case !(r.WarmUp >= 0) || r.WarmUp >= 1:
		return fmt.Errorf("warm-up must be a share of the training of at least 0 (0 for none) and below 1, got %g", r.WarmUp)
	case !(r.Beta2 >= 0) || r.Beta2 >= 1:
		return fmt.Errorf("the second decay of Adam must be above 0 (0 for 0.999) and below 1, got %g", r.Beta2)
	case !(r.Clip >= 0):
		return fmt.Errorf("gradient clipping must be at least 0 (0 for none), got %g", r.Clip)
	case !(r.NearIdentity >= 0) || math.IsInf(r.NearIdentity, 0):
		return fmt.Errorf("a start near the identity must be at least 0 (0 for none) and finite, got %g", r.NearIdentity)
	case r.IdentityStart && r.NearIdentity > 0:
		return fmt.Errorf("a start is either the identity or near it, got both, near it by %g", r.NearIdentity)
	case r.Points < 1:
		return fmt.Errorf("training points must be at least 1, got %d", r.Points)
	case !(r.Validation >= 0) || r.Validation >= 1:
		return fmt.Errorf("validation share must be at least 0 and below 1, got %g", r.Validation)
	case r.EarlyStop < 0:
		return fmt.Errorf("early stopping must be at least 0 epochs (0 for never), got %d", r.EarlyStop)
	case (r.EarlyStop > 0 || r.KeepBest) && r.Validation == 0:
		return fmt.Errorf("early stopping and keeping the best epoch need a validation share above 0, got %g", r.Validation)
	}
	return nil
}

func (r Recipe) fit() fit.Recipe {
	return fit.Recipe{
		Epochs: r.Epochs, Batch: r.Batch, LearningRate: r.LearningRate, WarmUp: r.WarmUp, Beta2: r.Beta2, Clip: r.Clip,
		Seed: r.Seed, EarlyStop: r.EarlyStop, KeepBest: r.KeepBest,
	}
}
