package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// every calls test for each tutorial.
func every(t *testing.T, test func(t *testing.T, file string, nb *notebook)) {
	files := tutorials("..")
	if len(files) < len(readingOrder) {
		t.Fatalf("the tutorials are %q, want all of %q", files, readingOrder)
	}
	for i, file := range files {
		if i < len(readingOrder) && nameOf(file) != readingOrder[i] {
			t.Errorf("tutorial %d is %s, want %s", i, nameOf(file), readingOrder[i])
		}
		nb, err := readNotebook(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(nameOf(file), func(t *testing.T) { test(t, file, nb) })
	}
}

func TestTutorialsSayWhatTheyAreForAndWhatToTry(t *testing.T) {
	every(t, func(t *testing.T, _ string, nb *notebook) {
		title, about := nb.title()
		if title == "" || !strings.ContainsAny(about, ".?") {
			t.Errorf("the first cell must have a title and a sentence, got %q and %q", title, about)
		}
		text, bold := "", false
		for _, c := range nb.Cells {
			if c.Type == "markdown" {
				text = string(c.Source)
				bold = bold || strings.Contains(text, "**Try next**")
			}
		}
		_, exercises, found := strings.Cut(text, "## Exercises\n")
		if n := len(regexp.MustCompile(`(?m)^\d\. `).FindAllString(exercises, -1)); !bold && (!found || n < 2 || n > 4) {
			t.Errorf("the last text must have two to four exercises, got %d", n)
		}
	})
}

// A tutorial is read where code is hosted, so what outputs it has are those of the very cells that
// it has.
func TestTutorialsHoldTheOutputsOfTheirCells(t *testing.T) {
	every(t, func(t *testing.T, file string, nb *notebook) {
		again := "go run ./notebooks run -keep " + nameOf(file)
		if nb.Metadata.Ours.OutputsOf != nb.digest() {
			t.Errorf("it has no outputs, or some that were made from other cells: %s", again)
		}
		for i, c := range nb.Cells {
			for _, o := range c.Outputs {
				if o.Type == "error" {
					t.Errorf("cell %d failed: %s", i+1, again)
				}
			}
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > mostKept {
			t.Errorf("it is %d kB and may be %d kB", info.Size()/1000, mostKept/1000)
		}
	})
}

// What a cell gives directly to gonbui is lost if its program ends before the kernel has read it.
// Show waits.
func TestTutorialsShowByShow(t *testing.T) {
	every(t, func(t *testing.T, file string, nb *notebook) {
		for i, c := range nb.Cells {
			if strings.Contains(string(c.Source), "gonbui.") {
				t.Errorf("cell %d speaks to gonbui itself: its output may be lost; use kernelext.Show", i+1)
			}
		}
	})
}

var importBlock = regexp.MustCompile(`(?s)import \(\n(.*?)\n\)\n|import (".*?")\n`)

// asProgram returns the Go program of a notebook's cells: the imports and declarations, which hold
// for all cells, and the code of each cell as a function.
func asProgram(nb *notebook) string {
	imports, declared, functions, called := map[string]bool{}, "", "", ""
	for i, c := range nb.Cells {
		source := "\n" + string(c.Source) + "\n"
		if c.Type != "code" || strings.HasPrefix(source, "\n%%bash") || strings.HasPrefix(source, "\n%%writefile") {
			continue
		}
		declarations, does, _ := strings.Cut(source, "\n%%\n")
		for _, block := range importBlock.FindAllStringSubmatch(declarations+"\n", -1) {
			for line := range strings.Lines(block[1] + block[2] + "\n") {
				imports[strings.TrimSpace(line)+"\n"] = true
			}
		}
		declared += importBlock.ReplaceAllString(declarations+"\n", "")
		functions += fmt.Sprintf("func cell%d() {\n%s}\n\n", i+1, does)
		called += fmt.Sprintf("\tcell%d()\n", i+1)
	}
	program := "package main\n\nimport (\n"
	for line := range imports {
		program += line
	}
	return program + ")\n" + declared + functions + "func main() {\n" + called + "}\n"
}

// written returns what cells write with %%writefile, by the file's name.
func written(nb *notebook) map[string]string {
	files := map[string]string{}
	for _, c := range nb.Cells {
		first, rest, _ := strings.Cut(string(c.Source), "\n")
		if path, found := strings.CutPrefix(first, "%%writefile "); found {
			files[filepath.Base(path)] = rest
		}
	}
	return files
}

func TestTutorialsCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles them")
	}
	// Inside the module, so that its packages are found. The name keeps the folder out of ./...
	folder, err := os.MkdirTemp(".", "_tutorials")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	packages := []string{"vet", "-composites=false"} // cells write conditions and values without field names, for brevity
	put := func(name string, files map[string]string) {
		within := filepath.Join(folder, name)
		if err := os.Mkdir(within, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, content := range files {
			if err := os.WriteFile(filepath.Join(within, file), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		packages = append(packages, "./"+within)
	}
	every(t, func(_ *testing.T, file string, nb *notebook) {
		put(nameOf(file), map[string]string{"main.go": asProgram(nb)})
		if files := written(nb); len(files) > 0 {
			put(nameOf(file)+"-program", files)
		}
	})
	if output, err := exec.Command("go", packages...).CombinedOutput(); err != nil {
		t.Errorf("go vet of %q: %v: %s", packages[2:], err, output)
	}
}
