package f4f

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
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

// The batches of the default recipe: that of a source, and the least of a table. Where rows are few,
// small batches make more steps of them, at a rate of their own, and fewer are learnt by heart.
const (
	fullBatch, leastBatch = 128, 16
	tableRate             = 2e-3
)

// batchFor is the batch for tables of which an epoch takes so many rows: the greatest power of two
// by which mostEpochs make fullSteps, but at least leastBatch, and no more rows than the shortest has.
func batchFor(longest, shortest int) int {
	wanted := min(max(longest*mostEpochs/fullSteps, leastBatch), fullBatch, max(shortest, 1))
	return 1 << (bits.Len(uint(wanted)) - 1)
}

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

// drawn returns the training and validation data of a source. salt keeps two sources that share a
// seed from sharing their draws.
func (r Recipe) drawn(s data.Source, salt uint64) (dataset.Data, error) {
	train, held := r.trainingRows(s)
	return dataset.Drawn(s, train, held, r.Batch, r.Seed^salt)
}

// rows is how many points of each source the recipe trains on, at most and at least. An epoch goes
// through the longest.
func (r Recipe) rows(sources []data.Source) (longest, shortest int) {
	shortest = math.MaxInt
	for _, source := range sources {
		n, _ := r.trainingRows(source)
		longest, shortest = max(longest, n), min(shortest, n)
	}
	return longest, shortest
}

func isTable(s data.Source) bool {
	_, finite := s.(data.Finite)
	return finite
}

func isEndless(s data.Source) bool { return !isTable(s) }

// batch is the recipe's, or the one that suits the sources.
func (r Recipe) batch(sources []data.Source) int {
	switch {
	case r.Batch != 0:
		return r.Batch
	case r.Tables && slices.ContainsFunc(sources, isTable):
		return batchFor(r.rows(sources))
	}
	return fullBatch
}

// settled is the recipe for training on these sources, with nothing left in it that depends on
// them: epochs in place of steps, the batch, and what Tables stands for. Without epochs of its own
// and without steps it has the paper's. penalised tells that more is minimised than the held-out
// rows are scored by, so that they can't tell the best epoch.
func (s settings) settled(paperEpochs int, penalised bool, sources ...data.Source) (settings, error) {
	r := s.recipe
	if r.Steps < 0 {
		return s, fmt.Errorf("steps must be at least 1 (0 for the paper's epochs), got %d", r.Steps)
	}
	table := r.Tables && slices.ContainsFunc(sources, isTable)
	r.Batch = r.batch(sources)
	budget := 0 // points to go through
	if !s.epochsSet {
		budget = r.Steps * r.Batch
	}
	if budget > 0 && slices.ContainsFunc(sources, isEndless) {
		r.Points = min(r.Points, budget)
	}
	longest, _ := r.rows(sources)
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
		r.LearningRate = tableRate
	default:
		r.LearningRate = rateFor(r.Epochs * max(longest/r.Batch, 1))
	}
	r.Steps, r.Tables = 0, false
	s.recipe, s.epochsSet = r, true
	return s, nil
}
