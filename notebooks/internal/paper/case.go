package paper

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// Case is one thing to measure: a way from a distribution to another, a learned density, or how far
// apart two distributions are. It names what plans.go makes of it.
type Case struct {
	Left   string `json:"left"`             // the set that points come from
	Right  string `json:"right,omitempty"`  // the set that they go to; none of a learned base
	Family string `json:"family,omitempty"` // of conditions; none without
	Method string `json:"method"`
	Seed   uint64 `json:"seed"` // from 1; of a learned base its own
}

// String reads as what it is: "star → ring, flow for flow, seed 1".
func (c Case) String() string {
	return fmt.Sprintf("%s, %s, seed %d", c.subject(), c.Method, c.Seed)
}

// subject is what the case is about, whatever the method: "star → ring", "star rotated", "star".
func (c Case) subject() string {
	switch {
	case c.Family != "":
		return c.Left + " " + c.Family
	case c.Right == "":
		return c.Left
	}
	return c.Left + " → " + c.Right
}

// source is the case's set under its family's conditions.
func (c Case) source() *data.Warped {
	return familyOf(c.Family).of(setOf(c.Left))
}

// Experiment is a part of the page: cases to measure, and figures of them.
type Experiment struct {
	Name    string // as -only has it
	Title   string
	About   string // for the page
	Cases   []Case
	Weights []Case // those of them whose transports are published, beside the numbers of all
	Figures []figure
}

// casesOf are those cases that a budget has seeds for.
func (b Budget) casesOf(all []Case) []Case {
	return slices.DeleteFunc(slices.Clone(all), func(c Case) bool {
		most := uint64(b.Seeds)
		if c.Method == learnedBase {
			most *= 2 // either side has its own
		}
		return c.Seed > most
	})
}

// Budget is how much is trained and measured.
type Budget struct {
	Name, About      string
	Share            float64 // of the paper's epochs times points
	Points           int     // of a single epoch, in place of a share; 0 for none
	Seeds            int     // of a case, at most
	Evaluated        int     // points that a number is measured with
	Paired, Pairings int     // points of an optimal pairing, and how many are made
	Together         bool    // flows of one shape are trained as one program: steps are so few that compiling would take most of the time
}

// recipes make plans for a budget.
type recipes struct {
	budget Budget
	fast   bool
	store  string
}

// pair is two sets, which may be the same.
type pair struct{ left, right string }

func (p pair) String() string { return Case{Left: p.left, Right: p.right}.subject() }

// family is a set's distributions under conditions, and those that are measured: points go from one
// to each of the others.
type family struct {
	name string
	of   func(data.Source) *data.Warped
	from stop
	to   []stop
}

// stop is a condition and what it is called.
type stop struct {
	name  string
	value float32
}

// familyOf is the family of a name that a case has.
func familyOf(name string) family {
	for _, f := range families {
		if f.name == name {
			return f
		}
	}
	panic(fmt.Sprintf("paper: there is no family %q among those of the table", name)) // a slip in the table, which a test finds
}

func names(all ...data.Exact) (names []string) {
	for _, s := range all {
		names = append(names, s.Name())
	}
	return names
}

// union is all of both, each once, in order.
func union(a, b []pair) []pair {
	all := slices.Clone(a)
	for _, p := range b {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// fileName is a text as part of a file's name: "star → ring" becomes "star-ring".
func fileName(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

// BudgetOf is the budget of a name, or an error that lists what there is.
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

// chosen are the experiments of the names given, in the table's order; all of them for no name.
func chosen(only []string) ([]Experiment, error) {
	all := Experiments()
	var known []string
	for _, e := range all {
		known = append(known, e.Name)
	}
	for _, name := range only {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("paper: experiments are %s; got %q", strings.Join(known, ", "), name)
		}
	}
	if len(only) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(e Experiment) bool { return !slices.Contains(only, e.Name) }), nil
}
