package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTitleIsTheFirstHeadingAndSentence(t *testing.T) {
	for _, row := range []struct{ name, json, title, about string }{
		{"lines", `{"cells":[{"cell_type":"code","source":"x"},{"cell_type":"markdown","source":["# A **map**\n","\n","![](p.png)\n","It is *exact*, to v0.1,\n","and fast. Really?\n"]}]}`,
			"A **map**", "It is exact, to v0.1, and fast."},
		{"one string, two cells", `{"cells":[{"cell_type":"markdown","source":"# Title"},{"cell_type":"markdown","source":"## Not this\nWhy not"}]}`,
			"Title", "Why not"},
		{"nothing", `{"cells":[]}`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "n.ipynb")
			if err := os.WriteFile(file, []byte(row.json), 0o644); err != nil {
				t.Fatal(err)
			}
			nb, err := readNotebook(file)
			if err != nil {
				t.Fatal(err)
			}
			if title, about := nb.title(); title != row.title || about != row.about {
				t.Errorf("title() = %q, %q; want %q, %q", title, about, row.title, row.about)
			}
		})
	}
}

func TestFiguresAreTheOutputsPictures(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "n.ipynb")
	// UE5H is "PNG" in base64.
	content := `{"cells":[{"cell_type":"code","outputs":[
		{"output_type":"stream","text":["hello"]},
		{"output_type":"display_data","data":{"image/png":"UE5H\n","text/plain":["a picture"]}},
		{"output_type":"display_data","data":{"application/json":{"a":1}}}]},
		{"cell_type":"code","outputs":[{"output_type":"execute_result","data":{"image/svg+xml":["<svg>","</svg>"]}}]}]}`
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	figures, err := writeFigures(file, folder)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"figure-1.png": "PNG", "figure-2.svg": "<svg></svg>"}
	if len(figures) != len(want) {
		t.Errorf("wrote %q, want two", figures)
	}
	for name, content := range want {
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(got) != content {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, content)
		}
	}
	if err := removeFigures(folder); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "figure-*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestHeadlineSaysWhatACellDoes(t *testing.T) {
	for source, want := range map[string]string{
		"import (\n\t\"fmt\"\n)\n// The picture.\n%%\nshow()": "The picture.",
		"import (\n\t\"fmt\"\n)\n\n%%\nfmt.Println(1)":        "fmt.Println(1)",
		"": "",
	} {
		if got := headline(source); got != want {
			t.Errorf("headline(%q) = %q, want %q", source, got, want)
		}
	}
}
