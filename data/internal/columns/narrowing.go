package columns

import (
	"fmt"
	"math"
)

// Narrowing records, for each column of a file, how much of its numbers float32 loses. A column
// that varies little about a large offset, such as seconds since 1970, would silently lose all of
// its variation.
//
// It grows as columns are seen, because a file's header may claim any number of them.
type Narrowing []struct{ least, most, lost float64 }

// Saw records a number of column j and the float32 that it is stored as. Column j must have been
// seen before, or be the next one.
func (n *Narrowing) Saw(j int, exact float64, kept float32) {
	lost := math.Abs(exact - float64(kept))
	if j == len(*n) {
		*n = append(*n, struct{ least, most, lost float64 }{exact, exact, lost})
		return
	}
	c := &(*n)[j]
	if exact < c.least {
		c.least = exact
	}
	if exact > c.most {
		c.most = exact
	}
	if lost > c.lost {
		c.lost = lost
	}
}

// A column's range in units of its largest rounding error, which is half a step of float32.
const (
	leastLevels = 16   // below it the column can't be read
	fewLevels   = 2000 // below it the reader says what is lost
)

// TooNarrow reports whether float32 can't hold the variation of column j.
func (n Narrowing) TooNarrow(j int) bool {
	span := n[j].most - n[j].least
	return span > 0 && span < leastLevels*n[j].lost
}

// step returns the distance between float32 numbers at the largest of column j.
func (n Narrowing) step(j int) float64 {
	return Float32Step(max(math.Abs(n[j].least), math.Abs(n[j].most)))
}

// Check returns an error that names the first column whose variation float32 can't hold. title
// returns the name of a column.
func (n Narrowing) Check(title func(j int) string) error {
	for j, c := range n {
		if n.TooNarrow(j) {
			return fmt.Errorf("column %s goes from %v to %v, too little for float32, whose steps there are %.3g: subtract an offset or change the unit in the file, or leave the column out",
				title(j), c.least, c.most, n.step(j))
		}
	}
	return nil
}

// Notes returns a note for each column of which float32 keeps some levels only.
func (n Narrowing) Notes(title func(j int) string) (notes []string) {
	for j, c := range n {
		if span := c.most - c.least; span > 0 && span < fewLevels*c.lost {
			notes = append(notes, fmt.Sprintf("Column %s goes from %v to %v, where float32 goes in steps of %.3g: its values were rounded to some %.0f levels. Subtract an offset or change the unit in the file to keep them apart.",
				title(j), c.least, c.most, n.step(j), 1+span/n.step(j)))
		}
	}
	return notes
}
