package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// The notes of this file are about training points on which a density has no upper bound, so that
// the likelihood rises on spikes and means nothing: whole numbers, and values or points that
// repeat. They are also about columns that float32 or the flow can't resolve.

// How much of the training data is examined, and what is worth a note.
const (
	mostRows    = 1 << 20 // rows examined for points that repeat; it takes some tenths of a second
	mostLooked  = 10_000  // rows examined for values that repeat; among so many real numbers in float32 about three repeat by chance
	leastLooked = 20      // rows below which nothing is said of values that repeat
	repeatsRows = 0.05    // share of points with an equal one; of a million real numbers in one column one in fifty has, by float32 rounding
	repeatsIn   = 0.01    // share of values in a column with an equal one
	mostWhole   = 1 << 20 // in absolute value: from half of it on, float32 goes in steps of a sixteenth
	leastSteps  = 100     // float32 steps in a standard deviation
	leastSpread = 1e-3    // standard deviation in units of the tail bound, about the least width of a bin
)

// DegenerateNotes returns notes about the training points as the flow sees them, or none if all is
// well. spread holds their means and standard deviations. scaler is the one that the flow applies,
// or nil. The remedies for a column are those of data.Prepare.
func (t Seen) DegenerateNotes(name string, spread data.Scaler, scaler *data.Scaler, bound float64) (notes []string) {
	t = t.asDrawn().counting()
	hashes := t.rowHashes()
	var coarse, whole, narrow, others []int // columns
	for j := range t.Dim {
		switch {
		case spread.Std[j] < leastSteps*data.Float32Step(spread.Mean[j]):
			coarse = append(coarse, j)
		case t.wholeNumbers(j):
			whole = append(whole, j)
		default:
			others = append(others, j)
		}
		if scaler == nil && !math.IsInf(bound, 1) && spread.Std[j] < leastSpread*bound {
			narrow = append(narrow, j)
		}
	}
	for _, j := range coarse {
		notes = append(notes, fmt.Sprintf("Column %s of %s lies around %.3g, where float32 goes in steps of %.3g, with a standard deviation of %.3g: rounding loses its information. Subtract an offset from it before it becomes float32.",
			t.Train.ColumnTitle(j), name, spread.Mean[j], data.Float32Step(spread.Mean[j]), spread.Std[j]))
	}
	if narrow != nil {
		notes = append(notes, fmt.Sprintf("%s of %s: a standard deviation below %.3g, tiny beside the flow's tail bound ±%g. Standardise the data.",
			t.columnsText(narrow), name, leastSpread*bound, bound))
	}
	if whole != nil {
		notes = append(notes, fmt.Sprintf("%s of %s: whole numbers only, for which a likelihood has no upper bound. Add noise by %s, or with data.Dequantize.",
			t.columnsText(whole), name, t.remedies(whole)))
	}
	rows := firstOfEach(hashes[:min(len(hashes), mostLooked)])
	for _, j := range others {
		if share, value, times := t.repeats(j, rows); share >= repeatsIn {
			remedy := "Leave such points out or, if values are rounded, add noise with data.Dequantize"
			if maps := data.ProposalFor(t.raw, j).Maps; t.mapped(j) == nil && len(maps) > 0 && maps[0].AddsNoise() {
				remedy = fmt.Sprintf("Learn the share of that value by %s, or leave such points out", t.remedies([]int{j}))
			}
			notes = append(notes, fmt.Sprintf("Column %s of %s: %.3g%% of the values repeat (%v in %.3g%% of the points), and a likelihood has no upper bound there. %s.",
				t.Train.ColumnTitle(j), name, 100*share, t.rawValue(j, value), 100*float64(times)/float64(len(rows)), remedy))
		}
	}
	if note := t.copiesNote(name, hashes); note != "" {
		notes = append(notes, note)
	}
	return notes
}

// mostRemedies is the largest number of columns whose remedies are written out.
const mostRemedies = 3

// remedies returns the calls that give columns the maps that data.Prepare proposes.
func (t Seen) remedies(columns []int) string {
	var calls []string
	for _, j := range columns {
		if len(calls) == mostRemedies {
			return strings.Join(calls, "") + " and so on (Prepared(data.Prepare(points)) sets them all)"
		}
		calls = append(calls, fmt.Sprintf(".Column(%s)", data.ProposalFor(t.raw, j).ColumnMaps))
	}
	return strings.Join(calls, "")
}

// rawValue returns a value in the data's units that the flow sees as value in column j.
func (t Seen) rawValue(j int, value float32) float32 {
	for i := range t.Train.Len() {
		if t.Train.Row(i)[j] == value {
			return t.raw.Row(i)[j]
		}
	}
	return value
}

