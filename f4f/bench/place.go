package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
)

// options are the command's flags.
type options struct {
	out, only, peers, as, python, programs string
	rounds, chunk, seeds, steps            int
	seconds, least, budget                 float64
	list, quality, optimal                 bool
	pairs                                  []string
	core                                   int
}

// place is where cases are measured, with our own peer and the others.
type place struct {
	ours         peer
	beside       []peer
	work, python string   // a temporary folder with the peers' programs; a Python in which the peers are installed
	versions     []string // of the peers
}

// withPeers calls measure with the cases that -only selects, and the peers that -peers selects.
// With -list it prints the cases instead. all returns every peer, ours first.
func withPeers[C fmt.Stringer](
	ctx context.Context, o options, cases []C, all func(executable, python, work string) []peer, measure func(wanted []C, at place) error,
) error {
	wanted, err := matching("-only", o.only, cases, C.String)
	if err != nil {
		return err
	}
	if o.list {
		for _, c := range wanted {
			fmt.Println(c)
		}
		return nil
	}
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(work)
	executable, python, versions, err := prepare(ctx, o, work)
	if err != nil {
		return err
	}
	flows := all(executable, python, work)
	beside, err := matching("-peers", o.peers, flows[1:], func(p peer) string { return p.name })
	if err != nil {
		return err
	}
	return measure(wanted, place{flows[0], beside, work, python, versions})
}

// prepare writes the peers' programs to the folder work. It returns the path of this program, a
// Python in which the peers are installed, and their versions.
func prepare(ctx context.Context, o options, work string) (executable, python string, versions []string, err error) {
	if err := unpack(work); err != nil {
		return "", "", nil, fmt.Errorf("bench: %w", err)
	}
	python, versions = o.python, []string{"peers as they are in " + o.python}
	if python == "" {
		versions = pins()
		if python, err = install(ctx, os.Stderr); err != nil {
			return "", "", nil, err
		}
	}
	if executable, err = os.Executable(); err != nil {
		return "", "", nil, fmt.Errorf("bench: %w", err)
	}
	return executable, python, versions, nil
}

// matching returns the elements whose name matches the expression. It returns an error if there are
// none; option is the flag to blame.
func matching[T any](option, expression string, all []T, name func(T) string) ([]T, error) {
	e, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("bench: %s: %w", option, err)
	}
	some := slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !e.MatchString(name(t)) })
	if len(some) == 0 {
		return nil, fmt.Errorf("bench: %s %q matches nothing", option, expression)
	}
	return some, nil
}
