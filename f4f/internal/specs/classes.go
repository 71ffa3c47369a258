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

// beyondClasses returns a note on the first condition that belongs to no class of the training. It
// is empty if there is none.
func (s Density) beyondClasses(c data.Points) string {
	titled := s.titled(c)
	for i := range c.Len() {
		row := c.Row(i)
		for _, g := range s.Classes {
			if g.of(row) {
				continue
			}
			titles, values := make([]string, len(g)), make([]float32, len(g))
			for k, j := range g {
				titles[k], values[k] = titled.ColumnTitle(j), row[j]
			}
			if len(g) == 1 {
				return fmt.Sprintf("the condition of row %d has %v in column %s, which was 0 or 1 in the training of %s", i, values[0], titles[0], s.Name)
			}
			return fmt.Sprintf("the condition of row %d has %v in columns %s, which is none of the classes in the training of %s: one of the columns must be 1 and the others 0",
				i, values, strings.Join(titles, ", "), s.Name)
		}
	}
	return ""
}

// validateClasses returns an error unless the groups name columns of the condition, each once.
func (s Density) validateClasses() error {
	taken := make([]bool, s.Condition)
	for _, g := range s.Classes {
		for _, j := range g {
			if j < 0 || j >= s.Condition || taken[j] {
				return fmt.Errorf("column %d of %d holds a class", j, s.Condition)
			}
			taken[j] = true
		}
	}
	return nil
}
