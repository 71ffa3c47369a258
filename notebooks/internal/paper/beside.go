package paper

import "strings"

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
