package backend

import (
	"os"
	"strings"
)

// reductionsFlag keeps XLA from calling its library of kernels for every sum. A small sum takes a few
// microseconds, and the call costs more: a step of a base of one convex potential, which has some
// fifty, took 3.4 ms with it and 2.5 ms without in two dimensions, and 9.0 and 4.8 ms in eight (one
// device of a slow machine). Steps and evaluations of splines take as long either way.
const reductionsFlag = "--" + libraryOption + "=-reduce"

// withoutKernelsForSums adds reductionsFlag to flags, unless they set the flag or name a file.
func withoutKernelsForSums(flags string) string {
	return withFlag(flags, "--"+libraryOption, reductionsFlag)
}

// withFlag adds a flag to XLA's flags, unless they contain its name or are the name of a file.
func withFlag(flags, name, flag string) string {
	if strings.Contains(flags, name) || flags != "" && !strings.HasPrefix(strings.TrimSpace(flags), "--") {
		return flags
	}
	return strings.TrimSpace(flags + " " + flag)
}

// openInstalled opens the CPU plugin at path. XLA reads its flags while the first client opens, and ends
// the process where it doesn't know one. So ours are set for the plugin that was tried with them and
// only meanwhile: other plugins and child processes don't see them. The caller is inside the gate.
func openInstalled(path, options string) (*Backend, error) {
	if folder := cacheFolder(); folder != "" && path == pinned.path(folder) {
		before, set := os.LookupEnv(xlaFlags)
		if err := os.Setenv(xlaFlags, withoutKernelsForSums(before)); err != nil {
			return nil, err
		}
		defer func() {
			if set {
				_ = os.Setenv(xlaFlags, before)
			} else {
				_ = os.Unsetenv(xlaFlags)
			}
		}()
	}
	return openXLA(path, "cpu", options)
}
