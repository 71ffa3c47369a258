package plan

import (
	"fmt"
	"math"
)

// Recipe says how a flow is trained: by Adam, with a learning rate that a cosine anneals to zero.
// Plans start from Default. Paper and Fast are other recipes.
type Recipe struct {
	Epochs int `json:"epochs"` // passes over the training points; 0 to derive them from Steps
	// Steps is the length of the training in steps, used if Epochs is 0. Training takes the number
	// of epochs, from 1 to 40, that comes nearest to it. From a source that is not a table, no more
	// points are drawn than these steps take. 0 means the paper's number of epochs over this
	// recipe's Samples.
	Steps int `json:"steps,omitempty"`
	// Batch is the number of points in a step. 0 means 128. With Tables, 0 means a smaller batch
	// for a table of few rows: the greatest power of two with which 40 epochs make 31,250 steps,
	// but at least 16.
	Batch int `json:"batch"`
	// LearningRate is Adam's learning rate before the cosine. 0 means a rate that follows from the
	// number of steps: 1e-3 for 31,250 steps or more, and for fewer steps inversely proportional to
	// their number, up to 3e-3. With Tables, 0 means 2e-3 for a table.
	LearningRate float64 `json:"learningRate"`
	// WarmUp is the share of the training over which the learning rate first rises from zero. A
	// high rate needs it: without it, the first steps can lead to weights that later steps do not
	// recover from. 0 means no warm-up.
	WarmUp float64 `json:"warmUp,omitempty"`
	// Beta2 is Adam's second decay: the decay, at each step, of the mean of squared gradients. 0
	// means Adam's default, 0.999.
	Beta2    float64 `json:"beta2,omitempty"`
	ClipNorm float64 `json:"clip"`   // greatest norm of a step's gradient; 0 for no clipping
	Samples  int     `json:"points"` // number of points to draw from a source for training; a table is used whole
	// Validation is the size of the held-out set, as a share of the training points. It is drawn in
	// addition to them from a source, and split off a table. 0 means none. Plans start from 0.1.
	Validation float64 `json:"validation"`
	EarlyStop  int     `json:"earlyStop,omitempty"` // stop after this many epochs without a better validation loss; 0 for never
	KeepBest   bool    `json:"keepBest,omitempty"`  // keep the weights of the epoch with the best validation loss
	// Tables trains tables of points (data.Finite) in a way that suits small samples. A base
	// standardises its table, unless BasePlan.Raw is called. If rows are held out, the weights of
	// the best epoch are kept, as by KeepBest. A transport with a penalty keeps the weights of its
	// last epoch, because the validation loss does not include the penalty.
	Tables bool `json:"tables,omitempty"`
	// IdentityStart makes every learned layer the identity before the first step. A transport then
	// starts as the identity, and a base as the identity except for the order of its features.
	IdentityStart bool `json:"identityStart,omitempty"`
	// NearIdentity makes the flow start near the identity instead. The last layer of each network
	// gets the biases of the identity; its weights are drawn by the default initialiser, then
	// scaled by this factor. 0 means a random start, unless IdentityStart is set.
	NearIdentity float64 `json:"nearIdentity,omitempty"`
	Seed         uint64  `json:"seed"` // of the initial weights, the data drawn and their order
}

