package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/degenerate"
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
		case degenerate.IsCoarse(spread.Mean[j], spread.Std[j]):
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
		if note := t.repeatsNote(name, j, rows); note != "" {
			notes = append(notes, note)
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
		feature, isClass := t.classOf(j)
		if len(calls) == mostRemedies {
			rest := " and so on (Prepared(data.Prepare(points)) sets them all)"
			if isClass {
				rest = " and so on, for all columns of the feature (the ColumnMaps of a data.OneHotCode), with VariationalNoise"
			}
			return strings.Join(calls, "") + rest
		}
		var maps data.ColumnMaps
		if isClass {
			maps = data.ColumnMaps{Column: t.raw.ColumnNames()[j], Maps: []data.ColumnMap{data.Whole, data.Argmax(feature)}}
		} else {
			maps = data.ProposalFor(t.raw, j).ColumnMaps
		}
		calls = append(calls, fmt.Sprintf(".Column(%s)", maps))
	}
	return strings.Join(calls, "")
}

// classOf returns the feature of a column that data.OneHot or a data.OneHotCode has made, by its name: of
// zeros and ones, and named after a feature and a class.
func (t Seen) classOf(j int) (feature string, ok bool) {
	names := t.raw.ColumnNames()
	if names == nil {
		return "", false
	}
	feature, _, ok = strings.Cut(names[j], "=")
	for i := 0; ok && i < t.raw.Len(); i++ {
		ok = t.raw.At(i, j) == 0 || t.raw.At(i, j) == 1
	}
	return feature, ok && feature != ""
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

// wholeNumbers reports whether column j holds only whole numbers.
func (t Data) wholeNumbers(j int) bool {
	for i := range t.Train.Len() {
		if !degenerate.IsWhole(t.Train.At(i, j)) {
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

// repeatsNote returns a note about values of column j that repeat in some rows, no two of them
// equal, or "" if all is well or there are too few rows to tell. Values that repeat by chance,
// since they were printed with so many digits, are well.
func (t Seen) repeatsNote(name string, j int, rows []int) string {
	if len(rows) < leastLooked {
		return ""
	}
	values := make([]float32, len(rows))
	for k, i := range rows {
		values[k] = t.Train.Row(i)[j]
	}
	slices.Sort(values)
	r := degenerate.Count(values)
	remedy := ""
	switch value := t.rawValue(j, r.Value); {
	case r.Rounded():
		remedy = fmt.Sprintf("There are %d different ones, as if they were rounded: add noise with data.Dequantize", r.Distinct)
	case r.StandsOut():
		remedy = fmt.Sprintf("Leave such points out (DropMissing(%v))", value)
		if maps := data.ProposalFor(t.raw, j).Maps; t.mapped(j) == nil && len(maps) > 0 && maps[0].AddsNoise() {
			remedy = fmt.Sprintf("Learn the share of that value by %s or, if it means a missing one, leave such points out (DropMissing(%v))", t.remedies([]int{j}), value)
		}
	default:
		return ""
	}
	return fmt.Sprintf("Column %s of %s: %.3g%% of the values repeat (%v in %.3g%% of the points), and a likelihood has no upper bound there. %s.",
		t.Train.ColumnTitle(j), name, 100*r.Share(), t.rawValue(j, r.Value), 100*float64(r.Times)/float64(r.Len), remedy)
}

// copiesNote returns a note about points that equal others, or "" if there are few.
func (t Data) copiesNote(name string, hashes []uint64) string {
	sorted := slices.Clone(hashes)
	slices.Sort(sorted)
	r := degenerate.Count(sorted)
	n := float64(len(hashes))
	if r.Share() < repeatsRows && (r.Times < 10 || float64(r.Times) < repeatsOne*n) {
		return ""
	}
	if t.Dim == 1 && degenerate.Printed(t.Train.Values()) && !r.Rounded() && !r.StandsOut() {
		return "" // single values repeat by chance, where whole points don't
	}
	point := t.Train.Row(slices.Index(hashes, r.Value))[:t.Dim]
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
		100*r.Share(), name, text, r.Times, remedy)
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
