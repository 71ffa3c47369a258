package paper

import (
	"fmt"
	"strings"
)

// coverage returns how much of every experiment has been run.
func coverage(r *Results) (all []Covers) {
	for _, e := range Experiments() {
		all = append(all, Covers{e.Name, e.Title, r.progress(e)})
	}
	return all
}

// progress returns a sentence that says how much of an experiment has been run, by budget.
func (r *Results) progress(e Experiment) string {
	var parts []string
	for _, b := range budgets {
		for _, l := range []Label{{b.Name, false}, {b.Name, true}} {
			done, failed := 0, 0
			all := b.casesOf(e.Cases)
			for _, c := range all {
				switch record := r.find(c, l); {
				case record == nil:
				case record.Failed != "":
					failed++
				default:
					done++
				}
			}
			if done+failed == 0 {
				continue
			}
			part := fmt.Sprintf("%d of %d cases at the budget %s", done, len(all), l)
			if failed > 0 {
				part += fmt.Sprintf(", %d failed", failed)
			}
			parts = append(parts, part)
		}
	}
	if parts == nil {
		return "Not run yet."
	}
	return "Run: " + strings.Join(parts, "; ") + "."
}
