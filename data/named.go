package data

import (
	"fmt"
	"strings"
)

// Named are all plane sets with a known density: those of the paper first, then the field's other
// usual ones.
func Named() []Exact {
	return []Exact{
		Ring(), Annulus(), ConcentricRings(), FourCircles(), Checkerboard(), TwoSpirals(), Star(), EightStar(),
		Gaussian(2), EightGaussians(), TwoMoons(), Crescent(), Pinwheel(), SwissRoll(), Diamond(), UniformSquare(),
	}
}

// ByName is the set of that name among Named. Capitals, spaces, hyphens and underscores don't
// matter: "four circles" is also found as "FourCircles". Another name is an error that lists what
// there is.
func ByName(name string) (Exact, error) {
	var names []string
	for _, set := range Named() {
		if plainName(set.Name()) == plainName(name) {
			return set, nil
		}
		names = append(names, set.Name())
	}
	return nil, fmt.Errorf("data: the name of a set must be one of %s; got %q", strings.Join(names, ", "), name)
}

// plainName is the name without what ByName overlooks.
func plainName(name string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(name))
}
