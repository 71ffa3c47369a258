package main

import (
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// mapTrials returns one trial for each UVP, with consecutive seeds.
func mapTrials(uvps ...float64) (all []mapTrial) {
	for i, v := range uvps {
		all = append(all, mapTrial{Seed: uint64(i + 1), UVP: estimate{v, 0.01}, Cosine: estimate{0.9, 0.001}, Seconds: 10, Wall: 15, Steps: 100, Mapping: 2})
	}
	return all
}

func TestOptimalReportSaysWhoIsNearest(t *testing.T) {
	withKL := mapTrials(0.5, 0.7)
	withKL[0].KL, withKL[1].KL = &estimate{0.1, 0.001}, &estimate{0.2, 0.001}
	withKL[1].Notes = []string{"a note"}
	r := optimalReport{Machine: machine.Machine{CPU: "Abacus", Cores: 2}, Budget: 10, Points: 1000, Rows: []optimalRow{
		{Case: "mixture, D = 2", Dim: 2, Maps: []mapMaker{{ours, withKL}, {"A", mapTrials(0.4, 0.4)}, {"B", []mapTrial{{Seed: 1, Failed: "out of\nmemory"}}}}},
		{Case: "mixture, D = 4", Dim: 4, Maps: []mapMaker{{ours, mapTrials(0.1)}, {"A", mapTrials(0.2)}}},
	}}
	var back optimalReport
	wroteReport(t, r.write, "optimal", &back, []string{
		"Of 2 pairs, the lowest UVP is that of flows in 1, of A in 1.",
		"by the clock it took 1.5 times as long",
		"| | flows | A | B |\n|---|---|---|---|\n",
		"| mixture, D = 2 | 0.6000 ± 0.1000 | **0.4000** | |", // over the seeds
		"| mixture, D = 4 | **0.1000 ± 0.0100** | 0.2000 ± 0.0100 | |",
		"| mixture, D = 2 | 0.1500 ± 0.0500 | | |",
		"| mixture, D = 2 | 10 | 10 | |",
		"- mixture, D = 2, seed 1: B: out of memory",
		"- mixture, D = 2, seed 2: flows: a note",
	})
	if back.Rows[0].Maps[0].Trials[1].KL.Value != 0.2 || back.Rows[1].Maps[0].Trials[0].KL != nil {
		t.Errorf("optimal.json reads as %+v", back)
	}
	if none := (optimalReport{}).summary(); !strings.Contains(none, "No map") {
		t.Errorf("of no map it says %q", none)
	}
}

func TestFullDiskIsToldByOptimal(t *testing.T) {
	if err := (optimalReport{}).write("/dev/full/bench"); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("the error is %v, want one that names the folder", err)
	}
}
