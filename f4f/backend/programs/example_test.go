package programs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/f4f/backend/programs"
)

func Example() {
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)
	folder, err := programs.Open(filepath.Join(parent, "programs"), programs.MaxBytes)
	if err != nil {
		log.Fatal(err) // for instance: others may write to it
	}
	defer folder.Close()

	key := programs.KeyOf([]byte("a graph"), []byte("the compiler's options"), []byte("the processor's features"))
	program, err := folder.Get(key)
	if errors.Is(err, fs.ErrNotExist) {
		program = []byte("what it compiles into")
		err = folder.Put(key, program)
	}
	if err != nil {
		log.Fatal(err)
	}
	again, err := folder.Get(key)
	fmt.Println(string(again), err)
	// Output: what it compiles into <nil>
}

func ExampleFolder_Prune() {
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)
	folder, err := programs.Open(filepath.Join(parent, "programs"), programs.MaxBytes)
	if err != nil {
		log.Fatal(err)
	}
	defer folder.Close()
	for _, graph := range []string{"a graph", "another"} {
		if err := folder.Put(programs.KeyOf([]byte(graph)), make([]byte, 1000)); err != nil {
			log.Fatal(err)
		}
	}
	var before, gone programs.Usage
	if before, err = folder.Size(); err != nil {
		log.Fatal(err)
	}
	gone, err = folder.Prune(before.Bytes - 1) // one must go
	fmt.Println(before.Programs, gone.Programs, err)
	// Output: 2 1 <nil>
}
