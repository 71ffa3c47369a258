package kernelext

import (
	"encoding/xml"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/store"
)

func TestATableIsEscapedAndAligned(t *testing.T) {
	table := Table{Title: "a <b>", Columns: []string{"flow", "size"}, Rows: [][]string{{"moons <script>", "12.5 MB"}, {"→", "7 kB"}, {"short"}}, Note: "2 & more"}
	if got, want := table.String(), "a <b>\nflow               size\nmoons <script>  12.5 MB\n→                  7 kB\nshort\n2 & more\n"; got != want {
		t.Errorf("as lines it is\n%s, want\n%s", got, want)
	}
	page := table.HTML()
	if strings.Contains(page, "<script>") || !strings.Contains(page, "moons &lt;script&gt;") || !strings.Contains(page, "2 &amp; more") || strings.Count(page, "<tr>") != 4 {
		t.Errorf("as HTML it is %s", page)
	}
	if got := strings.Count(page, `text-align:right`); got != 4 {
		t.Errorf("%d cells are set to the right, want the size's name and its 3", got)
	}
	d := xml.NewDecoder(strings.NewReader(page)) // every element must be closed
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheStoreAsATable(t *testing.T) {
	folder := t.TempDir()
	plan := f4f.Base(data.TwoMoons()).Layers(1).Hidden(4).Blocks(1).Bins(2).Samples(200).Batch(50).Epochs(1).Backend("go").Store(folder)
	flow, err := plan.Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := printed(t, func() {
		if err := showStore(folder); err != nil {
			t.Error(err)
		}
	})
	for _, want := range []string{"two moons", "density", flow.Fingerprint()[:8], "trained", " kB", "1 flows"} {
		if !strings.Contains(out, want) {
			t.Errorf("the store's table lacks %q:\n%s", want, out)
		}
	}
	gone, err := store.Prune(folder, store.Selection{Named: []string{"two moons"}})
	if err != nil {
		t.Fatal(err)
	}
	if text := PruneTable(gone, false).String(); !strings.Contains(text, "flow.safetensors") || !strings.Contains(text, "pruned") {
		t.Errorf("the table of what was pruned is\n%s", text)
	}
	if out = printed(t, func() { _ = showStore(folder) }); !strings.Contains(out, "nothing is stored") {
		t.Errorf("an empty store is shown as\n%s", out)
	}
	if err := showStore(folder, folder); err == nil {
		t.Error("two stores are shown at once")
	}
}

func TestSizesReadAsAPersonSaysThem(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 2_340_000: "2.3 MB", 5_000_000_000: "5.00 GB"} {
		if got := FormatBytes(bytes); got != want {
			t.Errorf("%d bytes are %q, want %q", bytes, got, want)
		}
	}
}

// Every name of a package that Help shows must be one that the package exports.
func TestHelpNamesWhatThereIs(t *testing.T) {
	exported := map[string]map[string]bool{}
	for name, folder := range map[string]string{"kernelext": ".", "plot": "plot", "f4f": "../f4f", "data": "../data"} {
		exported[name] = exportedIn(t, folder)
	}
	// A name with its package, or a call of a kernelext function, without a word or dot before it.
	named := regexp.MustCompile(`\b(plot|f4f|data)\.([A-Z]\w*)|(?:^|[^.\w])([A-Z]\w*)\(`)
	count := 0
	for _, table := range helpTables() {
		for _, row := range table.Rows {
			for _, m := range named.FindAllStringSubmatch(row[1], -1) {
				of, name := m[1], m[2]
				if of == "" {
					of, name = "kernelext", m[3]
				}
				if count++; !exported[of][name] {
					t.Errorf("there is no %s.%s, which Help recommends to %s", of, name, row[0])
				}
			}
		}
	}
	if count < 30 {
		t.Errorf("Help names %d things only", count)
	}
	if out := printed(t, Help); !strings.Contains(out, "Fit(gamma)") {
		t.Errorf("Help says %s", out)
	}
}

// exportedIn returns the exported names that the Go files of a folder declare, without tests.
func exportedIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatal(folder, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name := range file.Scope.Objects {
			names[name] = ast.IsExported(name)
		}
	}
	return names
}
