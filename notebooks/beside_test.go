package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// length is how many lines and characters of code a cell has: without blanks and comments, and the
// kernel's %%.
func length(code, comment string) (lines, characters int) {
	for line := range strings.Lines(code) {
		line, _, _ = strings.Cut(line, comment)
		line = strings.Join(strings.Fields(line), "")
		if line != "" && line != "%%" {
			lines, characters = lines+1, characters+utf8.RuneCountInString(line)
		}
	}
	return lines, characters
}

// No cell of the quickstart is longer than the same step written for FlowJAX and matplotlib, in
// testdata/quickstart_flowjax.py, which runs as it is. NOTEBOOKS.md has the numbers.
func TestTheQuickstartIsNoLongerThanInPython(t *testing.T) {
	nb, err := readNotebook("quickstart.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	for _, c := range nb.Cells {
		if c.Type == "code" {
			ours = append(ours, string(c.Source))
		}
	}
	text, err := os.ReadFile("testdata/quickstart_flowjax.py")
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Split(string(text), "\n# %% ")[1:]
	if len(ours) != len(theirs) {
		t.Fatalf("the quickstart has %d cells, in Python %d", len(ours), len(theirs))
	}
	page, err := os.ReadFile("NOTEBOOKS.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range ours {
		title, code, _ := strings.Cut(theirs[i], "\n")
		lines, characters := length(ours[i], "//")
		mostLines, most := length(code, "#")
		if row := fmt.Sprintf("| %s | %d | %d | %d | %d |\n", title, lines, characters, mostLines, most); !strings.Contains(string(page), row) {
			t.Errorf("NOTEBOOKS.md must have the row\n%s", row)
		}
		if lines > mostLines || characters > most {
			t.Errorf("%s: the cell has %d lines and %d characters, in Python %d and %d", title, lines, characters, mostLines, most)
		}
	}
}
