package metric

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// Points may have angles: columns with a period (data.Points.WithPeriod), which points from a flow
// with data.Angle have by themselves. Metrics that compare two sets put each angle on a circle, as
// its cosine and sine times period/2π, and take distances in space: the chord between two angles.
// The arc would not do. On the circle its energy distance is 0 for some different distributions,
// such as a point and the one opposite, in equal parts, wherever the two lie; that of the chord is
// 0 only for equal ones (Lyons, "Strong negative type in spheres", 2020). Metrics of how far points
// move take the arc, the way that they go.

// onCircles returns both sets with their angles on circles, [N, D+A] for A angles, and for each
// column whether it and the next are the cosine and the sine of an angle; nil if there is no angle.
// A column that is an angle in one set is one in both.
func onCircles(x, y data.Points) (onX, onY data.Points, pairs []bool, err error) {
	periods, err := commonPeriods(x, y)
	if periods == nil || err != nil {
		return x, y, nil, err
	}
	if onX, err = onCircle(x, periods); err == nil {
		onY, err = onCircle(y, periods)
	}
	if err != nil {
		return onX, onY, nil, fmt.Errorf("metric: %w", err)
	}
	for _, period := range periods {
		if pairs = append(pairs, turnOf(period) > 0); turnOf(period) > 0 {
			pairs = append(pairs, false)
		}
	}
	return onX, onY, pairs, nil
}

func onCircle(p data.Points, periods [][2]float64) (data.Points, error) {
	p, err := p.WithPeriods(periods)
	if err != nil {
		return p, err
	}
	return p.OnCircles()
}

// wrapped returns sets with their angles within one period; see data.CommonPeriods.
func wrapped(sets ...data.Points) ([]data.Points, error) {
	periods, err := data.CommonPeriods(sets...)
	within := make([]data.Points, len(sets))
	for i := 0; i < len(sets) && err == nil; i++ {
		if within[i], err = sets[i].WithPeriods(periods); err == nil {
			within[i], err = within[i].Wrapped()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("metric: %w", err)
	}
	return within, nil
}

// commonPeriods returns the period of each column of two sets; see data.CommonPeriods.
func commonPeriods(x, y data.Points) ([][2]float64, error) {
	periods, err := data.CommonPeriods(x, y)
	if err != nil {
		return nil, fmt.Errorf("metric: %w", err)
	}
	return periods, nil
}

// turnsOf returns once around the circle for each angle, and 0 for any other column; nil for no
// periods.
func turnsOf(periods [][2]float64) []float64 {
	var turns []float64
	for _, period := range periods {
		turns = append(turns, turnOf(period))
	}
	return turns
}

func turnOf(period [2]float64) float64 { return period[1] - period[0] }

// gapBetween returns the difference of two values of column j, the shorter way around the circle if
// it is an angle.
func gapBetween(from, to float32, turns []float64, j int) float64 {
	gap := float64(to) - float64(from)
	if turns != nil && turns[j] > 0 {
		return math.Remainder(gap, turns[j])
	}
	return gap
}
