package fit

import "github.com/gomlx/compute"

// spreading is a backend that spreads the products of matrices of a program over processors, if the
// program has the name that its method returns.
type spreading interface {
	Spread(name string) (marked string, ok bool)
}

// CanSpread reports whether a backend can train as Recipe.Spread says.
func CanSpread(backend compute.Backend) bool {
	_, ok := spread(backend, "")
	return ok
}

// spread returns a name for a program whose products are to be spread. Where the backend can't do
// that, it returns the name as it is, and ok is false.
func spread(backend compute.Backend, name string) (marked string, ok bool) {
	if s, can := backend.(spreading); can {
		return s.Spread(name)
	}
	return name, false
}
