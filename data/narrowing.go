package data

import (
	"fmt"
	"math"
)

// narrowing records, for each column of a file, how much of its numbers float32 loses. A column
// that varies little about a large offset, such as seconds since 1970, would silently lose all of
// its variation.
//
// It grows as columns are seen, because a file's header may claim any number of them.
type narrowing []struct{ least, most, lost float64 }

// saw records a number of column j and the float32 that it is stored as. Column j must have been
// seen before, or be the next one.
func (n *narrowing) saw(j int, exact float64, kept float32) {
	lost := math.Abs(exact - float64(kept))
	if j == len(*n) {
		*n = append(*n, struct{ least, most, lost float64 }{exact, exact, lost})
		return
	}
	c := &(*n)[j]
	c.least, c.most, c.lost = min(c.least, exact), max(c.most, exact), max(c.lost, lost)
}

// leastLevels is the least ratio of a column's range to its largest rounding error.
const leastLevels = 16

// tooNarrow reports whether float32 can't hold the variation of column j.
func (n narrowing) tooNarrow(j int) bool {
	span := n[j].most - n[j].least
	return span > 0 && span < leastLevels*n[j].lost
}

// check returns an error that names the first column whose variation float32 can't hold. title
// returns the name of a column.
func (n narrowing) check(title func(j int) string) error {
	for j, c := range n {
		if n.tooNarrow(j) {
			return fmt.Errorf("column %s goes from %v to %v, too little for float32, whose steps there are %.3g: subtract an offset or change the unit in the file, or leave the column out",
				title(j), c.least, c.most, Float32Step(max(math.Abs(c.least), math.Abs(c.most))))
		}
	}
	return nil
}
