package main

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var markup = regexp.MustCompile(`(?s)<style.*?</style>|<script.*?</script>|<[^>]*>`)

// A cell with a mistake says what is wrong, and what to do about it where that can be known. It
// shows no stack: no file of ours, no goroutine. TestACellThatIsStoppedGoesOnWhereItStopped tests
// what an interrupted cell says.
func TestABadCellSaysWhatANewcomerUnderstands(t *testing.T) {
	occupied := filepath.Join(t.TempDir(), "occupied")
	if err := os.WriteFile(occupied, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, cell string
		says       []string
	}{
		{"typo", `Shwo(data.TwoMoons())`, []string{"undefined: Shwo"}},
		{"fit of a wrong number", `Fit(f4f.Base(data.TwoMoons()).Bins(1))`, []string{"bins must be at least 2, got 1"}},
		{"fit that fails", `Fit(f4f.Base(data.TwoMoons()).Layers(1).Hidden(4).Blocks(1).Samples(2000).Epochs(50).LearningRate(1e30).ClipNorm(0).Backend("go"))`,
			[]string{"the loss is not finite", "Smaller learning rates"}},
		{"fit that fails after something was shown", `Show("shown before", Table{Note: "a table"}); Fit(f4f.Base(data.TwoMoons()).Bins(1))`, []string{"shown before", "a table", "bins must be"}},
		{"figure of no flow", `Show("shown before"); DeformationFigure(nil, data.Point(1, 2))`, []string{"shown before", "there is no flow to draw"}},
		{"show of what failed", `Show(f4f.LoadDensity(context.Background(), "missing.safetensors"))`, []string{"missing.safetensors"}},
		{"no such store", `Store("` + occupied + `")`, []string{occupied}},
		{"store that cannot be made", `Fit(f4f.Base(data.TwoMoons()).Layers(1).Hidden(4).Blocks(1).Samples(200).Epochs(1).Backend("go").Store("` + occupied + `"))`,
			[]string{occupied}},
		{"nothing of that name in the store", `Must(store.Find("", "four circles"))`, []string{"four circles"}},
		{"no such file", `Must(f4f.LoadDensity(context.Background(), "missing.safetensors"))`, []string{"missing.safetensors"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			said := html.UnescapeString(markup.ReplaceAllString(ran(t, row.cell+"\nfmt.Println(\"went on\")\n", t.TempDir(), "end")[0].Said, ""))
			t.Log(strings.TrimSpace(said))
			for _, want := range row.says {
				if !strings.Contains(said, want) {
					t.Errorf("it must say %q, got:\n%s", want, said)
				}
			}
			for _, unwanted := range []string{"goroutine ", "panic:", "runtime.", "went on\n"} {
				if strings.Contains(said, unwanted) && !(unwanted == "went on\n" && row.name == "typo") {
					t.Errorf("it must not say %q, got:\n%s", unwanted, said)
				}
			}
		})
	}
}
