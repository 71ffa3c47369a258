package paper

import (
	"fmt"
	"strings"
)

// Beside is a part of a claim by flows4flows itself, in the cases in which it has been run at one
// budget, and the same part by this library in those cases at that budget.
type Beside struct {
	Letter string `json:"letter"` // of the claim
	Budget string `json:"budget"` // with the number of seeds: "tenth, 3 seeds"
	Theirs Part   `json:"flows4flows"`
	Ours   Part   `json:"ours"`
}

// besides returns all parts of claims in which flows4flows has been run, first those at the most
// significant label. The rules are those of the claims.
func besides(r *Results) (all []Beside) {
	for _, l := range labels() {
		their, own := besideAt(r, l)
		ownClaims := claims(own)
		for i, c := range claims(their) {
			for k, p := range c.Parts {
				if p.Verdict != NotRun {
					all = append(all, Beside{c.Letter, strings.Join(p.Budgets, "; "), p, ownClaims[i].Parts[k]})
				}
			}
		}
	}
	return all
}

// besideAt returns the records of flows4flows with a label as if they were by the methods that they
// stand beside, and our records with the same cases and label. Both come with the pairings, for
// which nothing is trained.
func besideAt(r *Results, l Label) (their, own *Results) {
	their, own = &Results{}, &Results{}
	for _, record := range r.Records {
		switch m := record.beside(); {
		case record.Method == optimalPairing:
			their.Records, own.Records = append(their.Records, record), append(own.Records, record)
		case m != "" && record.Label == l:
			record.Method = m
			their.Records = append(their.Records, record)
			if ours := r.find(record.Case, l); ours != nil {
				own.Records = append(own.Records, *ours)
			}
		}
	}
	return their, own
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
