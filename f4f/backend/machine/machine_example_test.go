package machine_test

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// Keep the description of the machine with every measurement.
func ExampleMachine() {
	fmt.Println(machine.Machine{CPU: "AMD EPYC 7B13", Cores: 2, GPU: "NVIDIA H200", OS: "linux/amd64"})
	m := machine.This()
	fmt.Println(m.Cores >= 1, m.OS != "")
	// Output:
	// AMD EPYC 7B13, 2 cores, NVIDIA H200, linux/amd64
	// true true
}
