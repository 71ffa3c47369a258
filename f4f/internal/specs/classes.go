package specs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// Classes are the columns of a condition [C] that hold the classes of one feature, such as a decay
// channel: exactly one of them is 1 and the others are 0. A single column of zeros and ones, such
// as a switch between data and simulation, is a group of its own.
type Classes []int

// ClassesOf returns the groups of columns that hold classes in the conditions of training c [N, C].
// Columns of zeros and ones are a group if their names agree up to "=", as in "channel=ee" and
// "channel=mm". The others are one group if they add up to 1 in every row. What is left are
// switches.
func ClassesOf(c data.Points) (groups []Classes) {
	names := c.ColumnNames()
	byFeature := map[string]int{} // the number of a feature's group
	var others Classes
	for j := range c.Dim() {
		if !zerosAndOnes(c, j) {
			continue
		}
		feature, isClass := "", false
		if names != nil {
			feature, _, isClass = strings.Cut(names[j], "=")
		}
		if !isClass {
			others = append(others, j)
			continue
		}
		at, known := byFeature[feature]
		if !known {
			at = len(groups)
			byFeature[feature] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], j)
	}
	// A named group may hold a class that no row of the training belongs to, but each row is of one
	// class. Columns for which that doesn't hold are switches.
	var sound []Classes
	for _, g := range groups {
		if g.oneInEach(c) {
			sound = append(sound, g)
		} else {
			others = append(others, g...)
		}
	}
	slices.Sort(others)
	if len(others) > 1 && others.oneInEach(c) {
		return append(sound, others)
	}
	for _, j := range others {
		sound = append(sound, Classes{j})
	}
	return sound
}

// zerosAndOnes reports whether column j holds nothing else.
func zerosAndOnes(c data.Points, j int) bool {
	for i := range c.Len() {
		if v := c.Row(i)[j]; v != 0 && v != 1 {
			return false
		}
	}
	return true
}

// oneInEach reports whether each row belongs to exactly one of the classes.
func (g Classes) oneInEach(c data.Points) bool {
	for i := range c.Len() {
		if !g.of(c.Row(i)) {
			return false
		}
	}
	return true
}

// of reports whether a condition belongs to one of the classes.
func (g Classes) of(row []float32) bool {
	ones := 0
	for _, j := range g {
		switch row[j] {
		case 0:
		case 1:
			ones++
		default:
			return false
		}
	}
	return ones == 1 || len(g) == 1
}

// validateClasses returns an error unless the groups, which may come from a file, name columns of a
// condition of this width, each once.
func validateClasses(groups []Classes, width int) error {
	taken := make([]bool, width)
	for _, g := range groups {
		for _, j := range g {
			if j < 0 || j >= width || taken[j] {
				return fmt.Errorf("column %d of %d holds a class", j, width)
			}
			taken[j] = true
		}
	}
	return nil
}
