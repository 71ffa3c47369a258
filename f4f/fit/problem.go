package fit

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// ErrNonFinite is wrapped by the error of a run that met a NaN or infinite loss. What had been
// reached by the end of the last good epoch is kept.
var ErrNonFinite = errors.New("the loss is not finite")

// ErrInterrupted is wrapped by the error of a run whose context ended. What had been reached is
// kept, and can be resumed.
var ErrInterrupted = errors.New("interrupted")

// ErrNotKept is wrapped by an error besides which a run went as it should: what was reached is
// there, but not on the disk.
var ErrNotKept = errors.New("what was reached can't be kept")

// Loss builds the scalar to minimise from a batch of each data set, [batch, width], and the share
// of the training done, a scalar from 0 to 1 of the weights' dtype.
type Loss func(scope *model.Scope, batches []*Node, progress *Node) *Node

// Score builds the loss of every point [batch], for validation.
type Score func(scope *model.Scope, batches []*Node) *Node

// Problem is what to minimise, over what.
type Problem struct {
	Flow  string       // what is trained, for events and errors
	Store *model.Store // trainable variables are trained, others are constants
	// Data are the data sets [N_i, width_i] that a batch takes rows from, each shuffled on its own.
	// An epoch goes once through the longest; shorter ones start over, shuffled anew.
	Data []*tensors.Tensor
	// Validation is held-out data for Score, one set for each of Data; nil for none.
	Validation []*tensors.Tensor
	Score      Score // the loss that held-out data are judged by
	// Phases take turns by epochs; the losses of a phase take turns by steps. A single loss is
	// [][]Loss{{loss}}.
	Phases [][]Loss
	// EpochsPerPhase is how many epochs a phase lasts before the next takes its turn; 0 for one.
	EpochsPerPhase int
	// Alike names all that the graphs of the phases and the score depend on besides the recipe and
	// the shapes of the data, constants included. What a run has compiled serves later ones of the
	// same name, in one process, on one backend. Such a run works in a store of its own and leaves
	// the problem's as it is: what was reached is in its state alone. Empty for a run that compiles
	// for itself alone, as one does whose store's generator has no seed.
	Alike string

	seeds []uint64 // of the flows' shuffling, where it is the problem of several at once; see RunTogether
}

// flows is how many are trained at once.
func (p Problem) flows() int { return max(len(p.seeds), 1) }

// Recipe is how to minimise.
type Recipe struct {
	Epochs       int     // passes over the longest of the data sets
	Batch        int     // rows of each data set in a step
	LearningRate float64 // annealed to zero by a cosine
	WarmUp       float64 // share of the training over which the learning rate rises from zero, besides; 0 for none
	Beta2        float64 // how long Adam remembers squares of gradients: their decay; 0 for 0.999
	Clip         float64 // greatest global norm of a step's gradient; 0 for no clipping
	Seed         uint64  // of the shuffling
	EarlyStop    int     // stop after so many epochs without a better validation loss; 0 for never
	KeepBest     bool    // end with the weights of the epoch with the best validation loss

	// What follows is where and not how: the weights are the same, on several devices to rounding.

	// Window is how many rows of a data set are sent to the device at a time, the next ones while
	// it trains on these; 0 for all at once. Data sets of no more rows stay there.
	Window int
	// Devices share out each batch; 0 for one. Each has its own rows alone.
	Devices int
}

// EpochRecord is how one epoch went.
type EpochRecord struct {
	Loss       float64 // mean training loss, nats
	Validation float64 // mean validation loss, nats; NaN without validation data
}

// validateOn errs on what can't work on a backend, naming it.
func (p Problem) validateOn(backend compute.Backend, r Recipe) error {
	if err := p.validate(r); err != nil {
		return err
	}
	return r.validateDevices(backend)
}

// validate errs on what can't work anywhere, naming it.
func (p Problem) validate(r Recipe) error {
	switch {
	case r.Epochs < 1:
		return fmt.Errorf("fit: epochs must be at least 1, got %d", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("fit: batch must be at least 1, got %d", r.Batch)
	case !(r.LearningRate > 0) || math.IsInf(r.LearningRate, 0):
		return fmt.Errorf("fit: learning rate must be positive and finite, got %g", r.LearningRate)
	case !(r.Clip >= 0):
		return fmt.Errorf("fit: gradient clipping must be at least 0 (0 for none), got %g", r.Clip)
	case !(r.WarmUp >= 0) || r.WarmUp >= 1:
		return fmt.Errorf("fit: warm-up must be a share of the training of at least 0 (0 for none) and below 1, got %g", r.WarmUp)
	case !(r.Beta2 >= 0) || r.Beta2 >= 1:
		return fmt.Errorf("fit: the second decay of Adam must be above 0 (0 for 0.999) and below 1, got %g", r.Beta2)
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
	return nil
}

// stepsPerEpoch is how many whole batches the longest data set has, rounded to a multiple of the
// losses that take turns within an epoch, so that each gets its share.
func (p Problem) stepsPerEpoch(batch int) int {
	longest, turns := 0, p.turns()
	for _, d := range p.Data {
		longest = max(longest, d.Shape().Dim(0))
	}
	return max(longest/batch/turns*turns, turns)
}

// phase is which phase an epoch (from 0) belongs to.
func (p Problem) phase(epoch int) int {
	return epoch / max(p.EpochsPerPhase, 1) % len(p.Phases)
}
