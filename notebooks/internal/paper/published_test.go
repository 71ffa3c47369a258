package paper

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was published is measured again in another place, with no store: nothing is trained, and the numbers are the same.
func TestPublishedFlowsGiveTheirNumbersAgain(t *testing.T) {
	tiny(t)
	way := []pair{{"star", "ring"}}
	all := []Experiment{{Name: "both", Title: "both", Cases: cases(way, []string{flowForFlow, baseTransfer}, 1)}}
	flows := filepath.Join(t.TempDir(), "flows")
	first := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Publish: flows}
	if _, trained, err := watched(t, first, all, nil); err != nil || trained == 0 {
		t.Fatalf("the first run trains %d times and gives %v", trained, err)
	}
	files, err := os.ReadDir(flows)
	if err != nil || len(files) != 1 || !strings.HasPrefix(files[0].Name(), "star-ring-flow-for-flow-seed-1-tiny-") {
		t.Fatalf("published are %v, %v; want the one flow for flow", files, err)
	}

	again := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Flows: flows}
	if _, trained, err := watched(t, again, all, nil); err != nil || trained > 0 {
		t.Fatalf("with what is published it trains %d times and gives %v", trained, err)
	}
	was, err := readResults(first.Folder)
	if err != nil {
		t.Fatal(err)
	}
	is, err := readResults(again.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range was.Records {
		other := is.find(record.Case, record.Label)
		if other == nil || len(other.Numbers) != len(record.Numbers) || other.Fingerprint != record.Fingerprint {
			t.Fatalf("%s is %+v, was %+v", record.Case, other, record)
		}
		for i, n := range record.Numbers {
			if other.Numbers[i] != n {
				t.Errorf("%s: %+v, was %+v", record.Case, other.Numbers[i], n)
			}
		}
	}

	// A file under the name of another plan is not taken for it.
	name := filepath.Join(flows, files[0].Name())
	_, print, err := recipes{budget: budgets[0]}.trainings(Case{Left: "star", Right: "ring", Method: withPenalty, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name, filepath.Join(flows, "star-ring-"+shortHash(print)+".safetensors")); err != nil {
		t.Fatal(err)
	}
	wrong := []Experiment{{Name: "wrong", Title: "wrong", Cases: cases(way, []string{withPenalty}, 1)}}
	if _, _, err := watched(t, again, wrong, nil); err == nil || !strings.Contains(err.Error(), "is of another plan than its name tells") {
		t.Errorf("another plan's file gives %v", err)
	}
}
