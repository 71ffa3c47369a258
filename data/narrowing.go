package data

import (
	"fmt"
	"math"
)

// narrowing watches, column by column, what float32 leaves of the numbers in a file. A column that
// varies little about a large offset, such as seconds since 1970, loses everything in it without a
// word.
//
// It grows as columns come, for a header may promise any number of them.
type narrowing []struct{ least, most, lost float64 }

// saw takes note of a number of column j, at most the one after those seen, and of the float32 that
// is kept of it.
func (n *narrowing) saw(j int, exact float64, kept float32) {
	lost := math.Abs(exact - float64(kept))
	if j == len(*n) {
		*n = append(*n, struct{ least, most, lost float64 }{exact, exact, lost})
		return
	}
	c := &(*n)[j]
	c.least, c.most, c.lost = min(c.least, exact), max(c.most, exact), max(c.lost, lost)
}

// leastLevels is how many times what rounding takes from a value a column must span.
const leastLevels = 16

// check errs on the first column whose differences float32 can't hold, by its title.
func (n narrowing) check(title func(j int) string) error {
	for j, c := range n {
		if span := c.most - c.least; span > 0 && span < leastLevels*c.lost {
			return fmt.Errorf("column %s goes from %v to %v, too little for float32, whose steps there are %.3g: subtract an offset or change the unit in the file, or leave the column out",
				title(j), c.least, c.most, Float32Step(max(math.Abs(c.least), math.Abs(c.most))))
		}
	}
	return nil
}

// Float32Step is the distance from |v| to the next float32: 8 at 1e8, 1.2e-7 at 1. What differs by
// less is one number.
func Float32Step(v float64) float64 {
	f := float32(math.Abs(v))
	return float64(math.Nextafter32(f, float32(math.Inf(1))) - f)
}
