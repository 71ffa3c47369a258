package fit

import "time"

// Event reports the progress of a fit. Events arrive a few times a second, on the goroutine that
// trains, so a slow receiver slows the fit.
type Event struct {
	Flow          string // what is being trained: "base four circles"
	Step, Steps   int    // steps taken, and steps of the whole training
	Epoch, Epochs int    // the current epoch (from 1), and epochs of the whole training
	// Loss is the mean training loss since the last event, or of the whole epoch if EpochEnded or
	// Done is set, nats per point.
	Loss float64
	// Validation is the validation loss of the last complete epoch, nats per point; NaN before the
	// first and without validation data.
	Validation   float64
	LearningRate float64       // of the next step
	Rate         float64       // steps per second, over this run
	Remaining    time.Duration // estimated time left at that rate; 0 in the first second of steps, and if unknown
	EpochEnded   bool          // the event ends an epoch, and Validation is that epoch's
	Done         bool          // the last event of this flow
	// LossesAreBounds says that losses are upper bounds of the mean of −log P, as points have columns with
	// noise; see f4f.Density.LossesAreBounds.
	LossesAreBounds bool
	Loaded          bool // the flow was loaded from the store or a file, and no step was taken
	// Notes are what a person should know, such as points beyond the tail bound or a slow backend;
	// for a loaded flow, the notes of its training.
	Notes []string
}

// LossName returns what the losses are: "loss", or "bound of −log P".
func (e Event) LossName() string { return LossName(e.LossesAreBounds) }

// LossName returns "loss", or "bound of −log P" if losses are bounds.
func LossName(areBounds bool) string {
	if areBounds {
		return "bound of −log P"
	}
	return "loss"
}

// Hooks are functions that a run calls. Each may be nil.
type Hooks struct {
	Event func(Event) // receives progress, a few times a second
	// Checkpoint receives the state after every epoch, every CheckpointEvery within one, and when
	// the run is interrupted. It is postponed if checkpoints would take more than a fiftieth of the
	// time. An error doesn't stop the run: it is reported once, as a note, and the next state is
	// handed over all the same.
	Checkpoint      func(*State) error
	CheckpointEvery time.Duration // shortest time between checkpoints within an epoch
	// Glimpse is called after every chunk of steps of a run of one flow. It receives the steps
	// taken, the steps of the whole run, and a function that copies the current weights.
	Glimpse func(step, steps int, take func() (Snapshot, error))
}
