package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// ConditionalTable is a conditional source that holds its points and the condition of each. It is
// Finite, so a fit uses each point. A nil table has no points, and no name.
type ConditionalTable struct {
	*Table
	conditions Points
}

var (
	_ ConditionalSource = (*ConditionalTable)(nil)
	_ Finite            = (*ConditionalTable)(nil)
	_ Fingerprinter     = (*ConditionalTable)(nil)
)

// FromPointsWithConditions is the table of points x [N, D] and the condition of each, c [N, C],
// under a name. It views both and copies nothing. It errs unless there is a condition for each
// point.
func FromPointsWithConditions(name string, x, c Points) (*ConditionalTable, error) {
	if x.Len() == 0 || c.Len() != x.Len() {
		return nil, fmt.Errorf("data: %s: there must be points and a condition for each, got %d points and %d conditions", name, x.Len(), c.Len())
	}
	return &ConditionalTable{Table: FromPoints(name, x), conditions: c}, nil
}

// table is the table without the conditions; nil where t is.
func (t *ConditionalTable) table() *Table {
	if t == nil {
		return nil
	}
	return t.Table
}

// Name is what FromPointsWithConditions was told.
func (t *ConditionalTable) Name() string { return t.table().Name() }

// Dim is the number of features of a point, D.
func (t *ConditionalTable) Dim() int { return t.table().Dim() }

// Points are all of them, [N, D], in the order they came; not a copy.
func (t *ConditionalTable) Points() Points { return t.table().Points() }

// Sample draws n of the N points without replacement, [n, D], as Table's does.
func (t *ConditionalTable) Sample(n int, seed uint64) (Points, error) {
	return t.table().Sample(n, seed)
}

// ConditionDim is the number of features of a condition, C.
func (t *ConditionalTable) ConditionDim() int { return t.Conditions().Dim() }

// Conditions are those of Points, [N, C], in the same order; not a copy.
func (t *ConditionalTable) Conditions() Points {
	if t == nil {
		return Points{}
	}
	return t.conditions
}

// SampleWithConditions draws n of the N points without replacement, [n, D], with their conditions
// [n, C].
func (t *ConditionalTable) SampleWithConditions(n int, seed uint64) (x, c Points, err error) {
	if x, err = t.Sample(n, seed); err != nil {
		return Points{}, Points{}, err
	}
	// The same seed picks the same rows.
	c, err = t.Conditions().Pick(pick(n, t.Points().Len(), seed)...)
	return x, c, err
}

// Fingerprint is a hash of points and conditions.
func (t *ConditionalTable) Fingerprint() string {
	return t.table().Fingerprint() + FromPoints("", t.Conditions()).Fingerprint()
}

// Given is the table of the points whose condition is c [C]. It errs where there is none: Near
// gives those whose conditions are close.
func (t *ConditionalTable) Given(c []float32) (Source, error) {
	if len(c) != t.ConditionDim() {
		return nil, fmt.Errorf("data: conditions of %s must have %d features, got %d", t.Name(), t.ConditionDim(), len(c))
	}
	var rows []int
	for i := range t.Points().Len() {
		if slices.Equal(t.Conditions().Row(i), c) {
			rows = append(rows, i)
		}
	}
	if rows == nil {
		return nil, fmt.Errorf("data: %s has no point under the condition %v; Near gives points under conditions close to it", t.Name(), c)
	}
	return t.at(c, rows)
}

// Near is the table of the k points whose conditions are closest to c [C], by Euclidean distance
// with each feature of the conditions in units of its standard deviation: the best there is of
// p(x|c) where conditions seldom repeat.
func (t *ConditionalTable) Near(c []float32, k int) (*Table, error) {
	switch {
	case len(c) != t.ConditionDim():
		return nil, fmt.Errorf("data: conditions of %s must have %d features, got %d", t.Name(), t.ConditionDim(), len(c))
	case k < 1 || k > t.Points().Len():
		return nil, fmt.Errorf("data: %s: the points near a condition must be between 1 and the table's %d, got %d", t.Name(), t.Points().Len(), k)
	}
	scaler, err := FitScaler(t.Conditions())
	if err != nil {
		return nil, fmt.Errorf("%w (conditions of %s)", err, t.Name())
	}
	rows := make([]int, t.Points().Len())
	distances := make([]float64, t.Points().Len())
	for i := range rows {
		rows[i] = i
		for j, v := range t.Conditions().Row(i) {
			u := (float64(v) - float64(c[j])) / scaler.Std[j]
			distances[i] += u * u
		}
		if math.IsNaN(distances[i]) {
			return nil, fmt.Errorf("data: %s: the condition must be finite, got %v", t.Name(), c)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(distances[a], distances[b]) })
	return t.at(c, rows[:k])
}

// at is the table of some rows, named by a condition.
func (t *ConditionalTable) at(c []float32, rows []int) (*Table, error) {
	x, err := t.Points().Pick(rows...)
	if err != nil {
		return nil, err
	}
	return FromPoints(fmt.Sprintf("%s at %v", t.Name(), c), x), nil
}
