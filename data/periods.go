package data

import (
	"fmt"
	"math"
	"slices"
)

// WithPeriod returns p with a period for one of its columns, which is an angle: its values from and
// to are one point, such as −π and π or 0 and 360. column is its name, or its number, counted from
// 0, as text. It changes no value. Metrics then measure the column on the circle, and figures draw
// it once around. Points that come from a flow with data.Angle have the periods already. Points
// read from a file have none.
//
// It returns an error if there is no such column, if from or to isn't finite, or if from is not
// below to.
func (p Points) WithPeriod(column string, from, to float64) (Points, error) {
	j, err := p.ColumnNumber(column)
	if err == nil {
		err = Angle(from, to).Validate()
	}
	if err != nil {
		return Points{}, fmt.Errorf("%w (the period of column %q)", err, column)
	}
	periods := make([][2]float64, p.d)
	copy(periods, p.periods)
	periods[j] = [2]float64{from, to}
	return p.WithPeriods(periods)
}

// WithPeriods returns p with the ends of the period of each column [D] that is an angle; equal ends
// mean a column that is none. It changes no value. nil removes the periods of p.
// f4f.Density.Periods returns those of a plan. It returns an error if there isn't a period for each
// column, or if one doesn't go from a finite number to a greater one.
func (p Points) WithPeriods(periods [][2]float64) (Points, error) {
	if periods != nil && len(periods) != p.d {
		return Points{}, fmt.Errorf("data: there must be a period for each of %d columns, equal ends for none, got %d", p.d, len(periods))
	}
	for j, period := range periods {
		if period[0] == period[1] {
			continue
		}
		if err := (angleMap{period[0], period[1]}).validate(); err != nil {
			return Points{}, fmt.Errorf("column %s: %w", p.ColumnTitle(j), err)
		}
	}
	return p.around(slices.Clone(periods)), nil
}

// Periods returns the ends of the period of each column [D] that is an angle, and equal ends for
// any other column. It returns nil if no column is an angle. Slice, Pick, Columns, SplitConditions,
// HStack, VStack, Repeat, grids and scalers keep the periods.
func (p Points) Periods() [][2]float64 { return slices.Clone(p.periods) }

// CommonPeriods returns the ends of the period of each column [D] in sets of points [N, D] that are
// compared, or nil if no column is an angle. A column that is an angle in some of the sets is one
// in all, with the ends of the first of these sets. Ends may differ from set to set, such as −180
// to 180 and 0 to 360, as long as they are as far apart. If they aren't, CommonPeriods returns an
// error that names the column and the periods: the values then have different units. It also
// returns an error if the sets differ in dimension.
func CommonPeriods(sets ...Points) (periods [][2]float64, err error) {
	for _, p := range sets {
		if p.periods == nil {
			continue
		}
		if periods == nil {
			periods = make([][2]float64, sets[0].d)
		}
		if p.d != len(periods) {
			return nil, fmt.Errorf("data: points with periods must have one dimension, got %d and %d", len(periods), p.d)
		}
		for j, period := range p.periods {
			turn, known := period[1]-period[0], periods[j][1]-periods[j][0]
			switch {
			case turn == 0:
			case known == 0:
				periods[j] = period
			case math.Abs(turn-known) > samePeriod*known:
				return nil, fmt.Errorf("data: column %s is an angle of the period %g, from %g to %g, in one set and of the period %g, from %g to %g, in another: give all sets in one unit, or leave the wrong period out (WithPeriod, WithPeriods)",
					p.ColumnTitle(j), known, periods[j][0], periods[j][1], turn, period[0], period[1])
			}
		}
	}
	return periods, nil
}

// samePeriod is the relative difference up to which two periods are taken as equal, since π may be
// written with a few digits.
const samePeriod = 1e-5

// around returns p with the periods of its columns [D]; nil, or equal ends in all, for none.
func (p Points) around(periods [][2]float64) Points {
	if !slices.ContainsFunc(periods, func(period [2]float64) bool { return period[0] != period[1] }) {
		periods = nil
	}
	p.periods = periods
	return p
}
