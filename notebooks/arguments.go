package main

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
)

// misuse is an error in how the command was called.
type misuse struct{ error }

// parse reads flags and arguments in any order, where package flag wants flags first. Arguments
// after "--" are returned as they are. The error is a misuse, or flag.ErrHelp.
func parse(flags *flag.FlagSet, args []string) (rest []string, err error) {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	var after []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, after = args[:i], args[i+1:]
	}
	for len(args) > 0 {
		if !strings.HasPrefix(args[0], "-") || args[0] == "-" {
			rest, args = append(rest, args[0]), args[1:]
			continue
		}
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, misuse{err}
		}
		args = flags.Args()
	}
	return append(rest, after...), nil
}
