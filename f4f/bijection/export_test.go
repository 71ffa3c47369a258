package bijection

// LoopFrom has inverses of so many features or more be loops until it is undone.
func LoopFrom(dim int) (undo func()) {
	before := leastLooped
	leastLooped = dim
	return func() { leastLooped = before }
}
