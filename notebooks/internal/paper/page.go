package paper

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// pageOf returns the page of all results: the claims, then every experiment. It says what has not
// been run.
func pageOf(r *Results) document {
	d := document{title: "Flows for flows: the paper, and what comes out here"}
	d.paragraph(`Every experiment of Klein, Raine and Golling, "Flows for Flows: Training Normalizing Flows Between Arbitrary Distributions with Maximum Likelihood Estimation" (arXiv:2211.02487), and some beyond it, ` +
		`made by "go run ./notebooks paper". All numbers are in results.json, each with the fingerprint of its plan, its seed, budget, machine and time.`)
	for _, b := range budgets {
		if n := r.countOf(b.Name); n > 0 {
			d.paragraph("Budget %s: %s; %d cases.", b.Name, b.About, n)
		}
	}
	if r.anyFast() {
		d.paragraph("By the fast recipe means by f4f.Fast, except that a flow for flow doesn't start near the identity: it starts at random or, where the method says so, at the identity.")
	}
	if machines := r.machines(); len(machines) > 0 {
		made := "Made on " + strings.Join(machines, "; ") + "."
		if seconds := r.trained(); seconds > 0 {
			made += fmt.Sprintf(" Training the flows below took %s (without those trained together).", hours(seconds))
		}
		d.paragraph("%s", made)
	} else {
		d.paragraph("Nothing has been run yet.")
	}
	d.paragraph("The number after ± is one standard error. With several seeds it is that of the seeds. With one seed it is that of the measurement alone, and other seeds may differ by more. Each number is shown at the largest budget at which it was measured.")

	all := claims(r)
	d.heading(2, "The paper's claims")
	d.table([]string{"claim, and its parts", "cases for it", "budget and seeds"}, claimRows(all))
	d.paragraph("A claim is held if all its parts are held, and not held if one part is not held. A case counts for a part or against it if it is beyond the threshold by more than two standard errors, or with few seeds by as many more as Student's distribution requires. "+
		"A part is held if at least %g%% of its cases count for it, not held if so many count against it that %g%% no longer can, and unclear otherwise. Numbers of the budget %s decide nothing.",
		100*most, 100*most, budgets[len(budgets)-1].Name)
	for _, c := range all {
		d.heading(3, fmt.Sprintf("(%s) %s", c.Letter, c.Verdict))
		for _, p := range c.Parts {
			d.paragraph("%s: %s. The rule: %s. Cases: %s.", p.Text, p.Verdict, p.Rule, p.tally())
			d.foldedList(fmt.Sprintf("%d cases", len(p.Evidence)), p.Evidence)
		}
	}
	d.besideTable(besides(r))
	for _, e := range Experiments() {
		d.heading(2, e.Title)
		d.paragraph("%s", e.About)
		d.paragraph("%s", r.progress(e))
		d.tables(r, e)
		for _, f := range e.Figures {
			if drawn := r.bestDrawn(f.name); drawn != nil {
				d.figure(drawn.Files[0], fmt.Sprintf("%s Budget: %s.", f.caption, drawn.Label))
			}
		}
	}
	return d
}

// claimRows returns a row for each claim, followed by a row for each of its parts.
func claimRows(all []Claim) (rows [][]string) {
	for _, c := range all {
		rows = append(rows, []string{"(" + c.Letter + ") " + c.Text, "", ""})
		for _, p := range c.Parts {
			rows = append(rows, []string{"– " + p.Text, p.share(), strings.Join(p.Budgets, "; ")})
		}
	}
	return rows
}

