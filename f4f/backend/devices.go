package backend

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
)

// devicesOption is an option of our own among go-xla's: the number of devices of XLA's plugin for
// the CPU.
const devicesOption = ",devices="

// newClient opens the plugin at path for a platform. options has the form that follows a choice.
//
// On the CPU there is one device for each processor, unless the options set another number. By
// default the plugin has four devices, whatever the machine, and a pool of as many threads. On two
// processors that made a training step 7% longer, and a step shared by two devices more than twice
// as long.
func newClient(path, platform, options string) (compute.Backend, error) {
	before, after, explicit := strings.Cut(options, devicesOption)
	if platform != "cpu" {
		return newXLA(path+precise(options), 0) // which rejects the option like any that it doesn't know
	}
	if !explicit {
		b, err := newXLA(path+options, runtime.GOMAXPROCS(0))
		if err == nil {
			return b, nil
		}
		return newXLA(path+options, 0) // for a plugin that lacks this option
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

// precise returns options for a GPU with matrix products in float32, unless the options set the
// precision. By default go-xla makes CUDA round the factors to the ten bits of TF32, and a flow's
// log-probs would be accurate to only three digits.
func precise(options string) string {
	if strings.Contains(options, ",tf32") {
		return options
	}
	return options + ",tf32=false"
}
