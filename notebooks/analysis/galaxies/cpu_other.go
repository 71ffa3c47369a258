//go:build !unix

package galaxies

// cpuSeconds returns 0: on this system syscall has no Getrusage.
func cpuSeconds() float64 { return 0 }
