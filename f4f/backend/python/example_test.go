package python_test

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/f4f/backend/python"
)

// Packages that aren't pinned can't be installed.
func ExamplePackages_Install() {
	_, err := python.Packages{Name: "numpy"}.Install(context.Background())
	fmt.Println(err)
	// Output: python: Packages.Pins of numpy must hold a line like numpy==2.4.6, and is empty
}

// An environment comes from Install.
func ExampleEnvironment_Run() {
	var env python.Environment
	fmt.Println(env.Run(context.Background(), nil, "print(1)"))
	// Output: python: an Environment must come from Packages.Install, and this one is empty
}

// Tail keeps what a failed program said last.
func ExampleTail() {
	fmt.Println(python.Tail("Collecting numpy\n\nERROR: No matching distribution found\n"))
	// Output: Collecting numpy | ERROR: No matching distribution found
}
