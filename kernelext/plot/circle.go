package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
)

// A column with a period (data.Points.WithPeriod) is an angle: its axis is once around the circle,
// its values are moved onto that axis by whole turns, and what crosses an end comes in at the
// other.

// onCircles returns the points of sets with their angles within one period, and the ends of the
// period of each column; see data.CommonPeriods. Without angles it returns the sets, and nil.
func onCircles(name string, sets ...data.Points) ([]data.Points, [][2]float64, error) {
	periods, err := data.CommonPeriods(sets...)
	if periods == nil && err == nil {
		return sets, nil, nil
	}
	wrapped := make([]data.Points, len(sets))
	for i := 0; i < len(sets) && err == nil; i++ {
		if wrapped[i], err = sets[i].WithPeriods(periods); err == nil {
			wrapped[i], err = wrapped[i].Wrapped()
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	return wrapped, periods, nil
}

// turnOf returns once around the circle in column j, or 0 if it is no angle.
func turnOf(periods [][2]float64, j int) float64 {
	if j >= len(periods) {
		return 0
	}
	return periods[j][1] - periods[j][0]
}

// circleRange returns the axis of an angle: the ends of its period, as float32 rounds them like the
// points.
func circleRange(period [2]float64) (least, most float64) {
	return float64(float32(period[0])), float64(float32(period[1]))
}

// plane is what panels of points of the plane have in common: the ranges of their axes, and which
// of these are angles.
type plane struct {
	Bounds
	periods [][2]float64 // of the columns; nil if none is an angle
	equal   bool         // both axes have one scale
}

// planeOf returns the axes for the first two features of sets of points, and the points with their
// angles on them. Without angles the axes are a square; see boundsOf. An angle and another feature
// have axes of their own.
func planeOf(name string, sets ...data.Points) (plane, []data.Points, error) {
	sets, periods, err := onCircles(name, sets...)
	if err != nil {
		return plane{}, nil, err
	}
	if turnOf(periods, 0) == 0 && turnOf(periods, 1) == 0 {
		return plane{boundsOf(sets...), periods, true}, sets, nil
	}
	equal := math.Abs(turnOf(periods, 0)-turnOf(periods, 1)) < 1e-5*turnOf(periods, 0)
	return plane{rangesOf(sets...).around(periods), periods, equal}, sets, nil
}

// ownPlane is planeOf with a separate range for each axis.
func ownPlane(name string, p data.Points) (plane, data.Points, error) {
	sets, periods, err := onCircles(name, p)
	if err != nil {
		return plane{}, data.Points{}, err
	}
	return plane{rangesOf(sets...).around(periods), periods, false}, sets[0], nil
}

// around returns the bounds with the ranges of angles.
func (b Bounds) around(periods [][2]float64) Bounds {
	if turnOf(periods, 0) > 0 {
		b.MinX, b.MaxX = circleRange(periods[0])
	}
	if turnOf(periods, 1) > 0 {
		b.MinY, b.MaxY = circleRange(periods[1])
	}
	return b
}

// panel returns a panel of the plane, with these axes.
func (a plane) panel(p *plot.Plot) Panel {
	a.apply(p)
	for j, axis := range []*plot.Axis{&p.X, &p.Y} {
		if turnOf(a.periods, j) > 0 {
			axis.Tick.Marker = angleTicks(a.periods[j])
		}
	}
	return Panel{Plot: p, Equal: a.equal, plane: true}
}

// arrow adds an arrow, the shorter way around the circle, and once more where it comes in again if
// it crosses an end of a period.
func (a plane) arrow(arrows *Arrows, from, to plotter.XY) {
	for _, way := range a.copies(plotter.XYs{from, to}) {
		arrows.From, arrows.To = append(arrows.From, way[0]), append(arrows.To, way[1])
	}
}

// copies returns a line as it is drawn on the circle: without jumps between neighbouring points, as
// often as parts of it lie within the axes, each time moved by whole turns.
func (a plane) copies(line plotter.XYs) []plotter.XYs {
	lines := []plotter.XYs{line}
	for j, at := range []func(*plotter.XY) *float64{func(p *plotter.XY) *float64 { return &p.X }, func(p *plotter.XY) *float64 { return &p.Y }} {
		turn := turnOf(a.periods, j)
		if turn == 0 || len(line) == 0 {
			continue
		}
		var copied []plotter.XYs
		for _, line := range lines {
			line = slices.Clone(line)
			least, most := *at(&line[0]), *at(&line[0])
			for k := range line[1:] {
				before, v := *at(&line[k]), at(&line[k+1])
				*v = before + math.Remainder(*v-before, turn)
				least, most = math.Min(least, *v), math.Max(most, *v)
			}
			for turns := math.Ceil((a.periods[j][0] - most) / turn); turns <= math.Floor((a.periods[j][1]-least)/turn); turns++ {
				moved := slices.Clone(line)
				for k := range moved {
					*at(&moved[k]) += turns * turn
				}
				copied = append(copied, moved)
			}
		}
		lines = copied
	}
	return lines
}
