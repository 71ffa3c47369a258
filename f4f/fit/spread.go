package fit

import "github.com/gomlx/compute"

// spreading is a backend that spreads the products of matrices of a program over processors, if the
// program has the name that its method returns.
type spreading interface {
	Spread(name string) (marked string, ok bool)
}

// CanSpread reports whether a backend can train as Recipe.Spread says.
func CanSpread(backend compute.Backend) bool {
	s, ok := backend.(spreading)
	if ok {
		_, ok = s.Spread("")
	}
	return ok
}

// spread returns a name for a program whose products are to be spread, where the backend can do that.
func spread(backend compute.Backend, name string) string {
	if s, ok := backend.(spreading); ok {
		name, _ = s.Spread(name)
	}
	return name
}
