// Package specs holds what a trained flow is, apart from its weights: the specification that its
// file keeps as JSON, and the graphs that the specification stands for.
//
//	Density   the specification of a base    Normal    its graphs: encode, decode, log-prob
//	Transport the specification of a transport   Between   its graphs: forward, inverse, log-probs
//
// It also has what both need: the chain of bijections that an architecture describes, scalers as
// inputs of a graph, the pipelines that map columns on the host, checks of points and conditions,
// the objectives of training, and the names of weights. It knows nothing of plans, training or
// disks.
package specs
