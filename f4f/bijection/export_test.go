package bijection

// LoopFrom has inverses of so many features or more be loops, in training steps as elsewhere, until it is undone.
func LoopFrom(dim int) (undo func()) {
	looped, inTraining := leastLooped, leastLoopedInTraining
	leastLooped, leastLoopedInTraining = dim, dim
	return func() { leastLooped, leastLoopedInTraining = looped, inTraining }
}
