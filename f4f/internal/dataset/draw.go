package dataset

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// Draw draws n training points of a source, at least as many as a batch, and held points for
// validation. replicate is the number of a bootstrap replicate, from 1, that the training rows of a
// table are taken from, or 0 for the rows themselves.
func Draw(s data.Source, n, held, batch int, seed uint64, replicate int) (Data, error) {
	t := Data{Dim: s.Dim(), Condition: ConditionDim(s), Source: s.Name()}
	if finite, isTable := s.(data.Finite); isTable {
		all := finite.Points().Len()
		if err := finite.Points().CheckFinite(); err != nil { // here, because rows aren't shuffled yet and errors name them
			return t, fmt.Errorf("f4f: %s: %w", s.Name(), err)
		}
		if all < 2 {
			return t, fmt.Errorf("f4f: %s: a single point has no density to learn: there must be at least 2, got %d", s.Name(), all)
		}
	}
	if n < batch {
		return t, fmt.Errorf("f4f: %s: a batch of %d needs at least as many training points, got %d (besides %d for validation): set Batch lower",
			s.Name(), batch, n, held)
	}
	// Both come from one draw. The rows of a table are drawn without replacement, so training and
	// validation never share one.
	var x, c data.Points
	var numbers []int // in the table
	var err error
	if replicate > 0 && IsTable(s) {
		x, c, numbers, err = drawRows(s, n+held, seed)
	} else {
		x, c, err = draw(s, n+held, seed)
	}
	if err == nil {
		err = checkAlways(s, x)
	}
	if err != nil {
		return t, err
	}
	if err := x.CheckWeights(); err != nil {
		return t, fmt.Errorf("f4f: %s: %w", s.Name(), err)
	}
	if t.Weighted = x.Weighted(); t.Weighted {
		x, err = scaled(x)
	} else {
		x, err = x.WithWeights(nil)
	}
	if err != nil {
		return t, err
	}
	rows := x
	if c.Len() > 0 {
		if rows, err = x.HStack(c); err != nil {
			return t, err
		}
	}
	t.Train, t.Validation = rows.Slice(0, n), rows.Slice(n, n+held)
	if numbers != nil { // before negative weights are averaged away, of which each replicate has its own
		var err error
		if t, err = t.bootstrapped(s, replicate, numbers[:n]); err != nil {
			return t, err
		}
	}
	if err := t.checkSplit(); err != nil {
		return t, err
	}
	t.effective, t.negative = t.Train.EffectiveSampleSize(), t.Train.NegativeShare()
	t.Train, t.Validation = withoutNegative(t.Train), withoutNegative(t.Validation)
	return t, nil
}
