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
