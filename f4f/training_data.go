package f4f

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
)

// trainingData is what a flow is trained and validated on. Rows of the tensors are points followed by their conditions, [N, D+C].
type trainingData struct {
	train, validation data.Points // points with conditions, side by side; validation may be none
	dim, condition    int
}

// conditionDim is the width of a source's conditions, 0 for none.
func conditionDim(s data.Source) int {
	if c, ok := s.(data.ConditionalSource); ok {
		return c.ConditionDim()
	}
	return 0
}

// draw is n points of a source and their conditions, which are no points where it has none.
func draw(s data.Source, n int, seed uint64) (x, c data.Points, err error) {
	if conditional, ok := s.(data.ConditionalSource); ok {
		x, c, err = conditional.SampleWithConditions(n, seed)
	} else {
		x, err = s.Sample(n, seed)
	}
	switch {
	case err != nil:
		return x, c, fmt.Errorf("f4f: drawing from %s: %w", s.Name(), err)
	case x.Len() != n || x.Dim() != s.Dim():
		return x, c, fmt.Errorf("f4f: %s was to draw %d points of %d features and drew %d of %d", s.Name(), n, s.Dim(), x.Len(), x.Dim())
	case c.Len() > 0 && (c.Len() != n || c.Dim() != conditionDim(s)):
		return x, c, fmt.Errorf("f4f: %s was to draw %d conditions of %d features and drew %d of %d", s.Name(), n, conditionDim(s), c.Len(), c.Dim())
	}
	if err := x.CheckFinite(); err != nil {
		return x, c, fmt.Errorf("f4f: %s: %w", s.Name(), err)
	}
	if err := c.CheckFinite(); err != nil {
		return x, c, fmt.Errorf("f4f: conditions of %s: %w", s.Name(), err)
	}
	return x, c, nil
}

// drawTraining is a source's training and validation data by a recipe. salt keeps two sources that share a seed from sharing their draws.
func drawTraining(s data.Source, r Recipe, salt uint64) (trainingData, error) {
	t := trainingData{dim: s.Dim(), condition: conditionDim(s)}
	n, held := r.Points, int(math.Round(float64(r.Points)*r.Validation))
	if finite, isTable := s.(data.Finite); isTable {
		all := finite.Points().Len()
		if err := finite.Points().CheckFinite(); err != nil { // here, where rows still have their own numbers
			return t, fmt.Errorf("f4f: %s: %w", s.Name(), err)
		}
		if all < 2 {
			return t, fmt.Errorf("f4f: %s: a single point has no density to learn: there must be at least 2, got %d", s.Name(), all)
		}
		held = int(math.Round(float64(all) * r.Validation))
		n = all - held
	}
	if n < r.Batch {
		return t, fmt.Errorf("f4f: %s: a batch of %d needs at least as many training points, got %d (besides %d for validation): set Batch lower", s.Name(), r.Batch, n, held)
	}
	// One draw for both: a table's rows come shuffled and without repetition, so the two never share one.
	x, c, err := draw(s, n+held, r.Seed^salt)
	if err != nil {
		return t, err
	}
	rows := x
	if c.Len() > 0 {
		if rows, err = x.Beside(c); err != nil {
			return t, err
		}
	}
	t.train, t.validation = rows.Slice(0, n), rows.Slice(n, n+held)
	return t, nil
}

// points is the features of the training rows without the conditions, and conditions the conditions alone.
func (t trainingData) points() (data.Points, error) { return t.train.Columns(span(0, t.dim)...) }
func (t trainingData) conditions() (data.Points, error) {
	return t.train.Columns(span(t.dim, t.dim+t.condition)...)
}

// span is the numbers from (included) to to (excluded).
func span(from, to int) []int {
	numbers := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}

// shareOutside is the share of points with a feature beyond ±bound once scaled: their features there pass the flow unchanged.
func (t trainingData) shareOutside(scaler *data.Scaler, bound float64) float64 {
	outside := 0
	for i := range t.train.Len() {
		for j, v := range t.train.Row(i)[:t.dim] {
			u := float64(v)
			if scaler != nil {
				u = (u - scaler.Mean[j]) / scaler.Std[j]
			}
			if math.Abs(u) > bound {
				outside++
				break
			}
		}
	}
	return float64(outside) / float64(t.train.Len())
}

// outsideNote is what a person should know about points beyond the bound; empty where there is nothing to say.
func (t trainingData) outsideNote(name string, scaler *data.Scaler, bound float64) string {
	share := t.shareOutside(scaler, bound)
	if share < 1e-3 {
		return ""
	}
	remedy := "Standardise the data or widen the bound with TailBound"
	if scaler != nil {
		remedy = "Widen the bound with TailBound"
	}
	return fmt.Sprintf("%.3g%% of the points of %s lie beyond ±%g, where features pass the flow unchanged. %s.", 100*share, name, bound, remedy)
}

// tensor is points as a tensor [N, D].
func tensor(p data.Points) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(p.Values(), p.Len(), p.Dim())
}
