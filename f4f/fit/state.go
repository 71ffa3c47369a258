package fit

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// State is the progress of a run: all that is needed to continue as if it had never stopped.
type State struct {
	Step      int           // steps taken
	Steps     int           // steps of the whole training
	Losses    []float32     // of every step taken, nats
	Epochs    []EpochRecord // of every complete epoch
	BestEpoch int           // the epoch, from 1, with the best validation loss; 0 for none
	Weights   Snapshot      // all variables of the store: weights, moments, counters
	Best      Snapshot      // trainable variables at the end of BestEpoch; nil unless Recipe.KeepBest is set
	Kept      []Kept        // to go back to if the training diverges, oldest first, at most two; nil once it has ended
	Seconds   float64       // time spent training, compilation included
	Rate      float64       // steps per second, without compilation
	// LossesAreBounds says that losses are upper bounds of −log P; see Event.
	LossesAreBounds bool
}

// maxKept is the largest number of Kept in a state. keepWeights says why there are two.
const maxKept = 2

// Kept are the values of all variables after a number of steps, to go back to.
type Kept struct {
	Step    int      // steps taken
	Weights Snapshot // of all variables of the store
}

// EpochRecord holds the losses of one epoch.
type EpochRecord struct {
	Loss       float64 // mean training loss, nats
	Validation float64 // mean validation loss, nats; NaN without validation data
}

// ErrCorrupt is wrapped by the error of reading a file that is truncated, altered, or of another
// format.
var ErrCorrupt = safetensors.ErrCorrupt

// Snapshot holds the values of variables by their path in a model.Store, on the host.
type Snapshot map[string]*tensors.Tensor

// TakeSnapshot copies the values of a store's variables to the host, or only those of the trainable
// ones. It returns an error if store is nil or a value can't be read.
func TakeSnapshot(store *model.Store, trainableOnly bool) (Snapshot, error) {
	if store == nil {
		return nil, errors.New("fit: there must be a store to take values from, got nil")
	}
	s := Snapshot{}
	for v := range store.IterVariables() {
		if !v.HasValue() || trainableOnly && !v.Trainable {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("fit: reading variable %s: %w", v.Path(), err)
		}
		if s[v.Path()], err = value.LocalClone(); err != nil {
			return nil, fmt.Errorf("fit: copying variable %s: %w", v.Path(), err)
		}
	}
	return s, nil
}

// Restore sets the variables that the snapshot names, and creates none. If the store lacks one of
// them, or has it in another shape, Restore returns an error and changes nothing.
func (s Snapshot) Restore(store *model.Store) error {
	for path, value := range s {
		v := store.GetVariable(path)
		if v == nil {
			return fmt.Errorf("fit: the snapshot has a variable %s that the model lacks", path)
		}
		if !v.Shape().Equal(value.Shape()) {
			return fmt.Errorf("fit: the snapshot's variable %s has shape %s, the model's %s", path, value.Shape(), v.Shape())
		}
	}
	for path, value := range s {
		copied, err := value.LocalClone()
		if err != nil {
			return fmt.Errorf("fit: copying variable %s: %w", path, err)
		}
		if err := store.GetVariable(path).SetValue(copied); err != nil {
			return fmt.Errorf("fit: setting variable %s: %w", path, err)
		}
	}
	return nil
}
