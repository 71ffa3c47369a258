package backend_test

import (
	"context"
	"fmt"
	"log"

	"github.com/flowsforflows/flows/f4f/backend"
)

// Open opens a backend, and Info describes it; "" picks the best one. WithProgress shows the
// installation of XLA if it is needed.
func ExampleOpen() {
	ctx := backend.WithProgress(context.Background(), func(p backend.Progress) {
		log.Printf("%s, %d of %d MB", p.Text, p.Done>>20, p.Total>>20)
	})
	b, err := backend.Open(ctx, "go") // "" for the best there is
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Info, b.Info.Note == "")
	// Output: go on cpu true
}

// An explicit choice is obeyed or fails.
func ExampleOpen_wrong() {
	_, err := backend.Open(context.Background(), "torch")
	fmt.Println(err != nil)
	// Output: true
}

// Keep the description of the machine with every measurement.
func ExampleMachine() {
	fmt.Println(backend.Machine{CPU: "AMD EPYC 7B13", Cores: 2, GPU: "NVIDIA H200", OS: "linux/amd64"})
	m := backend.ThisMachine()
	fmt.Println(m.Cores >= 1, m.OS != "")
	// Output:
	// AMD EPYC 7B13, 2 cores, NVIDIA H200, linux/amd64
	// true true
}
