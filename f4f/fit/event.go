package fit

import "time"

// Event tells how far a fit has come. Events arrive a few times a second, from the goroutine that
// trains: a receiver that is slow slows the fit.
type Event struct {
	Flow          string        // what is being trained: "base four circles"
	Step, Steps   int           // steps taken, of all
	Epoch, Epochs int           // the epoch under way (from 1), of all
	Loss          float64       // mean training loss over the steps since the last event, nats per point
	Validation    float64       // validation loss of the last whole epoch, nats per point; NaN before the first and without a split
	LearningRate  float64       // of the last step
	Rate          float64       // steps per second, over this run
	Left          time.Duration // time left at that rate
	EpochEnded    bool          // this event closes an epoch; Validation is of that epoch
	Done          bool          // the last event of this flow
	Loaded        bool          // the flow was found trained, in the store or a file; no step was taken
	Notes         []string      // what a person should know: points beyond the tail bound, a slow backend; of a loaded flow what was told when it was trained
}
