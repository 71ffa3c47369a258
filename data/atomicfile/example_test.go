package atomicfile_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
)

func ExampleWrite() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "results.json")
	if err := atomicfile.Write(path, []byte(`{"kl": 0.01}`), []byte("\n")); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(path)
	fmt.Print(string(content), err)
	// Output:
	// {"kl": 0.01}
	// <nil>
}
