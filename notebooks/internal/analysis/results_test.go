package analysis

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestResultsAreReadAsTheyWereWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "calibration")
	r, err := Read(folder, "calibration")
	if err != nil {
		t.Fatal(err)
	}
	r.PutRun(Run{Seed: 1, Command: "go run ./notebooks calibration", Seconds: 12, Budget: "100 steps"})
	r.PutRun(Run{Seed: 1, Command: "go run ./notebooks calibration", Seconds: 3, Budget: "100 steps"}) // it went on
	r.Put(Number{Table: "closure", Row: "nothing", Column: "AUC", Seed: 1, Value: 0.6})
	r.Put(Number{Table: "closure", Row: "nothing", Column: "AUC", Seed: 1, Value: 0.61, Low: 0.6, High: 0.62}) // in place of the first
	r.Put(Number{Table: "closure", Row: "nothing", Column: "AUC", Seed: 2, Value: math.NaN()})
	if err := r.Write(folder); err != nil {
		t.Fatal(err)
	}
	got, err := Read(folder, "calibration")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, r) || len(got.Numbers) != 2 || len(got.Runs) != 1 || got.Runs[0].Seconds != 15 || got.Numbers[0].Value != 0.61 || got.Numbers[1].Failed == "" {
		t.Errorf("read %+v, want %+v", got, r)
	}
	if !got.Has(Number{Table: "closure", Row: "nothing", Column: "AUC", Seed: 2}) || got.Has(Number{Table: "closure", Row: "nothing", Column: "AUC", Seed: 3}) {
		t.Error("Has must tell which numbers there are")
	}
	if _, err := Read(folder, "template"); err == nil {
		t.Error("results of another analysis must be an error")
	}
	if err := os.WriteFile(filepath.Join(folder, "results.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(folder, "calibration"); err == nil {
		t.Error("a torn file must be an error")
	}
}

func TestATableHasTheMeanOverSeedsAndTheWidestInterval(t *testing.T) {
	r := &Results{Analysis: "calibration"}
	r.Put(Number{Table: "closure", Row: "flow | L1", Column: "AUC", Seed: 1, Value: 0.5, Low: 0.49, High: 0.51})
	r.Put(Number{Table: "closure", Row: "flow | L1", Column: "AUC", Seed: 2, Value: 0.504, Low: 0.494, High: 0.514})
	r.Put(Number{Table: "closure", Row: "flow | L1", Column: "events", Seed: 1, Value: 12000})
	r.Put(Number{Table: "closure", Row: "base", Column: "AUC", Seed: 1, Failed: "the loss isn't finite"})
	r.Put(Number{Table: "closure", Row: "base", Column: "AUC", Seed: 3, Quick: true, Value: 7})
	page := "# Text\n\n<!-- table calibration/closure -->\n| old |\n|---|\n\nMore.\n\n<!-- table template/closure -->\n| theirs |\n"
	want := "# Text\n\n<!-- table calibration/closure -->\n" +
		"|  | AUC | events |\n|---|---|---|\n" +
		"| flow \\| L1 | 0.502 (0.490 to 0.514) | 12000 |\n" +
		"| base | 1 of 1 failed |  |\n\nMore.\n\n<!-- table template/closure -->\n| theirs |\n"
	got := Fill(page, r)
	if got != want {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
	if again := Fill(got, r); again != got {
		t.Errorf("filling twice gives\n%s", again)
	}
	if got := Fill("<!-- table calibration/nosuch -->\n", r); !strings.Contains(got, "not run yet") {
		t.Errorf("a table that the results don't have must say so, got\n%s", got)
	}
}

// The command that made a results file writes the page's tables too.
func TestThePageHoldsTheNumbersOfTheResultsFiles(t *testing.T) {
	content, err := os.ReadFile("../../ANALYSES.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	for _, names := range place.FindAllStringSubmatch(page, -1) {
		r, err := Read(filepath.Join("../../analysis", names[1]), names[1])
		if err != nil {
			t.Fatal(err)
		}
		if Fill(page, r) != page {
			t.Errorf("table %s/%s isn't that of the results file: go run ./notebooks %s", names[1], names[2], names[1])
		}
	}
}
