package bijection

// LoopFrom makes inverses of dim features or more loops, until undo is called.
func LoopFrom(dim int) (undo func()) {
	before := leastLooped
	leastLooped = dim
	return func() { leastLooped = before }
}
