package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// given holds what the recipes assume to exist, as a function's parameters and as the values that
// the test's program passes for them.
const (
	given  = "(points, x, simulation, measurement data.Points, source data.Source, left, right f4f.BasePlan, d, one, other *f4f.Density, t *f4f.Transport)"
	values = "(x, x, x, x, data.Ring(), small, small, d, d, d, t)"
)

// head is the beginning of the program, before the recipes. Its flows are so small that they only
// exist.
const head = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/parquet"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/cluster"
	"github.com/flowsforflows/flows/f4f/metric"
	. "github.com/flowsforflows/flows/kernelext"
	"github.com/flowsforflows/flows/kernelext/plot"
)

func main() {
	small := f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(512).Epochs(2)
	d := Fit(small)
	t := Must(f4f.BaseTransfer(d, d))
	x := Must(d.Sample(300, 1))
`

// recipe is a task and the code that does it.
type recipe struct{ title, code string }

// recipes returns the recipes of the page.
func recipes(t *testing.T) (all []recipe) {
	t.Helper()
	page, err := os.ReadFile("RECIPES.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		_, rest, _ := strings.Cut(text, "```go\n")
		code, _, found := strings.Cut(rest, "```")
		if !found || strings.Contains(rest[len(code)+3:], "```") {
			t.Errorf("%s must have one piece of code", title)
		}
		all = append(all, recipe{title, code})
	}
	if len(all) < 10 {
		t.Fatalf("the page must have its recipes, got %d", len(all))
	}
	return all
}

func TestRecipesCompileAndThoseThatTrainNothingRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	var program, functions bytes.Buffer
	program.WriteString(head)
	ran := 0
	for i, r := range recipes(t) {
		if code := r.code; !strings.Contains(code, "Fit(") && !strings.Contains(code, "FitAll(") {
			fmt.Fprintf(&program, "\tfmt.Println(%q)\n\trecipe%d%s\n", r.title, i, values)
			ran++
		}
		// In a block of its own, where the recipe may redeclare a given name.
		fmt.Fprintf(&functions, "// %s.\nfunc recipe%d%s {\n{\n%s}\n}\n\n", r.title, i, given, r.code)
	}
	program.WriteString("\tfmt.Println(\"all\")\n}\n\n")
	program.Write(functions.Bytes())

	// Inside the module, so that its packages are found. The name keeps the folder out of ./...
	folder, err := os.MkdirTemp(".", "_recipes")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	file := filepath.Join(folder, "main.go")
	if err := os.WriteFile(file, program.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "recipes")
	for _, args := range [][]string{{"vet", file}, {"build", "-o", binary, file}} {
		if output, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v: %s", args[0], err, output)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, binary)
	run.Dir = t.TempDir()
	run.Env = append(os.Environ(), "F4F_STORE="+t.TempDir(), "GOMLX_BACKEND=go")
	output, err := run.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(output), "all\n") {
		t.Errorf("%v: %s", err, output)
	}
	for _, name := range []string{"transport.safetensors", "transport.pdf", "losses.png"} {
		if info, err := os.Stat(filepath.Join(run.Dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("a recipe must leave %s: %v", name, err)
		}
	}
	t.Logf("%d recipes ran", ran)
}
