package fit

import (
	"errors"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// ErrNonFinite is wrapped by the error of a run whose loss became NaN or infinite. The run returns
// the state at the end of the last good epoch.
var ErrNonFinite = errors.New("the loss is not finite")

// ErrInterrupted is wrapped by the error of a run whose context ended. The run returns the state
// that it had reached, which can be resumed.
var ErrInterrupted = errors.New("interrupted")

// ErrNotKept is wrapped by the error of a run that went well, except that what it reached could not
// be written to disk. The result is still returned.
var ErrNotKept = errors.New("what was reached can't be kept")

// Loss builds the scalar to minimise from a batch of each data set, [batch, width]. progress is the
// share of the training that is done, a scalar from 0 to 1 in the weights' dtype.
type Loss func(scope *model.Scope, batches []*Node, progress *Node) *Node

// Score builds the loss of every point [batch], for validation.
type Score func(scope *model.Scope, batches []*Node) *Node

// Problem describes what to minimise, and over which data.
type Problem struct {
	Flow  string       // name of what is trained, for events and errors
	Store *model.Store // trainable variables are trained, the others are constants
	// Data are the data sets [N_i, width_i] that a batch takes rows from. Each is shuffled on its
	// own. An epoch goes once through the longest; shorter ones start over, shuffled anew.
	Data []*tensors.Tensor
	// Validation is held-out data for Score, one set for each of Data; nil for none.
	Validation []*tensors.Tensor
	Score      Score // the loss of the held-out data
	// Phases alternate by epochs, and the losses within a phase alternate by steps. The number
	// of losses of a phase must divide that of the phase with most. For a single loss use
	// [][]Loss{{loss}}.
	Phases [][]Loss
	// Shifts are added to the losses of Phases before they are recorded, such as the constants that
	// turn them into losses per point in the data's units. They change nothing of the training. nil
	// is for zeros.
	Shifts [][]float64
	// ValidationShift is added to the score in the same way.
	ValidationShift float64
	// LossesAreBounds says that the losses are upper bounds of −log P, for events and the state.
	LossesAreBounds bool
	// Jacobians says that the losses hold whole Jacobians, so that products of matrices have a row for
	// each feature of a point.
	Jacobians bool
	// EpochsPerPhase is the number of epochs that a phase lasts before the next begins; 0 means 1.
	EpochsPerPhase int
	// CacheKey identifies the programs of a run, so that later runs with the same key, in one
	// process and on one backend, use those that the first has compiled. It must differ wherever
	// the graphs of the phases or of the score do, constants included; the recipe and the shapes of
	// the data are added to it. Empty means that the run compiles for itself alone, as does a run
	// whose store's generator has no seed.
	//
	// With a key the run trains a copy of Store and leaves Store as it is: read the result from the
	// State that Run returns.
	CacheKey string

	seeds []uint64 // the seeds of the flows' shuffling, if the problem is that of several flows at once; see RunTogether
}

// flows returns the number of flows that are trained at once.
func (p Problem) flows() int { return max(len(p.seeds), 1) }

// validate returns an error that names what can't work on any backend, or nil.
func (p Problem) validate(r Recipe) error {
	switch {
	case r.Epochs < 1:
		return fmt.Errorf("fit: epochs must be at least 1, got %d", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("fit: batch must be at least 1, got %d", r.Batch)
	case !(r.LearningRate > 0) || math.IsInf(r.LearningRate, 0):
		return fmt.Errorf("fit: learning rate must be positive and finite, got %g", r.LearningRate)
	case !(r.ClipNorm >= 0):
		return fmt.Errorf("fit: gradient clipping must be at least 0 (0 for none), got %g", r.ClipNorm)
	case !(r.WarmUp >= 0) || r.WarmUp >= 1:
		return fmt.Errorf("fit: warm-up must be a share of the training of at least 0 (0 for none) and below 1, got %g", r.WarmUp)
	case !(r.Beta2 >= 0) || r.Beta2 >= 1:
		return fmt.Errorf("fit: the second decay of Adam must be at least 0 (0 means 0.999) and below 1, got %g", r.Beta2)
	case r.EarlyStop < 0:
		return fmt.Errorf("fit: early stopping must be at least 0 epochs (0 for never), got %d", r.EarlyStop)
	case (r.EarlyStop > 0 || r.KeepBest) && p.Validation == nil:
		return errors.New("fit: early stopping and keeping the best epoch need validation data")
	case r.Window < 0 || r.Window > 0 && r.Window < r.Batch*p.turns():
		return fmt.Errorf("fit: a window must be 0 rows (for all) or at least %d, those of a step of each loss that takes turns, got %d", r.Batch*p.turns(), r.Window)
	case r.Devices < 0:
		return fmt.Errorf("fit: devices must be at least 1 (0 for one), got %d", r.Devices)
	case r.Devices > 1 && r.Batch%r.Devices != 0:
		return fmt.Errorf("fit: a batch must be a multiple of the %d devices that share it, got %d", r.Devices, r.Batch)
	case len(p.Data) == 0 || len(p.Phases) == 0:
		return errors.New("fit: a problem needs data and a loss")
	}
	for i, d := range p.Data {
		if n := d.Shape().Dim(0); n < r.Batch {
			return fmt.Errorf("fit: a batch of %d needs at least as many training points, got %d (data set %d of %d)", r.Batch, n, i+1, len(p.Data))
		}
	}
	for i, losses := range p.Phases {
		if most := p.turns(); len(losses) == 0 || most%len(losses) != 0 {
			return fmt.Errorf("fit: the number of losses that alternate in a phase must be at least 1 and divide that of every phase with more, got %d in phase %d and %d in another", len(losses), i+1, most)
		}
	}
	return nil
}

// turns returns the largest number of losses that alternate within an epoch.
func (p Problem) turns() int {
	turns := 1
	for _, losses := range p.Phases {
		turns = max(turns, len(losses))
	}
	return turns
}

// stepsPerEpoch returns the number of whole batches in the longest data set, rounded down to a
// multiple of the number of losses that alternate, so that each gets its share. It is at least that
// number.
func (p Problem) stepsPerEpoch(batch int) int {
	longest, turns := 0, p.turns()
	for _, d := range p.Data {
		longest = max(longest, d.Shape().Dim(0))
	}
	return max(longest/batch/turns*turns, turns)
}

// phase returns the index of the phase of an epoch (from 0).
func (p Problem) phase(epoch int) int {
	return epoch / max(p.EpochsPerPhase, 1) % len(p.Phases)
}
