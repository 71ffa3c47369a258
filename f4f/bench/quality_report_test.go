package main

import (
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// trials returns one trial for each value, with consecutive seeds and ten seconds each.
func trials(values ...float64) (all []trial) {
	for i, v := range values {
		all = append(all, trial{Seed: uint64(i + 1), Score: score{Value: v, Error: 0.001}, Seconds: 10})
	}
	return all
}

func TestQualityReportComparesBeyondTheErrors(t *testing.T) {
	sooner := trials(0.3, 0.3)
	for i, v := range []float64{0.1, 0.12} {
		sooner[i].Own = &ownRule{Score: score{Value: v}, Seconds: 4}
	}
	r := qualityReport{Machine: machine.Machine{CPU: "Abacus", Cores: 2}, Seeds: 2, Least: 30, Rows: []qualityRow{
		{Case: "base: ring", Kind: baseCase, Flows: []contestant{{ours, trials(0.01, 0.03)}, {"zuko", trials(0.2, 0.22)}, {"FlowJAX", trials(0.02, 0.04)}}},
		{Case: "base: star", Kind: baseCase, Flows: []contestant{{ours, trials(0.10, 0.12)}, {"zuko", sooner}, {"FlowJAX", []trial{{Seed: 1, Failed: "out of\nmemory"}}}}},
		{Case: "transport: ring → star", Kind: transportCase, Flows: []contestant{{ours, trials(0.5)}}},
		{Case: "table: penguins", Kind: tableCase, Flows: []contestant{{ours, trials(-16.0, -16.1)}, {"zuko", trials(-15.0, -15.1)}, {"FlowJAX", trials(-17.0)}}},
	}}
	var back qualityReport
	wroteReport(t, r.write, "quality", &back, []string{
		"Of 5 comparisons with a peer, ours is better in 1, level in 2 and worse in 1; in 1 there is only one seed",
		"Abacus, 2 cores",
		"| | flows | zuko | ours is | FlowJAX | ours is |\n|---|---|---|---|---|---|\n",
		"| ring | 0.0200 ± 0.0100, 10 s | 0.2100 ± 0.0100, 10 s | better | 0.0300 ± 0.0100, 10 s | level |",
		// By the better of zuko's two.
		"| star | 0.1100 ± 0.0100, 10 s | 0.3000 ± 0.0000, 10 s; by its own rule 0.1100 ± 0.0100, 4 s | level | | |",
		"- base: star, seed 1: FlowJAX: out of memory",
		"| | flows |\n|---|---|\n| ring → star | 0.5000, 10 s |",
		// The higher the better.
		"| penguins | -16.0500 ± 0.0500, 10 s | -15.0500 ± 0.0500, 10 s | worse | -17.0000, 10 s | unknown |",
	})
	if back.Rows[1].Flows[1].Trials[1].Own.Score.Value != 0.12 {
		t.Errorf("quality.json reads as %+v", back)
	}
}

func TestFullDiskIsToldByQuality(t *testing.T) {
	if err := (qualityReport{}).write("/dev/full/bench"); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("the error is %v, want one that names the folder", err)
	}
}
