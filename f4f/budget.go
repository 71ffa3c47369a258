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

// This file adapts a recipe to the data: Steps become epochs, and a table gets the settings
// that tables need.

// mostEpochs is the largest number of epochs that Steps turns into. With more passes over few
// points, a flow would learn them by heart.
const mostEpochs = 40

// The default recipe has fullSteps steps. Its learning rate is fullRate for as many steps or more,
// and at most highestRate for fewer.
const (
	fullSteps             = 31_250
	fullRate, highestRate = 1e-3, 3e-3
)

// The default recipe has batches of fullBatch points for a source, and of at least leastBatch rows
// for a table. For a table of few rows, small batches make more steps, at the learning rate
// tableRate, and fewer rows are learnt by heart.
const (
	fullBatch, leastBatch = 128, 16
	tableRate             = 2e-3
)

// batchFor returns the batch size for tables, given the rows of the longest and of the shortest
// source: the greatest power of two with which mostEpochs epochs make fullSteps steps, but at least
// leastBatch, at most fullBatch, and no more than the rows of the shortest source.
func batchFor(longest, shortest int) int {
	wanted := min(max(longest*mostEpochs/fullSteps, leastBatch), fullBatch, max(shortest, 1))
	return 1 << (bits.Len(uint(wanted)) - 1)
}

// rateFor returns the learning rate for this many steps, rounded to two digits. With fewer steps
// the rate must be higher to get anywhere.
func rateFor(steps int) float64 {
	rate := min(max(fullRate*fullSteps/float64(max(steps, 1)), fullRate), highestRate)
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(rate, 'e', 1, 64), 64)
	if err != nil {
		return rate // can't happen: the number was formatted here
	}
	return rounded
}

// trainingRows returns how many points of a source the recipe trains on, and how many more it holds
// out. For a table both are shares of its rows.
func (r Recipe) trainingRows(s data.Source) (train, held int) {
	table, ok := s.(data.Finite)
	if !ok {
		return r.Points, int(math.Round(float64(r.Points) * r.Validation))
	}
	all := table.Points().Len()
	held = int(math.Round(float64(all) * r.Validation))
	return all - held, held
}

// drawn returns the training and validation data of a source. salt keeps two sources with the same
// seed from sharing their draws.
func (r Recipe) drawn(s data.Source, salt uint64) (dataset.Data, error) {
	train, held := r.trainingRows(s)
	return dataset.Draw(s, train, held, r.Batch, r.Seed^salt)
}

// rows returns the largest and the smallest number of training points among the sources. An epoch
// goes through the largest.
func (r Recipe) rows(sources []data.Source) (longest, shortest int) {
	shortest = math.MaxInt
	for _, source := range sources {
		n, _ := r.trainingRows(source)
		longest, shortest = max(longest, n), min(shortest, n)
	}
	return longest, shortest
}

// isTable reports whether a source is a table of points.
func isTable(s data.Source) bool {
	_, finite := s.(data.Finite)
	return finite
}

// isEndless reports whether a source draws as many points as asked for.
func isEndless(s data.Source) bool { return !isTable(s) }

// batch returns the recipe's batch size, or the one that suits the sources.
func (r Recipe) batch(sources []data.Source) int {
	switch {
	case r.Batch != 0:
		return r.Batch
	case r.Tables && slices.ContainsFunc(sources, isTable):
		return batchFor(r.rows(sources))
	}
	return fullBatch
}

// settled returns settings whose recipe no longer depends on the sources: it has Epochs in place of
// Steps, a batch size and a learning rate, and the fields that Tables stands for. If neither Epochs
// nor Steps is set, it has paperEpochs. penalised says that the loss has penalties, which the
// validation loss leaves out, so that the best epoch can't be known.
func (s settings) settled(paperEpochs int, penalised bool, sources ...data.Source) (settings, error) {
	r := s.recipe
	if r.Steps < 0 {
		return s, fmt.Errorf("steps must be at least 1 (0 for the paper's epochs), got %d", r.Steps)
	}
	table := r.Tables && slices.ContainsFunc(sources, isTable)
	r.Batch = r.batch(sources)
	budget := 0 // number of points to go through
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
	// A table does not get EarlyStop as well, because that leaves the learning rate high: with five
	// features and 10,000 rows it lost 0.02 nats against all 40 epochs, which take no longer than
	// other plans do.
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
