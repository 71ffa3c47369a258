package fit

// Recipe describes how to minimise.
type Recipe struct {
	Epochs       int     // passes over the longest data set
	Batch        int     // rows of each data set in a step
	LearningRate float64 // initial learning rate, annealed to zero by a cosine
	WarmUp       float64 // share of the training over which the learning rate also rises from zero; 0 for none
	Beta2        float64 // Adam's decay rate of the squared gradients; 0 means 0.999
	ClipNorm     float64 // largest global norm of a step's gradient; 0 for no clipping
	Seed         uint64  // seed of the shuffling
	EarlyStop    int     // stop after so many epochs without a better validation loss; 0 for never
	KeepBest     bool    // end with the weights of the epoch with the best validation loss

	// The remaining fields decide where the training runs. They don't change the weights, except
	// for rounding on several devices.

	// Window is the number of rows of a data set that are sent to the device at a time. The next
	// window is sent while the device trains on this one. 0 sends all rows at once. Data sets with
	// no more rows than Window stay on the device.
	Window int
	// Devices is the number of devices that share each batch; 0 means 1. Each holds only its own
	// rows.
	Devices int
	// Spread leaves the products of matrices to XLA itself, which spreads small ones over processors.
	// Its library of kernels doesn't, and is faster for large ones. It counts on one device of a
	// backend for which CanSpread is true, and not for several flows at once.
	Spread bool
}

// beta2 returns Beta2 or its default.
func (r Recipe) beta2() float64 {
	if r.Beta2 == 0 {
		return 0.999
	}
	return r.Beta2
}

// streamed reports whether a data set of n rows is sent to the devices in windows. With several
// devices it always is, since each holds only its own rows.
func (r Recipe) streamed(n int) bool { return r.Devices > 1 || r.Window > 0 && n > r.Window }
