package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// Preparation holds a proposal of Prepare for each column [D], in their order. Print it to read it.
// f4f.BasePlan.Prepared sets it on a plan. For conditions, call f4f.BasePlan.ConditionColumn with
// each of Columns.
type Preparation []Proposal

// Proposal is what Prepare proposes for a column.
type Proposal struct {
	ColumnMaps        // Maps is empty if the column can stay as it is, or if no map helps
	Reason     string // what the column looks like, and what else may be done
}

// Prepare looks at each column of points [N, D] and proposes maps for it, with the reason:
//
//   - Angle for a column with a period (Points.WithPeriod);
//   - Whole for whole numbers, and Spike for a value that repeats where others don't;
//   - Log, LogAbove, LogBelow or Logit where values seem to have ends, and Robust and Asinh for
//     heavy tails, each with Quantile after it unless the column has several peaks;
//   - nothing for a column that a flow learns as it is.
//
// Ends are guessed: each is the roundest number close to the outermost value. If you know better,
// set the maps of the column with f4f.BasePlan.Column. Prepare doesn't guess a period, but its reason
// says where values look like an angle, and where no map helps, as for a constant column. It
// doesn't use the weights of the points.
//
// It returns an error if there is no point, or if a value is NaN or infinite.
func Prepare(p Points) (Preparation, error) {
	if p.Len() == 0 {
		return nil, fmt.Errorf("data: there must be points to prepare, got none")
	}
	if err := p.CheckFinite(); err != nil {
		return nil, err
	}
	prepared := make(Preparation, p.Dim())
	for j := range prepared {
		prepared[j] = ProposalFor(p, j)
	}
	return prepared, nil
}

// Columns returns the proposals that have maps, without their reasons.
func (p Preparation) Columns() (columns []ColumnMaps) {
	for _, proposal := range p {
		if len(proposal.Maps) > 0 {
			columns = append(columns, proposal.ColumnMaps)
		}
	}
	return columns
}

// String returns a line for each column: its name, its maps and the reason.
func (p Preparation) String() string {
	var b strings.Builder
	for _, proposal := range p {
		fmt.Fprintf(&b, "%s\n    %s\n", proposal.ColumnMaps, proposal.Reason)
	}
	return b.String()
}

// What tells a column with a spike, and one that float32 is too coarse for.
const (
	leastSpike     = 0.01 // share of the rows that have the value
	leastSpikeRows = 10   // rows that have it
	leastSteps     = 100  // float32 steps in a standard deviation
	// mostRepeats is the share of the other values that may repeat. If more do, values are taken as
	// rounded. Far from 0 some repeat by float32 rounding alone.
	mostRepeats = 0.5
)

// ProposalFor returns what Prepare proposes for column j of p, counted from 0. If there is no such
// column, the reason says so.
func ProposalFor(p Points, j int) Proposal {
	if j < 0 || j >= p.Dim() {
		return Proposal{Reason: fmt.Sprintf("there is no column %d", j)}
	}
	name := p.columnName(j)
	of := func(reason string, maps ...ColumnMap) Proposal {
		return Proposal{ColumnMaps{name, maps}, reason}
	}
	switch {
	case p.Len() > 1 && constant(p, j):
		return of("constant, which has no density: leave it out")
	case p.Len() < leastQuantileRows:
		return of(fmt.Sprintf("%d values, of which nothing can be said", p.Len()))
	case p.periods != nil && p.periods[j][0] != p.periods[j][1]:
		return of("an angle, by its period", Angle(p.periods[j][0], p.periods[j][1]))
	}
	values := make([]float64, p.Len())
	for i := range values {
		values[i] = p.At(i, j)
	}
	mean := stat.Mean(values, nil)
	if std := stat.PopStdDev(values, nil); std < leastSteps*Float32Step(mean) {
		return of(fmt.Sprintf("it lies around %.3g with a standard deviation of %.3g, and float32 goes in steps of %.3g there: subtract an offset before it becomes float32", mean, std, Float32Step(mean)))
	}
	slices.Sort(values)
	if whole(values) {
		maps, reason := suited(noised(values))
		if len(slices.Compact(slices.Clone(values))) == 2 {
			reason = "just two, so a class, which serves better as a condition"
		}
		return of("whole numbers; "+reason, append([]ColumnMap{Whole}, maps...)...)
	}
	at, times, repeated := mostFrequent(values)
	others := len(values) - times
	rounded := float64(repeated-times) > mostRepeats*float64(others)
	if times >= leastSpikeRows && float64(times) >= leastSpike*float64(len(values)) && !rounded && others >= leastQuantileRows {
		rest := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return v == at })
		maps, reason := suited(rest)
		return of(fmt.Sprintf("%.3g%% of the values are exactly %g; the others: %s", 100*float64(times)/float64(len(values)), float32(at), reason), append([]ColumnMap{Spike(at)}, maps...)...)
	}
	if rounded {
		return of(fmt.Sprintf("%.3g%% of the values repeat: if they are rounded, add noise with data.Dequantize before", 100*float64(repeated)/float64(len(values))))
	}
	maps, reason := suited(values)
	return of(reason, maps...)
}

// columnName returns the name of column j as a plan's Column takes it.
func (p Points) columnName(j int) string {
	if p.names != nil && p.names[j] != "" {
		return p.names[j]
	}
	return fmt.Sprint(j)
}

// whole reports whether all sorted values are whole numbers, none so large that float32 has no
// others there.
func whole(sorted []float64) bool {
	const most = 1 << 20
	return sorted[0] > -most && sorted[len(sorted)-1] < most && !slices.ContainsFunc(sorted, func(v float64) bool { return v != math.Trunc(v) })
}

// noised returns sorted whole numbers with noise that fills the unit above each, sorted.
func noised(sorted []float64) []float64 {
	noisy := make([]float64, len(sorted))
	for from := 0; from < len(sorted); {
		to := from
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		for i := from; i < to; i++ {
			noisy[i] = sorted[i] + (float64(i-from)+0.5)/float64(to-from)
		}
		from = to
	}
	return noisy
}

// mostFrequent returns the most frequent of sorted values, how often it occurs, and how many values
// have an equal one.
func mostFrequent(sorted []float64) (value float64, times, repeated int) {
	for from := 0; from < len(sorted); {
		to := from
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		if to-from > times {
			value, times = sorted[from], to-from
		}
		if to-from > 1 {
			repeated += to - from
		}
		from = to
	}
	return value, times, repeated
}
