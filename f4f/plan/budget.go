package plan

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
//
// A table with weights is trained like one of as many rows as its weights are worth. Batches are
// larger in the same proportion, up to mostBatch, so that the gradients of a step vary as much. Of
// 40,000 rows worth 8,000, flows of batches of 32 ended at a KL of 0.05 nats, of batches of 64 at
// 0.02, and those of 8,000 rows of equal weight at 0.03.
const (
	fullBatch, leastBatch, mostBatch = 128, 16, 512
	tableRate                        = 2e-3
)

// batchFor returns the batch size for tables, given the rows of the longest and of the shortest
// source, and what a row is worth: the greatest power of two with which mostEpochs epochs make
// fullSteps steps, but at least leastBatch and at most fullBatch rows of full worth, and no more
// than the rows of the shortest source.
func batchFor(longest, shortest int, worth float64) int {
	wanted := min(max(int(float64(longest)*worth)*mostEpochs/fullSteps, leastBatch), fullBatch)
	wanted = int(min(float64(wanted)/worth, mostBatch, float64(max(shortest, 1))))
	return 1 << (bits.Len(uint(wanted)) - 1)
}

// worthOf returns what a row is worth, at most 1: the effective number of points of a table over
// its rows, the least of all sources.
func worthOf(sources []data.Source) float64 {
	worth := 1.0
	for _, s := range sources {
		if table, ok := s.(data.Finite); ok && table.Points().Weighted() {
			worth = min(worth, table.Points().EffectiveSampleSize()/float64(table.Points().Len()))
		}
	}
	return worth
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

// TrainingRows returns how many points of a source the recipe trains on, and how many more it holds
// out. For a table both are shares of its rows.
func (r Recipe) TrainingRows(s data.Source) (train, held int) {
	table, ok := s.(data.Finite)
	if !ok {
		return r.Samples, int(math.Round(float64(r.Samples) * r.Validation))
	}
	all := table.Points().Len()
	held = int(math.Round(float64(all) * r.Validation))
	return all - held, held
}

// rows returns the largest and the smallest number of training points among the sources. An epoch
// goes through the largest.
func (r Recipe) rows(sources []data.Source) (longest, shortest int) {
	shortest = math.MaxInt
	for _, source := range sources {
		n, _ := r.TrainingRows(source)
		longest, shortest = max(longest, n), min(shortest, n)
	}
	return longest, shortest
}

// isEndless reports whether a source draws as many points as asked for.
func isEndless(s data.Source) bool { return !dataset.IsTable(s) }

// BatchFor returns the recipe's batch size, or the one that suits the sources.
func (r Recipe) BatchFor(sources []data.Source) int {
	switch {
	case r.Batch != 0:
		return r.Batch
	case r.Tables && slices.ContainsFunc(sources, dataset.IsTable):
		longest, shortest := r.rows(sources)
		return batchFor(longest, shortest, worthOf(sources))
	}
	return fullBatch
}

// Resolved returns the recipe for these sources, which no longer depends on them: it has Epochs in
// place of Steps, a batch size and a learning rate, and the fields that Tables stands for.
// epochsSet says to take Epochs as they are. Otherwise they follow from Steps, or are paperEpochs
// if there are no Steps. penalised says that the loss has penalties, which the validation loss
// leaves out, so that the best epoch can't be known.
func (r Recipe) Resolved(epochsSet bool, paperEpochs int, penalised bool, sources ...data.Source) (Recipe, error) {
	if r.Steps < 0 {
		return r, fmt.Errorf("steps must be at least 1 (0 for the paper's epochs), got %d", r.Steps)
	}
	if r.Bootstrap > 0 && !slices.ContainsFunc(sources, dataset.IsTable) {
		return r, fmt.Errorf("a bootstrap replicate (number %d) needs a table to draw rows from, and the source draws new points: set Seed instead, or use a table (data.FromPoints)", r.Bootstrap)
	}
	table := r.Tables && slices.ContainsFunc(sources, dataset.IsTable)
	r.Batch = r.BatchFor(sources)
	budget := 0 // number of points to go through
	if !epochsSet {
		budget = r.Steps * r.Batch
	}
	if budget > 0 && slices.ContainsFunc(sources, isEndless) {
		r.Samples = min(r.Samples, budget)
	}
	longest, _ := r.rows(sources)
	switch {
	case epochsSet:
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
	return r, nil
}