// besideTable adds the section about flows4flows itself, if it has been run.
func (d *document) besideTable(all []Beside) {
	if len(all) == 0 {
		return
	}
	var rows [][]string
	for _, b := range all {
		rows = append(rows, b.row())
	}
	d.heading(2, "The claims by flows4flows itself")
	d.paragraph("The authors' own code, trained by the paper's recipe at the budget of the row, and this library in the same cases at the same budget. Both are measured by the same code, and judged by the rules above.")
	d.table([]string{"claim, and its part", "cases for it, flows4flows", "this library", "budget and seeds"}, rows)
	for _, b := range all {
		d.foldedList(fmt.Sprintf("(%s) %s, by flows4flows (%s): %d cases", b.Letter, b.Theirs.Text, b.Budget, len(b.Theirs.Evidence)), b.Theirs.Evidence)
		d.foldedList(fmt.Sprintf("by this library: %d cases", len(b.Ours.Evidence)), b.Ours.Evidence)
	}
}

// tables adds the tables of an experiment.
func (d *document) tables(r *Results, e Experiment) {
	switch e.Name {
	case "bound":
		d.boundTable(r, e)
	case "table1":
		d.pivot(r, "Mean L1 displacement", movedL1)
		d.pivot(r, "Mean Euclidean displacement", movedEuclidean)
		d.pivot(r, "KL to the truth, in nats", kl)
	case "bases":
		d.basesTable(r)
	case "trade": // its numbers are in the tables of the other experiments
	case "fig6", "appB":
		d.conditionalTable(r, e)
	default:
		d.longTable(r, e)
	}
}

// ways returns an experiment's cases without their seeds. Cases with one subject are together, in
// the order of the table.
func (e Experiment) ways() (all []Case) {
	for _, c := range e.Cases {
		c.Seed = 0
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Case) int {
		place := func(c Case) int {
			return slices.IndexFunc(all, func(other Case) bool { return other.subject() == c.subject() })
		}
		return place(a) - place(b)
	})
	return all
}

// longTable adds a table with a row for each way, with all that was measured of it.
func (d *document) longTable(r *Results, e Experiment) {
	var rows [][]string
	for _, c := range e.ways() {
		at, ok := r.answers(question{c, kl, ""}, question{c, movedL1, ""}, question{c, movedEuclidean, ""}, question{c, outside, ""}, question{c, sliced, ""})
		if !ok {
			continue
		}
		rows = append(rows, []string{c.subject(), c.Method, at[0].String(), at[1].String(), at[2].String(), inPercent(at[3]), at[4].String(), of(at[0])})
	}
	d.table([]string{"", "method", "KL to the truth (nats)", "L1 displacement", "Euclidean", "outside", "sliced Wasserstein", "budget"}, rows)
}

// pivot adds Table 1 for one number: a row for each set, a column for each method.
func (d *document) pivot(r *Results, title, name string) {
	methods := []string{flowForFlow, withPenalty, baseTransfer, penaltyOnly, identityStart, identityBoth}
	var rows [][]string
	for _, s := range sets {
		row, any := []string{s.Name()}, false
		for _, m := range methods {
			cell := "not run"
			if at, ok := r.answers(question{identity(s.Name(), m), name, ""}); ok {
				cell, any = fmt.Sprintf("%s (%s)", at[0], of(at[0])), true
			}
			row = append(row, cell)
		}
		if name != kl {
			cell := "not run"
			if at, ok := r.answers(question{identity(s.Name(), optimalPairing), name, ""}); ok {
				cell = at[0].String()
			}
			row = append(row, cell)
		}
		if any {
			rows = append(rows, row)
		}
	}
	head := append([]string{title}, methods...)
	if name != kl {
		head = append(head, optimalPairing)
	}
	d.table(head, rows)
}

func (d *document) boundTable(r *Results, e Experiment) {
	var rows [][]string
	for _, c := range e.ways() {
		at, ok := r.answers(question{c, movedL1, ""}, question{c, movedEuclidean, ""}, question{c, randomL1, ""}, question{c, randomEuclid, ""})
		if !ok {
			continue
		}
		points := ""
		if record := r.find(Case{Left: c.Left, Right: c.Right, Method: c.Method, Seed: 1}, at[0].Label); record != nil {
			n, _ := record.number(movedL1, "")
			points = fmt.Sprint(n.Points)
		}
		rows = append(rows, []string{c.subject(), at[0].String(), at[1].String(), points, at[2].String(), at[3].String()})
	}
	d.table([]string{"", "optimal pairing, L1", "Euclidean", "points", "paired at random, L1", "Euclidean"}, rows)
}

