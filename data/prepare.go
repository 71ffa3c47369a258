package data

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data/degenerate"
)

// Preparation holds a proposal of Prepare for each column [D], in their order. Print it to read it.
// f4f.BasePlan.Prepared sets it on a plan, and ConditionsPrepared one of PrepareConditions.
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
// set the maps of the column with f4f.BasePlan.Column. Prepare proposes Angle only for a column
// with a period (Points.WithPeriod). The reason says if values look like an angle, if a value may
// be a code for a missing one, and if no map helps, as for a constant column. Values count by the
// weights of their points; a negative weight counts as 0.
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
	all := p.columnSample(j, func(float64) bool { return true })
	mean := stat.Mean(all.values, nil)
	if std := stat.PopStdDev(all.values, nil); degenerate.IsCoarse(mean, std) {
		return of(fmt.Sprintf("it lies around %.3g with a standard deviation of %.3g, and float32 goes in steps of %.3g there: subtract an offset before it becomes float32", mean, std, Float32Step(mean)))
	}
	repeats := degenerate.Count(all.values)
	missing := all.missingCode()
	if all.whole() {
		maps, reason := suited(noised(all.even), true)
		if repeats.Distinct == 2 {
			reason = "just two, so a class, which serves better as a condition"
		}
		return of("whole numbers; "+reason+missing, append([]ColumnMap{Whole}, maps...)...)
	}
	if at := repeats.Value; repeats.StandsOut() && repeats.Len-repeats.Times >= leastQuantileRows {
		rest := p.columnSample(j, func(v float64) bool { return v != at })
		maps, reason := suited(rest.even, false)
		return of(fmt.Sprintf("%.3g%% of the values are exactly %g%s; the others: %s", 100*p.shareOf(j, at), float32(at), missing, reason), append([]ColumnMap{Spike(at)}, maps...)...)
	}
	if repeats.Rounded() {
		return of(fmt.Sprintf("%.3g%% of the values repeat: if they are rounded, add noise with data.Dequantize before%s", 100*repeats.Share(), missing))
	}
	maps, reason := suited(all.even, false)
	return of(reason+missing, maps...)
}

// columnName returns the name of column j as a plan's Column takes it.
func (p Points) columnName(j int) string {
	if p.names != nil && p.names[j] != "" {
		return p.names[j]
	}
	return fmt.Sprint(j)
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
