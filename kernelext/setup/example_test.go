package setup_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/kernelext/setup"
)

// Prepare finds or installs everything that a notebook needs.
func ExamplePrepare() {
	o := setup.Options{Progress: func(e setup.Event) {
		if e.Finished {
			fmt.Println(e.Step)
		}
	}}
	ctx := context.Background()
	env, err := setup.Prepare(ctx, o)
	if err != nil {
		log.Fatal(err)
	}
	output, err := env.Python(ctx, "-c", "import jupyterlab; print('has JupyterLab')").Output()
	fmt.Print(string(output))
	fmt.Println(err)
	// Output:
	// Jupyter
	// GoNB
	// XLA
	// has JupyterLab
	// <nil>
}

// Register adds the kernel to an existing Jupyter.
func ExampleRegister() {
	r, err := setup.Register(context.Background(), "/home/me/no/such/venv", setup.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("registered in", r.Folder)
	// Output: setup: there must be a Jupyter at /home/me/no/such/venv: stat /home/me/no/such/venv: no such file or directory
}

// Parts lists what set-ups have installed, and Remove removes it.
func ExampleParts() {
	cache, err := os.MkdirTemp("", "setup-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(cache)
	if err := os.WriteFile(filepath.Join(cache, "gonb-0123"), make([]byte, 1000), 0o644); err != nil {
		log.Fatal(err)
	}
	o := setup.Options{Cache: cache}
	parts, err := setup.Parts(o)
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range parts {
		if filepath.Dir(part.Path) == cache {
			fmt.Println(part.Text, part.Size)
		}
	}
	// Output: GoNB 1000
}
