package paper

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Budget determines how much is trained and measured.
type Budget struct {
	Name, About      string
	Share            float64 // share of the paper's product of epochs and points
	Points           int     // points of a single epoch, in place of Share; 0 to use Share
	Seeds            int     // seeds of a case, at most
	Evaluated        int     // points that a number is measured with
	Paired, Pairings int     // points of an optimal pairing, and number of pairings
	Together         bool    // trains flows of one shape as one program: with so few steps, compiling would take most of the time
}

// Budgets, the largest first.
var budgets = []Budget{
	{Name: "paper", About: "the paper's epochs of a million points", Share: 1, Seeds: 3, Evaluated: 100_000, Paired: 1000, Pairings: 3},
	{Name: "tenth", About: "a tenth of the paper's steps", Share: 0.1, Seeds: 3, Evaluated: 100_000, Paired: 1000, Pairings: 3},
	{Name: "hundredth", About: "a hundredth of the paper's steps", Share: 0.01, Seeds: 1, Evaluated: 100_000, Paired: 1000, Pairings: 3},
	{Name: "quick", About: "256 steps a flow and a single seed, to check that everything works; its numbers decide nothing", Points: 32_768, Seeds: 1, Evaluated: 5000, Paired: 300, Pairings: 2, Together: true},
}

// paperPoints is the number of points in an epoch of the paper (section 3).
const paperPoints = 1_000_000

// BudgetOf returns the budget with the name, or an error that lists the budgets.
func BudgetOf(name string) (Budget, error) {
	var known []string
	for _, b := range budgets {
		if b.Name == name {
			return b, nil
		}
		known = append(known, b.Name)
	}
	return Budget{}, fmt.Errorf("paper: the budget must be one of %s, got %q", strings.Join(known, ", "), name)
}

// casesOf returns the cases whose seeds the budget includes.
func (b Budget) casesOf(all []Case) []Case {
	return slices.DeleteFunc(slices.Clone(all), func(c Case) bool {
		most := uint64(b.Seeds)
		if c.Method == learnedBase {
			most *= 2 // the two sides have different ones
		}
		return c.Seed > most
	})
}

// schedule returns the budget's epochs and points in place of a number of epochs of 10⁶ points. It
// uses as few epochs as possible, so that as many points as possible are new.
func (b Budget) schedule(epochs int) (of, points int) {
	if b.Points > 0 {
		return 1, b.Points
	}
	of = max(1, int(math.Round(float64(epochs)*b.Share)))
	return of, int(math.Round(paperPoints * float64(epochs) * b.Share / float64(of)))
}
