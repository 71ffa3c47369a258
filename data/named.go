package data

import (
	"fmt"
	"strings"
)

// Named returns all plane distributions with a known density: those of the paper first, then the
// others.
func Named() []Distribution {
	return []Distribution{
		Ring(), Annulus(), ConcentricRings(), FourCircles(), Checkerboard(), TwoSpirals(), Star(), EightStar(),
		Gaussian(2), EightGaussians(), TwoMoons(), Crescent(), Pinwheel(), SwissRoll(), Diamond(), UniformSquare(),
		VonMisesMixture(),
	}
}

// ByName returns the distribution with that name among Named. It ignores case, spaces, hyphens and
// underscores: "four circles" and "FourCircles" are the same. For an unknown name it returns an
// error that lists the known ones.
func ByName(name string) (Distribution, error) {
	var names []string
	for _, set := range Named() {
		if plainName(set.Name()) == plainName(name) {
			return set, nil
		}
		names = append(names, set.Name())
	}
	return nil, fmt.Errorf("data: the name of a set must be one of %s; got %q", strings.Join(names, ", "), name)
}

// plainName returns the name in lower case, without the characters that ByName ignores.
func plainName(name string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(name))
}
