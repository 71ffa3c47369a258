package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/notebooks/internal/paper"
)

// These train nothing, so they take a second.
func TestExperimentsAreRunToTheFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	var out bytes.Buffer
	if err := dispatch(t.Context(), []string{"paper", "-only", "bound", "-budget", "quick", "-o", folder}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"bound: ring → ring, optimal pairing, seed 1: moves ", "Done in ", "paper.html", "results.json"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it must say %q, got:\n%s", want, out.String())
		}
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Errorf("a pipe must get plain lines, got %q", out.String())
	}
	page, err := os.ReadFile(filepath.Join(folder, "paper.html"))
	if err != nil || !strings.Contains(string(page), "18 of 18 cases at the budget quick") {
		t.Errorf("the page (%v) doesn't say that all were run", err)
	}
}

func TestAStoppedRunSaysHowToGoOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, said bytes.Buffer
	args := []string{"paper", "-only", "bound", "-budget", "quick", "-o", t.TempDir()}
	status := exitStatus(dispatch(ctx, args, &out), &out, &said)
	if want := "go run ./notebooks " + strings.Join(args, " "); status != 1 || !strings.Contains(out.String(), want) || !strings.Contains(said.String(), "stopped") {
		t.Errorf("exit status %d, want 1 and the command %q; it says\n%s%s", status, want, out.String(), said.String())
	}
}

func TestExperimentsAreListedWithWhatTheyCost(t *testing.T) {
	var out bytes.Buffer
	if err := dispatch(t.Context(), []string{"paper", "-list", "-only", "fig3"}, &out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "14 cases and 21 flows that none above has; 2187360 steps") || strings.Contains(text, "fig4") {
		t.Errorf("it lists:\n%s", text)
	}
}

// A fit takes hours and prints little to a pipe. A line a minute shows that it is running.
func TestPipesAreToldOfARunEveryMinute(t *testing.T) {
	var out bytes.Buffer
	at := time.Unix(1e9, 0)
	report := reporter(newConsole(&out), func() time.Time { return at })
	for range 150 {
		at = at.Add(time.Second)
		report(paper.Event{Text: "training", Share: 0.25, Left: 90 * time.Second})
	}
	report(paper.Event{Text: "measured", Line: true, Share: 0.5})
	want := strings.Repeat("[25%, 1m30s left] training\n", 2) + "[50%] measured\n"
	if out.String() != want {
		t.Errorf("a pipe gets\n%s\nwant\n%s", out.String(), want)
	}
}

// The shares on the paper's page are those of the published results, which follow from the numbers
// there.
func TestThePagesSharesAreThePublishedOnes(t *testing.T) {
	page, err := os.ReadFile("PAPER.md")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join("paper", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		Text                    string
		For, Against, Open, All int
		Budgets                 []string
	}
	var results struct {
		Claims []struct {
			Letter, Text string
			Parts        []part
		}
		Beside []struct {
			Letter, Budget    string
			Flows4flows, Ours part
		}
	}
	if err := json.Unmarshal(content, &results); err != nil || len(results.Claims) == 0 {
		t.Fatalf("%d claims, %v", len(results.Claims), err)
	}
	for _, c := range results.Claims {
		rows := fmt.Sprintf("| (%s) %s | | |\n", c.Letter, c.Text)
		for _, p := range c.Parts {
			rows += fmt.Sprintf("| – %s | %d of %d | %s |\n", p.Text, p.For, p.All, strings.Join(p.Budgets, "; "))
		}
		if !strings.Contains(string(page), rows) {
			t.Errorf("the page lacks\n%s", rows)
		}
	}
	ofRun := func(p part) string { // as on the page that a run writes
		run := p.For + p.Against + p.Open
		text := fmt.Sprintf("%d of %d", p.For, run)
		if run == 0 {
			return "not run"
		}
		if p.Open > 0 {
			text += fmt.Sprintf(", %d open", p.Open)
		}
		if run < p.All {
			text += fmt.Sprintf(", %d not run", p.All-run)
		}
		return text
	}
	for _, b := range results.Beside {
		row := fmt.Sprintf("| (%s) %s | %s | %s | %s |\n", b.Letter, b.Flows4flows.Text, ofRun(b.Flows4flows), ofRun(b.Ours), b.Budget)
		if !strings.Contains(string(page), row) {
			t.Errorf("the page lacks\n%s", row)
		}
	}
}
