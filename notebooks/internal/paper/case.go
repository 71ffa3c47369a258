package paper

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// Case is one thing to measure: a way from one distribution to another, a learned density, or the
// distance between two distributions. It only names what to measure; plans.go makes the plans.
type Case struct {
	Left   string `json:"left"`             // the set that points come from
	Right  string `json:"right,omitempty"`  // the set that points are mapped to; "" for a learned base
	Family string `json:"family,omitempty"` // name of the family of conditions; "" without conditions
	Method string `json:"method"`
	Seed   uint64 `json:"seed"` // from 1; for a learned base, the base's own seed
}

// String returns a description such as "star → ring, flow for flow, seed 1".
func (c Case) String() string {
	return fmt.Sprintf("%s, %s, seed %d", c.subject(), c.Method, c.Seed)
}

// subject returns what the case is about, without the method: "star → ring", "star rotated",
// "star".
func (c Case) subject() string {
	switch {
	case c.Family != "":
		return c.Left + " " + c.Family
	case c.Right == "":
		return c.Left
	}
	return c.Left + " → " + c.Right
}

// source returns the case's set under its family's conditions.
func (c Case) source() *data.Warped {
	return familyOf(c.Family).of(setOf(c.Left))
}

// Experiment is a section of the page: cases to measure, and figures of them.
type Experiment struct {
	Name    string // as in -only
	Title   string
	About   string // for the page
	Cases   []Case
	Weights []Case // the cases whose trained transports are published, besides the numbers
	Figures []figure
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

// recipes makes plans for a budget.
type recipes struct {
	budget Budget
	fast   bool
	store  string
}

// pair is two sets, which may be equal.
type pair struct{ left, right string }

func (p pair) String() string { return Case{Left: p.left, Right: p.right}.subject() }

// family is a set's distributions under conditions, with the conditions to measure: points are
// mapped from one condition to each of the others.
type family struct {
	name string
	of   func(data.Source) *data.Warped
	from stop
	to   []stop
}

// stop is a condition with its name.
type stop struct {
	name  string
	value float32
}

// familyOf returns the family with the name, which must be one of the table.
func familyOf(name string) family {
	for _, f := range families {
		if f.name == name {
			return f
		}
	}
	panic(fmt.Sprintf("paper: there is no family %q among those of the table", name)) // a mistake in the table, which a test finds
}

func names(all ...data.Distribution) (names []string) {
	for _, s := range all {
		names = append(names, s.Name())
	}
	return names
}

// union returns all of both lists, each once, in order.
func union(a, b []pair) []pair {
	all := slices.Clone(a)
	for _, p := range b {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// fileName returns a text as part of a file's name: "star → ring" becomes "star-ring".
func fileName(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

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

// chosen returns the named experiments in the table's order, or all experiments if no name is
// given. It returns an error on an unknown name.
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
