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
