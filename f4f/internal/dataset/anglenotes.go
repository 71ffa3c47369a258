package dataset

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// AngleNotes returns a note for each angle with values outside the interval that Angle names, which
// are moved by whole turns, for each that seems to be in another unit than the interval, and for
// each column with a period that no Angle names.
func (m Maps) AngleNotes(name string, t Data) (notes []string) {
	for _, side := range []struct {
		what, setter string
		columns      []data.ColumnMaps
		of           func() (data.Points, error)
	}{{"", "Column", m.Points, t.Points}, {"conditions of ", "ConditionColumn", m.Conditions, t.Conditions}} {
		x, err := side.of()
		if err != nil {
			continue // there are no conditions
		}
		periods := x.Periods()
		for _, column := range side.columns {
			from, to, ok := column.Angle()
			if !ok {
				continue
			}
			j, err := x.ColumnNumber(column.Column)
			if err != nil {
				continue
			}
			if periods != nil {
				periods[j] = [2]float64{}
			}
			if note := angleNote(x, j, from, to, fmt.Sprintf(".%s(%q, ", side.setter, column.Column)); note != "" {
				notes = append(notes, fmt.Sprintf("Column %s of %s%s: %s", x.ColumnTitle(j), side.what, name, note))
			}
		}
		for j, period := range periods {
			if period[0] != period[1] {
				notes = append(notes, fmt.Sprintf("Column %s of %s%s has the period from %g to %g, but no Angle: the density jumps where it begins. Set %s with data.Angle.",
					x.ColumnTitle(j), side.what, name, period[0], period[1], side.setter))
			}
		}
	}
	return notes
}

// angleNote returns what to say of an angle with the period [from, to) in column j, or "". call is
// the beginning of the call that gives it another.
func angleNote(x data.Points, j int, from, to float64, call string) string {
	outside, least, most := 0, x.At(0, j), x.At(0, j)
	slack := 1e-6 * (to - from) // by rounding to float32
	for i := range x.Len() {
		v := x.At(i, j)
		if v < from-slack || v > to+slack {
			outside++
		}
		least, most = min(least, v), max(most, v)
	}
	unit := ""
	if name, interval := otherUnit(to-from, least, most); name != "" {
		unit = fmt.Sprintf(" If they are %s: %sdata.Angle(%s))", name, call, interval)
	}
	switch {
	case outside > 0:
		if unit == "" && most-least > 2*(to-from) {
			unit = " If a turn is another in the unit of the column, Angle takes the ends of that"
		}
		return fmt.Sprintf("%.3g%% of the values lie outside [%g, %g), and are moved into it by whole turns.%s.", 100*float64(outside)/float64(x.Len()), from, to, unit)
	case unit != "":
		return fmt.Sprintf("the values go from %.3g to %.3g, little of the period [%g, %g).%s.", least, most, from, to, unit)
	}
	return ""
}

// otherUnit returns the unit, degrees or radians, in which values from least to most seem to be,
// and its interval as code, where the period is that of the other unit. It returns "" if they
// don't.
func otherUnit(period, least, most float64) (name, interval string) {
	const near = 0.01 // relative
	is := func(turn float64) bool { return math.Abs(period-turn) < near*turn }
	within := func(low, high float64) bool {
		slack := near * (high - low)
		return least >= low-slack && most <= high+slack
	}
	switch {
	case is(2*math.Pi) && most-least > 4*math.Pi && within(-180, 180):
		return "degrees", "-180, 180"
	case is(2*math.Pi) && most-least > 4*math.Pi && within(0, 360):
		return "degrees", "0, 360"
	case is(360) && most-least < math.Pi/2: // a narrow cone in either unit
	case is(360) && within(-math.Pi, math.Pi):
		return "radians", "-math.Pi, math.Pi"
	case is(360) && within(0, 2*math.Pi):
		return "radians", "0, 2*math.Pi"
	}
	return "", ""
}