// Default returns the recipe that plans start from, the best we know. It takes 31,250 steps of Adam
// with a short memory (Beta2) over 2·10⁶ points, from a start near the identity. The learning rate
// first rises and then falls. The bases that the paper's authors released took eight times as many
// steps, 32 epochs of 10⁶ points, at a tenth of the rate.
//
// A method of a plan changes its own field. Other fields follow from the number of steps: the
// learning rate, unless LearningRate sets it; the epochs, unless Epochs sets them; and the number
// of points drawn, if fewer than Samples are needed. Steps makes a training shorter or longer:
//
//	f4f.Base(data.Checkerboard()).Steps(8_000)
//
// The start is near the identity, not at it. Over six seeds each, concentric rings ended at a KL of
// 0.013 to 0.020 nats from near the identity, and of 0.020 to 0.033 from the identity itself. The
// start is not random either: at one and a half times this rate, star ended at 0.19 and 30 nats for
// two of three seeds from a random start.
//
// Fewer steps need a higher rate. With 7,812 steps and one seed, four circles ended at 0.026 nats
// at 1e-3, at 0.020 at 2e-3, and at 0.015 at 3e-3.
//
// Tables need small batches. With batches of 16 at 2e-3 instead of 128 at 1e-3, the log-likelihood
// of held-out rows rose from -1.29 nats to 1.40 for 500 galaxies of seven features, from -6.63 to
// -4.93 for 500 diamonds, and from -4.06 to -3.74 for 8,000 diamonds, over three seeds each.
func Default() Recipe {
	r := Paper()
	r.Steps, r.Batch, r.Samples, r.LearningRate, r.WarmUp, r.Beta2, r.NearIdentity, r.Tables, r.ClipNorm = fullSteps, 0, 2_000_000, 0, 0.1, 0.99, 0.3, true, mostGradient
	return r
}

// mostGradient is ClipNorm of Default and Fast. At the paper's 5, two of 15 default bases drifted away
// after 40 to 80% of the steps, and ended at a KL of 0.035 and 0.047 nats instead of 0.015 and
// 0.010; at 3 none of 13 did, of the same two distributions. At 2 none of nine did either, and the
// checkerboard ended at 0.013 nats instead of 0.011. A Beta2 of 0.997 helps bases as well, but
// transports of 16,000 steps then end at 0.14 to 0.20 nats instead of 0.12 to 0.18.
const mostGradient = 3

// Fast returns the recipe that Default came from: 2 epochs over 2·10⁶ points. For a source that is
// not a table, both recipes train the same flow, as long as Batch, Samples, Epochs and Steps are
// left alone, so each finds in the store what the other has trained. For a table they differ: Fast
// does not standardise it, and goes through it twice.
func Fast() Recipe {
	r := Paper()
	r.Epochs, r.Samples, r.LearningRate, r.WarmUp, r.Beta2, r.NearIdentity, r.ClipNorm = 2, 2_000_000, 1e-3, 0.1, 0.99, 0.3, mostGradient
	return r
}

// Paper returns the paper's recipe (section 3): a learning rate of 1e-4, batches of 128, gradients
// clipped at a norm of 5, and 10⁶ points. Its Epochs and Steps are both 0, which means the paper's
// number of epochs: 10 for a base and 20 for a flow for flow, or 32 and 12 with conditions. It does
// not standardise tables.
func Paper() Recipe {
	return Recipe{Batch: 128, LearningRate: 1e-4, ClipNorm: 5, Samples: 1_000_000, Validation: 0.1}
}

// Validate returns an error that names the first field with a value that is not allowed. Package
// fit checks what depends on the data.
func (r Recipe) Validate() error {
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
		return fmt.Errorf("the second decay of Adam must be at least 0 (0 means 0.999) and below 1, got %g", r.Beta2)
	case !(r.ClipNorm >= 0):
		return fmt.Errorf("gradient clipping must be at least 0 (0 for none), got %g", r.ClipNorm)
	case !(r.NearIdentity >= 0) || math.IsInf(r.NearIdentity, 0):
		return fmt.Errorf("a start near the identity must be at least 0 (0 for none) and finite, got %g", r.NearIdentity)
	case r.IdentityStart && r.NearIdentity > 0:
		return fmt.Errorf("a start is either the identity or near it, got both, near it by %g", r.NearIdentity)
	case r.Samples < 1:
		return fmt.Errorf("training points must be at least 1, got %d", r.Samples)
	case !(r.Validation >= 0) || r.Validation >= 1:
		return fmt.Errorf("validation share must be at least 0 and below 1, got %g", r.Validation)
	case r.EarlyStop < 0:
		return fmt.Errorf("early stopping must be at least 0 epochs (0 for never), got %d", r.EarlyStop)
	case (r.EarlyStop > 0 || r.KeepBest) && r.Validation == 0:
		return fmt.Errorf("early stopping and keeping the best epoch need a validation share above 0, got %g", r.Validation)
	}
	return nil
}
