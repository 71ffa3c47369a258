package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

func TestReportHasMediansRatiosAndEmptyCells(t *testing.T) {
	r := report{Machine: machine.Machine{CPU: "Abacus", Cores: 2}, Rounds: 3, Seconds: 1, Rows: []row{
		{Case: "step", Batch: 128, Cells: []cell{
			{Peer: matrixProducts, Units: []float64{0.001}},
			{Peer: "slow", Units: []float64{0.5, 0.010, 0.012}, Peak: 3e6, First: 8, Parameters: 7},
			{Peer: ours, Units: []float64{0.004, 0.003, 0.1}, Peak: 2e6, First: 2, Parameters: 7},
		}},
		{Case: "points", Evaluates: true, Batch: 1000, Cells: []cell{{Peer: ours, Units: []float64{0.001, 0.003}}}},
	}}
	var back report
	wroteReport(t, r.write, "bench", &back, []string{
		"Abacus, 2 cores",
		"| | flows | slow | matrix products alone |",
		"| step | 4 ms | 12 ms (3×) | 1 ms (0.25×) |", // the median of three
		"| points | 2 s | | |",                        // 10⁶ points in chunks of 1,000, the mean of the middle two, and peers that lack it
		"| step | 2 s | 8 s (4×) | 0 s |",
		"| step | 2 MB | 3 MB (1.5×) | |",
	})
	if back.Rows[0].of("slow").median() != 0.012 {
		t.Errorf("bench.json reads as %+v", back)
	}
}

// wroteReport writes a report to a new folder, looks for texts in its table, and reads its JSON.
func wroteReport(t *testing.T, write func(folder string) error, name string, back any, wants []string) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "new")
	if err := write(at); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(at, name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range wants {
		if !strings.Contains(string(text), want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	if text, err = os.ReadFile(filepath.Join(at, name+".json")); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
}

func TestFullDiskIsTold(t *testing.T) {
	if err := (report{}).write("/dev/full/bench"); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("the error is %v, want one that names the folder", err)
	}
}