// columnsText returns a text such as `Column "mass"` or "Columns 0, 2 and 3".
func (t Data) columnsText(columns []int) string {
	titles := make([]string, len(columns))
	for k, j := range columns {
		titles[k] = t.Train.ColumnTitle(j)
	}
	last := len(titles) - 1
	if last == 0 {
		return "Column " + titles[0]
	}
	return "Columns " + strings.Join(titles[:last], ", ") + " and " + titles[last]
}

// wholeNumbers reports whether column j holds only whole numbers, none of them so large that
// float32 has no other numbers there.
func (t Data) wholeNumbers(j int) bool {
	for i := range t.Train.Len() {
		if v := float64(t.Train.Row(i)[j]); v != math.Trunc(v) || math.Abs(v) >= mostWhole {
			return false
		}
	}
	return true
}

// rowHashes returns a hash of each of the first mostRows points, without their conditions; see
// hashRow.
func (t Data) rowHashes() []uint64 {
	hashes := make([]uint64, min(t.Train.Len(), mostRows))
	for i := range hashes {
		hashes[i] = hashRow(t.Train.Row(i)[:t.Dim], 0)
	}
	return hashes
}

// firstOfEach returns the numbers of the rows that equal no earlier row.
func firstOfEach(hashes []uint64) (rows []int) {
	seen := make(map[uint64]bool, len(hashes))
	for i, h := range hashes {
		if !seen[h] {
			seen[h] = true
			rows = append(rows, i)
		}
	}
	return rows
}

// repeats returns the share of the given rows, no two of them equal, whose value in column j occurs
// in another of them too, along with the most frequent such value and how often it occurs. It
// returns zeros if there are too few rows to tell.
func (t Data) repeats(j int, rows []int) (share float64, value float32, times int) {
	if len(rows) < leastLooked {
		return 0, 0, 0
	}
	values := make([]float32, len(rows))
	for k, i := range rows {
		values[k] = t.Train.Row(i)[j]
	}
	slices.Sort(values)
	value, times, repeated := longestRun(values)
	return float64(repeated) / float64(len(rows)), value, times
}

// copiesNote returns a note about points that equal others, or "" if there are few.
func (t Data) copiesNote(name string, hashes []uint64) string {
	sorted := slices.Clone(hashes)
	slices.Sort(sorted)
	hash, times, repeated := longestRun(sorted)
	n := float64(len(hashes))
	if float64(repeated) < repeatsRows*n && (times < 10 || float64(times) < repeatsOne*n) {
		return ""
	}
	point := t.Train.Row(slices.Index(hashes, hash))[:t.Dim]
	const most = 6
	text := strings.Trim(fmt.Sprint(point[:min(len(point), most)]), "[]")
	if len(point) > most {
		text += " …"
	}
	remedy := "Leave copies out or, if they come from rounding, add noise with data.Dequantize. If points were drawn by their weights, train on all of them with their weights instead (Points.WithWeights)."
	if t.Weighted {
		remedy = "Merge copies into one point with the sum of their weights or, if they come from rounding, add noise with data.Dequantize."
	}
	return fmt.Sprintf("%.3g%% of the points of %s equal another one (%s occurs %d times), and a likelihood has no upper bound there. %s",
		100*float64(repeated)/n, name, text, times, remedy)
}

// longestRun returns the most frequent of sorted values, how often it occurs, and how many values
// have an equal one.
func longestRun[V comparable](sorted []V) (value V, times, repeated int) {
	for from := 0; from < len(sorted); {
		to := from + 1
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

// CheckScale returns an error unless a scaler works in float32 on the points that it was measured
// on. Points of weight 0 don't count. XLA treats subnormal numbers as 0.
func CheckScale(s data.Scaler, p data.Points) error {
	const leastNormal = 0x1p-126
	for j, std := range s.Std {
		if std < leastNormal {
			return fmt.Errorf("column %s has a standard deviation of %.3g, below float32's normal numbers (%.3g): multiply it by a constant first",
				p.ColumnTitle(j), std, leastNormal)
		}
	}
	weights := p.Weights()
	for i := range p.Len() {
		if weights != nil && weights[i] == 0 {
			continue
		}
		for j, v := range p.Row(i) {
			if math.Abs(float64(v)-s.Mean[j]) > math.MaxFloat32 {
				return fmt.Errorf("row %d, column %s is %v, further from the column's mean %.3g than float32 holds: divide it by a constant first",
					i, p.ColumnTitle(j), v, s.Mean[j])
			}
		}
	}
	return nil
}