// theirNLL is the validation loss, in nats, of the bases that the authors released, trained for 32
// epochs. For four circles there is none that can be trusted.
var theirNLL = map[string]float64{
	data.Ring().Name(): 2.976, data.ConcentricRings().Name(): 2.801, data.Checkerboard().Name(): 3.482, data.TwoSpirals().Name(): 2.657, data.Star().Name(): 1.289, data.EightStar().Name(): 1.979,
}

func (d *document) basesTable(r *Results) {
	var rows [][]string
	for _, s := range sets {
		at, ok := r.answers(question{Case{Left: s.Name(), Method: learnedBase}, kl, ""})
		if !ok {
			continue
		}
		theirs := "unknown"
		if nll, known := theirNLL[s.Name()]; known {
			theirs = fmt.Sprintf("%.4f", nll-s.Entropy())
		}
		rows = append(rows, []string{s.Name(), fmt.Sprintf("%.4f", s.Entropy()), at[0].String(), of(at[0]), theirs})
	}
	d.table([]string{"", "true entropy (nats)", "KL to the truth", "budget", "the authors', 32 epochs: NLL − entropy"}, rows)
}

// conditionalTable adds a table for each family. It has a row for each way, and for each condition
// a column for the points outside, one for the KL and one for the displacement.
func (d *document) conditionalTable(r *Results, e Experiment) {
	for _, f := range families {
		head := []string{"", "method"}
		for _, name := range []string{"outside", "KL", "moved by"} {
			for _, to := range f.to {
				head = append(head, name+", "+to.name)
			}
		}
		var rows [][]string
		for _, c := range e.ways() {
			if c.Family != f.name {
				continue
			}
			row, label := []string{c.subject(), c.Method}, ""
			for _, name := range []string{outside, kl, movedEuclidean} {
				for _, to := range f.to {
					cell := ""
					if at, ok := r.answers(question{c, name, to.name}); ok {
						cell, label = at[0].String(), of(at[0])
						if name == outside {
							cell = inPercent(at[0])
						}
					}
					row = append(row, cell)
				}
			}
			if label != "" {
				rows = append(rows, append(row, label))
			}
		}
		d.table(append(head, "budget"), rows)
	}
}

// bestDrawn returns the figure with the name and the most significant label, or nil.
func (r *Results) bestDrawn(name string) *Drawn {
	for _, l := range labels() {
		if d := r.drawn(name, l); d != nil {
			return d
		}
	}
	return nil
}

// countOf returns the number of a budget's records that have numbers.
func (r *Results) countOf(budget string) (n int) {
	for _, record := range r.Records {
		if record.Budget == budget && record.Failed == "" {
			n++
		}
	}
	return n
}

// anyFast reports whether something was trained by the fast recipe.
func (r *Results) anyFast() bool {
	return slices.ContainsFunc(r.Records, func(record Record) bool { return record.Fast })
}

// machines returns all machines that the numbers come from.
func (r *Results) machines() (all []string) {
	for _, record := range r.Records {
		if m := record.Machine.String(); !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// trained returns the seconds of all trainings in the results. It counts each flow once, and leaves
// out those that were trained together.
func (r *Results) trained() (seconds float64) {
	seen := map[string]bool{}
	for _, record := range r.Records {
		if !record.Together && !seen[record.Fingerprint] {
			seen[record.Fingerprint] = true
			seconds += float64(record.Trained)
		}
	}
	return seconds
}

// hours returns a time in seconds, minutes or hours, for a person to read.
func hours(seconds float64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	}
	return fmt.Sprintf("%.1f h", seconds/3600)
}
