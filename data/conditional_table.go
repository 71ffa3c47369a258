package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// ConditionalTable is a conditional source that holds its points and the condition of each. It is
// Finite, so a fit uses each of its points. A nil table has no points and no name.
type ConditionalTable struct {
	*Table
	conditions Points
}

var (
	_ ConditionalSource = (*ConditionalTable)(nil)
	_ Finite            = (*ConditionalTable)(nil)
	_ Fingerprinter     = (*ConditionalTable)(nil)
)

// FromPointsWithConditions returns a table of points x [N, D] and the condition of each, c [N, C],
// with that name. It doesn't copy them. The weights of the table are those of x. It returns an
// error if there are no points, if the numbers of points and conditions differ, or if c has other
// weights than x.
func FromPointsWithConditions(name string, x, c Points) (*ConditionalTable, error) {
	if x.Len() == 0 || c.Len() != x.Len() {
		return nil, fmt.Errorf("data: %s: there must be points and a condition for each, got %d points and %d conditions", name, x.Len(), c.Len())
	}
	if c.weights != nil && !slices.Equal(x.weights, c.weights) {
		return nil, fmt.Errorf("data: %s: the weights of a table are those of its points, but its conditions have weights of their own: set them on the points (WithWeights)", name)
	}
	return &ConditionalTable{Table: FromPoints(name, x), conditions: c}, nil
}

// table returns the table without the conditions, or nil if t is nil.
func (t *ConditionalTable) table() *Table {
	if t == nil {
		return nil
	}
	return t.Table
}

// String describes the table: "table jets of 2000 points of 3 features under 1".
func (t *ConditionalTable) String() string {
	if t == nil {
		return "no table"
	}
	return fmt.Sprintf("%s under %d", t.table(), t.ConditionDim())
}

// Name returns the name given to FromPointsWithConditions.
func (t *ConditionalTable) Name() string { return t.table().Name() }

// Dim returns the number of features of a point, D.
func (t *ConditionalTable) Dim() int { return t.table().Dim() }

// Points returns all points, [N, D], in their original order, without copying them.
func (t *ConditionalTable) Points() Points { return t.table().Points() }

// Sample draws n of the N points without replacement, [n, D], like Table.Sample.
func (t *ConditionalTable) Sample(n int, seed uint64) (Points, error) {
	return t.table().Sample(n, seed)
}

// ConditionDim returns the number of features of a condition, C.
func (t *ConditionalTable) ConditionDim() int { return t.Conditions().Dim() }

// Conditions returns the conditions of Points, [N, C], in the same order, without copying them.
func (t *ConditionalTable) Conditions() Points {
	if t == nil {
		return Points{}
	}
	return t.conditions
}

// SampleWithConditions draws n of the N points without replacement, x [n, D], with their conditions
// c [n, C]. It returns an error if n is negative or more than N.
func (t *ConditionalTable) SampleWithConditions(n int, seed uint64) (x, c Points, err error) {
	if x, err = t.Sample(n, seed); err != nil {
		return Points{}, Points{}, err
	}
	// The same seed picks the same rows.
	c, err = t.Conditions().Pick(pick(n, t.Points().Len(), seed)...)
	return x, c, err
}

// Fingerprint returns a hash of the points and the conditions.
func (t *ConditionalTable) Fingerprint() string {
	c := t.Conditions()
	c.weights = nil // those of the points, or none
	return t.table().Fingerprint() + FromPoints("", c).Fingerprint()
}

// Given returns a table of the points whose condition equals c [C]. It returns an error if there is
// none; Near returns points whose conditions are close to c.
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

// Near returns a table of the k points whose conditions are closest to c [C]. The distance is
// Euclidean, with each feature of the conditions in units of its standard deviation (weights don't
// count). Where conditions seldom repeat, this is the best approximation of p(x|c). It returns an
// error if k isn't between 1 and N, if c isn't a valid condition, or if a feature of the conditions
// is constant.
func (t *ConditionalTable) Near(c []float32, k int) (*Table, error) {
	switch {
	case len(c) != t.ConditionDim():
		return nil, fmt.Errorf("data: conditions of %s must have %d features, got %d", t.Name(), t.ConditionDim(), len(c))
	case k < 1 || k > t.Points().Len():
		return nil, fmt.Errorf("data: %s: the points near a condition must be between 1 and the table's %d, got %d", t.Name(), t.Points().Len(), k)
	}
	conditions := t.Conditions()
	conditions.weights = nil
	scaler, err := FitScaler(conditions)
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

// at returns a table of some rows, named after the condition c.
func (t *ConditionalTable) at(c []float32, rows []int) (*Table, error) {
	x, err := t.Points().Pick(rows...)
	if err != nil {
		return nil, err
	}
	return FromPoints(fmt.Sprintf("%s at %v", t.Name(), c), x), nil
}
