// Package fit is the training loop of package f4f. It minimises a loss over the weights of a GoMLX
// model.Store by Adam, with a cosine schedule and gradient clipping. The loop is one compiled
// program, with the data on the device, whole or window by window.
//
// On XLA a chunk of many steps is one call: a graph.While whose state holds weights, moments, data
// and the shuffled order of the epoch. Each step gathers a batch, differentiates, clips, updates,
// and writes its loss, without returning to Go. A chunk lasts about a quarter of a second, which is
// how often the run reports progress and can be cancelled. GoMLX's pure-Go backend can't run such a
// loop, so there each step is a call.
//
// Data larger than the device's memory come in windows. Each window is gathered and sent while the
// device trains on the one before. Several devices share out each batch, and each holds its own
// rows. Neither changes what is trained, but several devices round differently from one.
//
// A training that diverges goes back to weights that it kept a little earlier, and on with the next
// batches. A note says so.
//
// Everything random comes from the seed. On one machine and backend, one seed gives bit-identical
// weights, even if the run was interrupted and resumed from its State.
package fit
