package dataset

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Weights of training points. A flow minimises Σ w·loss / Σ w over the training rows. On the device
// each row has its weight as the last column, in units of the mean weight, so that the loss of a
// batch is the mean of w·loss. Held-out rows have theirs in units of their own mean. If all weights
// are equal there is no such column, and training is that of points without weights to the bit.
// Negative weights are averaged away before; see withoutNegative.

// checkWeights returns an error unless the n points x, drawn from a source, and their conditions c
// agree about weights, and with what the source has shown elsewhere.
func checkWeights(s data.Source, x, c data.Points) error {
	if c.Weights() != nil && !slices.Equal(x.Weights(), c.Weights()) {
		return fmt.Errorf("f4f: %s: the conditions have weights that their points don't have: set them on the points (WithWeights)", s.Name())
	}
	if finite, ok := s.(data.Finite); ok {
		if has := finite.Points().Weights() != nil; has != (x.Weights() != nil) {
			return fmt.Errorf("f4f: %s must draw the points of its table with their weights: the table is %s, what it draws is %s", s.Name(), weightsText(has), weightsText(!has))
		}
	}
	return nil
}

// checkAlways returns an error if a source that isn't a table draws some points with weights and
// others without. drawn are some of its points. Without weights it doesn't look again, as drawing
// may take long.
func checkAlways(s data.Source, drawn data.Points) error {
	if IsTable(s) || drawn.Weights() == nil {
		return nil
	}
	few, _, err := look(s)
	if err != nil {
		return err
	}
	if few.Weights() == nil {
		return fmt.Errorf("f4f: %s must draw all of its points with weights (WithWeights), or none: a draw of %d points is without, one of %d with weights",
			s.Name(), few.Len(), drawn.Len())
	}
	return nil
}

func weightsText(has bool) string {
	if has {
		return "with weights"
	}
	return "without weights"
}

// checkSplit returns an error unless the weights of the training rows, and those of the rows held
// out, stand for a distribution.
func (t Data) checkSplit() error {
	if err := t.Train.CheckWeights(); err != nil {
		return fmt.Errorf("f4f: %s: the %d training points: %w; take more points, or another Seed", t.Source, t.Train.Len(), err)
	}
	return t.checkHeldOut(t.Validation.Len())
}

// checkHeldOut returns an error unless the weights of the first n rows held out stand for a
// distribution.
func (t Data) checkHeldOut(n int) error {
	if n == 0 {
		return nil
	}
	if err := t.Validation.Slice(0, n).CheckWeights(); err != nil {
		return fmt.Errorf("f4f: %s: the %d points held out: %w; hold out more of them (Validation), or take another Seed", t.Source, n, err)
	}
	return nil
}

// RowWidth returns the number of columns of TrainRows, as far as the source shows it: of one that
// isn't a table it takes the points to have no weights.
func RowWidth(s data.Source) int {
	width := s.Dim() + ConditionDim(s)
	if table, ok := s.(data.Finite); ok && table.Points().Weighted() {
		width++
	}
	return width
}

// TrainRows returns the training rows as the device takes them: point, condition and, if the data
// are weighted, the weight, [N, D+C] or [N, D+C+1].
func (t Data) TrainRows() (data.Points, error) { return t.deviceRows(t.Train, t.Train) }

// HeldOutRows returns the rows held out as TrainRows returns the others. scored is the number of
// rows that the score takes: the weights are in units of the mean over these.
func (t Data) HeldOutRows(scored int) (data.Points, error) {
	if err := t.checkHeldOut(scored); err != nil {
		return data.Points{}, err
	}
	return t.deviceRows(t.Validation, t.Validation.Slice(0, scored))
}

// deviceRows returns rows with their weights as the last column, in units of the mean over the rows
// counted.
//
// Rows of weight 0 say nothing, so they become copies of another row: where a loss overflows, 0
// times the loss is NaN.
func (t Data) deviceRows(rows, counted data.Points) (data.Points, error) {
	if !t.Weighted {
		return rows, nil
	}
	unit, d := meanWeight(counted), rows.Dim()
	values := make([]float32, 0, rows.Len()*(d+1))
	some := slices.IndexFunc(rows.Weights(), func(w float64) bool { return w != 0 })
	for i, w := range rows.Weights() {
		from := i
		if w == 0 && some >= 0 {
			from = some
		}
		values = append(append(values, rows.Row(from)...), float32(w/unit))
	}
	return data.NewPoints(d+1, values)
}

// meanWeight returns the mean weight of rows.
func meanWeight(rows data.Points) float64 {
	mean := 0.0
	for _, w := range rows.Weights() {
		mean += w / float64(rows.Len())
	}
	return mean
}

// scaled returns weighted points with the greatest weight, in absolute value, as the unit: sums
// then stay within float64's range.
func scaled(p data.Points) (data.Points, error) {
	greatest := 0.0
	for _, w := range p.Weights() {
		greatest = max(greatest, math.Abs(w))
	}
	weights := slices.Clone(p.Weights())
	for i := range weights {
		weights[i] /= greatest
	}
	return p.WithWeights(weights)
}

// counting returns the data without the training rows of weight 0, which say nothing.
func (s Seen) counting() Seen {
	weights := s.Train.Weights()
	if !slices.Contains(weights, 0) {
		return s
	}
	var rows []int
	for i, w := range weights {
		if w != 0 {
			rows = append(rows, i)
		}
	}
	s.Train, _ = s.Train.Pick(rows...) // there are such rows
	s.raw, _ = s.raw.Pick(rows...)
	return s
}

// WeightsNote returns a note on the weights of the training points: how many points of equal weight
// they are worth. It is "" without weights.
func (t Data) WeightsNote() string {
	if !t.Weighted {
		return ""
	}
	note := fmt.Sprintf("The %d training points of %s have weights: they tell as much as %.4g points of equal weight", t.Train.Len(), t.Source, t.effective)
	if t.negative > 0 {
		note += fmt.Sprintf(". %.3g%% of them are negative; each of these is averaged with the nearest points until none is, since a likelihood with negative weights has no upper bound", 100*t.negative)
	}
	if times := slices.Max(t.Train.Weights()) / meanWeight(t.Train); times >= heavyTimes && times >= repeatsOne*float64(t.Train.Len()) {
		note += fmt.Sprintf(". One point counts as much as %.3g do on average, and the flow may learn it by heart", times)
	}
	return note + "."
}

// heavyTimes is the weight of a point, in units of the mean, from which a note tells of it.
const heavyTimes = 10
