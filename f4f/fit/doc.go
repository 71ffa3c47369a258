// Package fit is the training loop: it minimises a loss over the weights of a GoMLX model.Store by
// Adam with a cosine schedule and gradient clipping, as one compiled program with the data on the
// device, whole or window by window.
//
// On XLA a chunk of many steps is one call: a graph.While whose state holds weights, moments, data
// and the shuffled order of the epoch, gathers a batch, differentiates, clips, updates, and writes
// the step's loss, without returning to Go. A chunk lasts about a quarter of a second, which is how
// often progress is told and a cancellation seen. GoMLX's pure-Go backend can't run such a loop, so
// there the same step is called one by one.
//
// Data larger than the device's memory come in windows, each gathered and sent while the device
// trains on the one before; several devices share out each batch, each with its own rows. Neither
// changes what is trained, though several devices round otherwise than one.
//
// Everything random comes from the seed: one seed on one machine and backend gives bit-identical
// weights, whether or not the run was interrupted in between and resumed from its State.
package fit
