package paper

import (
	"fmt"
	"strings"
)

// Verdict is the outcome of testing a claim by the numbers.
type Verdict string

// The verdicts.
const (
	Held    Verdict = "held"
	NotHeld Verdict = "not held"
	Unclear Verdict = "unclear"
	NotRun  Verdict = "not run"
)

// Claim is a claim of the paper, with the verdict on it.
type Claim struct {
	Letter  string  `json:"letter"`
	Text    string  `json:"text"`
	Verdict Verdict `json:"verdict"` // of its parts together
	Parts   []Part  `json:"parts"`
}

// Part is a part of a claim that one rule can decide.
type Part struct {
	Text     string   `json:"text"`
	Rule     string   `json:"rule"`
	Verdict  Verdict  `json:"verdict"`
	For      int      `json:"for"`      // number of cases that count for it
	Against  int      `json:"against"`  // number that count against it
	Open     int      `json:"open"`     // number that are too close to decide
	All      int      `json:"all"`      // number of all cases, run or not
	Budgets  []string `json:"budgets"`  // budgets of the cases that were run, with their seeds: "paper, 1 seed"
	Evidence []string `json:"evidence"` // a line for each case that was run
}

// worst returns the verdict on a claim: the worst of its parts' verdicts.
func worst(parts []Part) Verdict {
	for _, v := range []Verdict{NotHeld, NotRun, Unclear} {
		for _, p := range parts {
			if p.Verdict == v {
				return v
			}
		}
	}
	return Held
}

// tally returns how many cases of a part are for it, against it and open, and their budgets.
func (p Part) tally() string {
	text := fmt.Sprintf("%d for, %d against, %d open of %d", p.For, p.Against, p.Open, p.All)
	if len(p.Budgets) > 0 {
		text += "; " + strings.Join(p.Budgets, "; ")
	}
	return text
}

// share returns how many of all cases count for the part: "5 of 7".
func (p Part) share() string { return fmt.Sprintf("%d of %d", p.For, p.All) }

// Beside is a part of a claim by flows4flows itself, in the cases in which it has been run at one
// budget, and the same part by this library in those cases at that budget.
type Beside struct {
	Letter string `json:"letter"` // of the claim
	Budget string `json:"budget"` // with the number of seeds: "tenth, 3 seeds"
	Theirs Part   `json:"flows4flows"`
	Ours   Part   `json:"ours"`
}

// row returns the row of a table.
func (b Beside) row() []string {
	return []string{"(" + b.Letter + ") " + b.Theirs.Text, b.Theirs.shareRun(), b.Ours.shareRun(), b.Budget}
}

// shareRun returns how many of the cases that were run count for the part, and how many of them are
// open: "5 of 7", or "1 of 3, 1 open, 4 not run".
func (p Part) shareRun() string {
	run := p.For + p.Against + p.Open
	if run == 0 {
		return "not run"
	}
	text := fmt.Sprintf("%d of %d", p.For, run)
	if p.Open > 0 {
		text += fmt.Sprintf(", %d open", p.Open)
	}
	if run < p.All {
		text += fmt.Sprintf(", %d not run", p.All-run)
	}
	return text
}
