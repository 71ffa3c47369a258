package plot

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
)

// Set is a named set of points, such as one of several that Compare draws side by side.
type Set struct {
	Name   string      // title of the panel
	Points data.Points // [N, D]; Compare draws the first two features
	// Outside [N] marks the points that lie outside the distribution that they should follow; see
	// metric.Outside. Compare draws them in orange on top of the others, and gives their share in
	// the title. If it is nil, no points are marked and Compare draws the density of the points.
	Outside []bool
	// Weights [N] are the weights of the points, such as a density ratio, for the density that is
	// drawn. They must not be negative. nil means the weights that the points have
	// (data.Points.WithWeights), which may be negative, or equal weights if they have none.
	Weights []float64
}

// weights returns the weights of the points, or nil if no point counts more than another.
func (s Set) weights() []float64 {
	if s.Weights == nil && s.Points.Weighted() {
		return s.Points.Weights()
	}
	return s.Weights
}

// weight returns number i of some weights, or 1 if there are none.
func weight(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}

// Compare returns a figure of sets of points side by side, cols in a row, with common axes.
func Compare(name string, cols int, sets ...Set) (*Figure, error) {
	if len(sets) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one set to draw, got none", name)
	}
	if cols < 1 {
		return nil, fmt.Errorf("plot: %s: there must be at least 1 column, got %d", name, cols)
	}
	all := make([]data.Points, len(sets))
	for i, s := range sets {
		if err := s.check(i); err != nil {
			return nil, err
		}
		if s.Points.Dim() < 2 {
			return nil, fmt.Errorf("plot: %s: points to compare must have at least 2 features, got %d", s.called(i), s.Points.Dim())
		}
		all[i] = s.Points
	}
	axes, all, err := planeOf(name, all...)
	if err != nil {
		return nil, err
	}
	panels := make([]Panel, len(sets))
	for i, s := range sets {
		s.Points = all[i]
		panel := newPanel(s.title() + axes.outside(s.Points))
		if s.Outside == nil {
			panel.Add(Histogram2D{XYs: s.Points, Weights: s.Weights})
		} else {
			inside, strays := s.parts()
			panel.Add(Cloud{XYs: inside, Colours: shaded(inside.Len(), training)}, Cloud{XYs: strays, Colours: shaded(strays.Len(), held), Radius: strayRadius, Solid: true})
		}
		panels[i] = axes.panel(panel)
	}
	return newFigure(name, min(cols, len(sets)), panelSide, panelSide, panels...), nil
}

// check returns an error unless the set can be drawn. place is its number in the figure, from 0,
// which names it if it has no name.
func (s Set) check(place int) error {
	name := s.called(place)
	if err := checkPoints(name, s.Points); err != nil {
		return err
	}
	n := s.Points.Len()
	switch {
	case s.Outside != nil && len(s.Outside) != n:
		return fmt.Errorf("plot: %s: there must be a mark for each of %d points, got %d", name, n, len(s.Outside))
	case s.Weights != nil && len(s.Weights) != n:
		return fmt.Errorf("plot: %s: there must be a weight for each of %d points, got %d", name, n, len(s.Weights))
	case s.Weights != nil && s.Points.Weights() != nil:
		return fmt.Errorf("plot: %s: the points of a set with Weights must have none of their own; leave Weights out, or multiply them (metric.Weights.Times)", name)
	case s.Outside != nil && s.Weights != nil:
		return fmt.Errorf("plot: %s: a set must not have both Outside and Weights", name)
	}
	for i, w := range s.Weights {
		if !(w >= 0) {
			return fmt.Errorf("plot: %s: weights must not be negative, got %v in row %d", name, w, i)
		}
	}
	if err := s.Points.CheckWeights(); err != nil {
		return fmt.Errorf("plot: %s: %w", name, err)
	}
	return nil
}

// called returns the name of the set, or its place in the figure, counted from 0, if it has none.
func (s Set) called(place int) string {
	if s.Name == "" {
		return fmt.Sprintf("set %d, which has no Name", place)
	}
	return s.Name
}

// title returns the name, with the share of the points outside, by their weights, if they are
// marked.
func (s Set) title() string {
	if s.Outside == nil {
		return s.Name
	}
	outside, all := 0.0, 0.0
	weights := s.weights()
	for i, out := range s.Outside {
		if w := weight(weights, i); out {
			outside, all = outside+w, all+w
		} else {
			all += w
		}
	}
	return fmt.Sprintf("%s: %.2f%% out", s.Name, 100*outside/all)
}

// parts returns the points that aren't marked, and those that are.
func (s Set) parts() (inside, strays plotter.XYs) {
	for i, out := range s.Outside {
		x, y := s.Points.XY(i)
		if out {
			strays = append(strays, plotter.XY{X: x, Y: y})
		} else {
			inside = append(inside, plotter.XY{X: x, Y: y})
		}
	}
	return inside, strays
}

// shaded returns n copies of a colour.
func shaded(n int, shade color.RGBA) []color.RGBA {
	shades := make([]color.RGBA, n)
	for i := range shades {
		shades[i] = shade
	}
	return shades
}
