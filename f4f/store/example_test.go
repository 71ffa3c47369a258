package store_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/store"
)

// List shows what a store holds. A dry run of Prune shows what pruning would remove.
func Example() {
	folder, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if _, err := f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(256).Epochs(1).Backend("go").Store(folder).Fit(context.Background()); err != nil {
		log.Fatal(err)
	}
	held, err := store.List(folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range held {
		fmt.Println(s.Name, s.Kind, s.State())
	}
	gone, err := store.Prune(folder, store.Selection{Named: []string{"ring"}, DryRun: true})
	for _, p := range gone {
		fmt.Println("would go:", p.Name, p.Files)
	}
	fmt.Println(err)
	// Output:
	// ring density trained
	// would go: ring [flow.safetensors]
	// <nil>
}
