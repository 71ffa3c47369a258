package data

import "fmt"

// PrepareConditions looks at each column of conditions c [N, C] and proposes maps for it, with the
// reason: Angle for a column with a period (Points.WithPeriod), Log for a positive and skewed one,
// Robust and Asinh for heavy tails, and nothing otherwise. f4f.BasePlan.ConditionsPrepared sets the
// proposals on a plan. Conditions have no density, so ends, spikes and whole numbers need no map,
// and the flow standardises them anyway. The maps also take conditions beyond those of training, but
// Log takes none at 0 or below.
//
// It returns an error if there is no condition, or if a value is NaN or infinite.
func PrepareConditions(c Points) (Preparation, error) {
	if c.Len() == 0 {
		return nil, fmt.Errorf("data: there must be conditions to prepare, got none")
	}
	if err := c.CheckFinite(); err != nil {
		return nil, err
	}
	prepared := make(Preparation, c.Dim())
	for j := range prepared {
		prepared[j] = conditionProposal(c, j)
	}
	return prepared, nil
}

// conditionProposal returns what PrepareConditions proposes for column j.
func conditionProposal(c Points, j int) Proposal {
	p := Proposal{ColumnMaps: ColumnMaps{Column: c.columnName(j)}}
	switch {
	case c.periods != nil && c.periods[j][0] != c.periods[j][1]:
		p.Maps, p.Reason = []ColumnMap{Angle(c.periods[j][0], c.periods[j][1])}, "an angle, by its period"
		return p
	case c.Len() > 1 && constant(c, j):
		p.Reason = "constant, which says nothing: leave it out"
		return p
	case c.Len() < leastQuantileRows:
		p.Reason = fmt.Sprintf("%d values, of which nothing can be said", c.Len())
		return p
	}
	all := c.columnSample(j, func(float64) bool { return true })
	s := shapeOf(thinned(all.even, mostShape), false)
	switch {
	case s.least > 0 && s.skewness > skewed && !s.leftOfLog:
		p.Maps, p.Reason = []ColumnMap{Log}, fmt.Sprintf("positive, and skewed: from %.3g up to %.3g, half below %.3g", s.least, s.most, s.middle)
	case s.tails > heavyTails && s.half > 0:
		p.Maps, p.Reason = []ColumnMap{Robust, Asinh(1)}, fmt.Sprintf("heavy tails: from %.3g to %.3g, half within %.3g", s.least, s.most, s.half)
	default:
		p.Reason = "a flow takes it as it is" + s.angle()
	}
	p.Reason += all.missingCode()
	return p
}
