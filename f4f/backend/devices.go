package backend

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
)

// devicesOption is an option of our own among go-xla's: how many devices XLA's plugin for the CPU has.
const devicesOption = ",devices="

// newClient opens a plugin at path for a platform, with options as they follow a choice.
//
// On the CPU it has a device for each processor, unless the options say otherwise. By itself the
// plugin has four, whatever the machine, and a pool of as many threads: on two processors a
// training step took 7% longer so, and one shared out to two devices more than twice as long.
func newClient(path, platform, options string) (compute.Backend, error) {
	before, after, explicit := strings.Cut(options, devicesOption)
	if platform != "cpu" {
		return newXLA(path+precise(options), 0) // which refuses the option, as all that it doesn't know
	}
	if !explicit {
		b, err := newXLA(path+options, runtime.GOMAXPROCS(0))
		if err == nil {
			return b, nil
		}
		return newXLA(path+options, 0) // a plugin that doesn't know the wish
	}
	number, rest, more := strings.Cut(after, ",")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("devices must be at least 1, got %q", number)
	}
	if more {
		rest = "," + rest
	}
	return newXLA(path+before+rest, n)
}

// precise are options for a GPU whose products of matrices are of float32, unless they say
// otherwise. By itself go-xla has CUDA round what is multiplied to TF32's ten bits, and a flow's
// log-probs would be good to three digits.
func precise(options string) string {
	if strings.Contains(options, ",tf32") {
		return options
	}
	return options + ",tf32=false"
}
