package paper

import "time"

// Cost is what an experiment costs.
type Cost struct {
	Name, Title string
	Cases       int           // number of cases that none of the experiments before has
	Flows       int           // number of flows to train, likewise
	Steps       int           // training steps of those flows
	Time        time.Duration // an estimate, on two cores, compiling and measuring included
}

// Costs returns the costs of the chosen experiments at the budget, if nothing is trained yet. It
// returns an error on an unknown budget or experiment.
func (o Options) Costs() ([]Cost, error) {
	budget, err := BudgetOf(o.Budget)
	if err != nil {
		return nil, err
	}
	experiments, err := chosen(o.Only)
	if err != nil {
		return nil, err
	}
	r := recipes{budget: budget, fast: o.Fast}
	var all []Cost
	seen, measured := map[string]bool{}, map[Case]bool{}
	for _, e := range experiments {
		w := newWork(nil)
		for _, c := range budget.casesOf(e.Cases) {
			if measured[c] || !o.runs(c) {
				continue
			}
			measured[c] = true
			trainings, _, err := r.trainings(c)
			if err != nil {
				return nil, err
			}
			var own []training
			for _, t := range trainings {
				if !seen[t.print] {
					seen[t.print] = true
					own = append(own, t)
				}
			}
			w.plan(own)
		}
		cost := Cost{Name: e.Name, Title: e.Title, Cases: w.cases, Flows: len(w.left), Time: w.remaining().Round(time.Second)}
		for _, t := range w.left {
			cost.Steps += t.steps
		}
		all = append(all, cost)
	}
	return all, nil
}
