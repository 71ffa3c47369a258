package paper

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// sets are the distributions of the paper.
var sets = []data.Distribution{
	data.Ring(), data.ConcentricRings(), data.FourCircles(), data.Checkerboard(), data.TwoSpirals(), data.Star(), data.EightStar(),
}

// setOf returns the set with the name, which must be one of the table.
func setOf(name string) data.Distribution {
	for _, s := range sets {
		if s.Name() == name {
			return s
		}
	}
	panic(fmt.Sprintf("paper: there is no set %q among those of the table", name)) // a mistake in the table above, which a test finds
}

func names(all ...data.Distribution) (names []string) {
	for _, s := range all {
		names = append(names, s.Name())
	}
	return names
}

// families are the distributions under a condition: each set is rotated, or scaled about the
// origin.
var families = []family{
	{"rotated", func(s data.Source) *data.Warped { return data.Rotated(s, 45) },
		stop{"0°", 0}, []stop{{"15°", 15. / 45}, {"30°", 30. / 45}, {"45°", 1}}},
	// The scales correspond to the angles: they divide the range, from the original size on, into
	// thirds. At the far end of the range, ½, the density of the conditions that training draws
	// falls to 0.
	{"scaled", func(s data.Source) *data.Warped { return data.Radial(s) },
		stop{"1", 1}, []stop{{"5/6", 5. / 6}, {"2/3", 2. / 3}, {"1/2", 1. / 2}}},
}

// family is a set's distributions under conditions, with the conditions to measure: points are
// mapped from one condition to each of the others.
type family struct {
	name string
	of   func(data.Source) *data.Warped
	from stop
	to   []stop
}

// stop is a condition with its name.
type stop struct {
	name  string
	value float32
}

// familyOf returns the family with the name, which must be one of the table.
func familyOf(name string) family {
	for _, f := range families {
		if f.name == name {
			return f
		}
	}
	panic(fmt.Sprintf("paper: there is no family %q among those of the table", name)) // a mistake in the table, which a test finds
}

// condition returns the stop's value in the form that a flow takes.
func (s stop) condition() data.Points { return data.Point(s.value) }

// given returns the true distribution of a source at a condition.
func given(source *data.Warped, s stop) (data.Distribution, error) {
	at, err := source.Given([]float32{s.value})
	if err != nil {
		return nil, err
	}
	exact, ok := at.(data.Distribution)
	if !ok {
		return nil, fmt.Errorf("paper: the density of %s isn't known", at.Name())
	}
	return exact, nil
}
