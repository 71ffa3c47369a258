package f4f

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Recipe is how a flow is trained. Plans start from the paper's (section 3): Adam at 1e-4, annealed to zero by a cosine, batches of 128,
// gradients clipped at a norm of 5, 10⁶ points; 10 epochs for a base and 20 for a flow for flow, with a condition 32 and 12.
type Recipe struct {
	Epochs       int     `json:"epochs"`       // passes over the training points; 0 for the paper's
	Batch        int     `json:"batch"`        // points in a step
	LearningRate float64 `json:"learningRate"` // at the first step
	Clip         float64 `json:"clip"`         // greatest norm of a step's gradient, 0 for no clipping
	Points       int     `json:"points"`       // to draw from a source for training; a table of points is used whole
	// Validation is the size of the held-out set as a share of the training points: drawn besides them from a source, split off a
	// table. 0 for none; plans start from 0.1.
	Validation float64 `json:"validation"`
	EarlyStop  int     `json:"earlyStop,omitempty"` // end after so many epochs without a better validation loss, 0 for never
	KeepBest   bool    `json:"keepBest,omitempty"`  // end with the weights of the epoch with the best validation loss
	Seed       uint64  `json:"seed"`                // of the weights, the data drawn and its order
}

// paperRecipe is every plan's start.
var paperRecipe = Recipe{Batch: 128, LearningRate: 1e-4, Clip: 5, Points: 1_000_000, Validation: 0.1}

// The paper's epochs, by what is trained.
const (
	baseEpochs, conditionalBaseEpochs           = 10, 32
	transportEpochs, conditionalTransportEpochs = 20, 12
)

// validate errs on what can't work, naming it. The rest is fit's to check, which knows the data.
func (r Recipe) validate() error {
	switch {
	case r.Epochs < 1:
		return fmt.Errorf("epochs must be at least 1, got %d", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("batch must be at least 1, got %d", r.Batch)
	case !(r.LearningRate > 0) || math.IsInf(r.LearningRate, 0):
		return fmt.Errorf("learning rate must be positive and finite, got %g", r.LearningRate)
	case !(r.Clip >= 0):
		return fmt.Errorf("gradient clipping must be at least 0 (0 for none), got %g", r.Clip)
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
		Epochs: r.Epochs, Batch: r.Batch, LearningRate: r.LearningRate, Clip: r.Clip,
		Seed: r.Seed, EarlyStop: r.EarlyStop, KeepBest: r.KeepBest,
	}
}
