// Package machine describes the machine that a measurement was made on.
package machine

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/gomlx/go-xla/installer"
)

// Machine describes the machine that a measurement was made on. Keep it with the measurement.
type Machine struct {
	CPU   string `json:"cpu"`           // "unknown" if the system doesn't say
	Cores int    `json:"cores"`         // logical processors
	GPU   string `json:"gpu,omitempty"` // the first that NVIDIA's driver lists; "" if there is none
	OS    string `json:"os"`            // such as "linux/amd64"
}

// String returns a text such as "AMD EPYC 7B13, 2 cores, linux/amd64", with the GPU after the
// cores.
func (m Machine) String() string {
	gpu := ""
	if m.GPU != "" {
		gpu = m.GPU + ", "
	}
	return fmt.Sprintf("%s, %d cores, %s%s", m.CPU, m.Cores, gpu, m.OS)
}

// This returns the description of the machine that the process runs on.
func This() Machine {
	return Machine{CPU: cpuName(), Cores: runtime.NumCPU(), GPU: gpuName(), OS: runtime.GOOS + "/" + runtime.GOARCH}
}

// cpuName returns Linux' name of the processor, or "unknown".
func cpuName() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, found := strings.Cut(lines.Text(), ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// gpuName returns the GPU's name from NVIDIA's driver, or "".
func gpuName() string {
	if !installer.HasNvidiaGPU() {
		return ""
	}
	names, err := exec.Command("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").Output()
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(names), "\n")
	return strings.TrimSpace(first)
}
