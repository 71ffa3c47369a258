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
	// but at least 16. If the rows have different weights, the batch is that for n rows, with n
	// their effective sample size (data.Points.EffectiveSampleSize), times the number of rows over
	// n, at most 512.
	Batch int `json:"batch"`
	// LearningRate is Adam's learning rate before the cosine. 0 means a rate that follows from the
	// number of steps: 1e-3 for 31,250 steps or more, and for fewer steps inversely proportional to
	// their number, up to 3e-3. With Tables, 0 means 2e-3 for a table. For ConvexPotential 0 means
	// 2.5e-3.
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
	// Validation is the size of the held-out set: the fraction of a table's rows that is held out,
	// or, for another source, the fraction of the training points that is drawn in addition. 0
	// means none. Plans start from 0.1.
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
	// Bootstrap is the number of the bootstrap replicate to train on, from 1; 0 for the points
	// themselves. The training rows of a table are then drawn with replacement, as many as there
	// are. Rows held out for validation are not resampled. A replicate of a table is the same in
	// every plan, except for the rows that the plan holds out. It needs a table.
	Bootstrap int `json:"bootstrap,omitempty"`
}

// Validate returns an error that names the first field with a value that is not allowed. It is for
// a recipe as Resolved returns it: Default and Paper leave fields open, and do not pass. Package
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
	case r.Bootstrap < 0:
		return fmt.Errorf("a bootstrap replicate must be numbered from 1 (0 for none), got %d", r.Bootstrap)
	case r.EarlyStop < 0:
		return fmt.Errorf("early stopping must be at least 0 epochs (0 for never), got %d", r.EarlyStop)
	case (r.EarlyStop > 0 || r.KeepBest) && r.Validation == 0:
		return fmt.Errorf("early stopping and keeping the best epoch need a validation share above 0, got %g", r.Validation)
	}
	return nil
}
