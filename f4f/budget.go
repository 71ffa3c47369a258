package f4f

import (
	"fmt"
	"math"
	"strconv"

	"github.com/flowsforflows/flows/data"
)

// How a recipe is suited to the data: a budget in steps becomes epochs, and a table gets what
// tables need.

// mostEpochs is how often a budget goes through the same points, which a flow learns by heart where
// they are few.
const mostEpochs = 40

// The steps of the default recipe, the learning rate of as many steps or more, and the highest that
// fewer have.
const (
	fullSteps             = 31_250
	fullRate, highestRate = 1e-3, 3e-3
)

// rateFor is the learning rate that goes with so many steps, to two digits: the fewer the steps,
// the higher it must be to get anywhere.
func rateFor(steps int) float64 {
	rate := min(max(fullRate*fullSteps/float64(max(steps, 1)), fullRate), highestRate)
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(rate, 'e', 1, 64), 64)
	if err != nil {
		return rate // which can't be: it was formatted here
	}
	return rounded
}

// trainingRows is how many points of a source the recipe trains on, and how many it holds out
// besides: of a table shares of its rows.
func (r Recipe) trainingRows(s data.Source) (train, held int) {
	table, ok := s.(data.Finite)
	if !ok {
		return r.Points, int(math.Round(float64(r.Points) * r.Validation))
	}
	all := table.Points().Len()
	held = int(math.Round(float64(all) * r.Validation))
	return all - held, held
}

// settled is the recipe for training on these sources, with nothing left in it that depends on
// them: epochs in place of steps, and what Tables stands for. Without epochs of its own and without
// steps it has the paper's. penalised tells that more is minimised than the held-out rows are
// scored by, so that they can't tell the best epoch.
func (s settings) settled(paperEpochs int, penalised bool, sources ...data.Source) (settings, error) {
	r := s.recipe
	if r.Steps < 0 {
		return s, fmt.Errorf("steps must be at least 1 (0 for the paper's epochs), got %d", r.Steps)
	}
	budget := 0 // points to go through
	if !s.epochsSet {
		budget = r.Steps * r.Batch
	}
	if budget > 0 {
		r.Points = min(r.Points, budget)
	}
	longest, table := 0, false
	for _, source := range sources {
		rows, _ := r.trainingRows(source)
		longest = max(longest, rows) // which an epoch goes through
		_, finite := source.(data.Finite)
		table = table || finite
	}
	table = table && r.Tables
	switch {
	case s.epochsSet:
	case budget == 0:
		r.Epochs = paperEpochs
	default:
		r.Epochs = min(max(int(math.Round(float64(budget)/float64(max(longest, 1)))), 1), mostEpochs)
	}
	// Stopping early besides would leave the rate high: of five features and 10,000 rows it lost
	// 0.02 nats against all 40 epochs, which take no longer than other plans do.
	r.KeepBest = r.KeepBest || table && r.Validation > 0 && !penalised
	switch {
	case r.LearningRate != 0 || r.Batch < 1:
	case table:
		r.LearningRate = fullRate // a higher one has few rows learnt by heart: of five features and 500 rows, 0.1 nats are lost at 3e-3
	default:
		r.LearningRate = rateFor(r.Epochs * max(longest/r.Batch, 1))
	}
	r.Steps, r.Tables = 0, false
	s.recipe, s.epochsSet = r, true
	return s, nil
}
