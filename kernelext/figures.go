package kernelext

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// TransportFigure is the colour-coded picture of what transports make of points x, side by side:
// every point keeps the colour of where it started. An error ends the cell.
func TransportFigure(x data.Points, transports ...*f4f.Transport) *plot.Figure {
	return Must(transportFigure(x, transports...))
}

func transportFigure(x data.Points, transports ...*f4f.Transport) (*plot.Figure, error) {
	var outputs []plot.Output
	for _, t := range transports {
		y, err := t.Forward(x)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, plot.Output{Name: t.String(), Points: y})
	}
	return plot.Transport("transport", x, outputs...)
}

// PathFigure is the colour-coded picture of the ways of points x [N, D] through conditions, every
// point in the colour of where it started (the paper's figure 7): a row for each method, the points
// before and under each condition. A method must keep the order of the points. An error ends the
// cell.
func PathFigure(x data.Points, conditions []Condition, methods ...Method) *plot.Figure {
	return Must(plot.ConditionPaths(x, conditions, methods...))
}

// OutsideFigure shows what each method makes under each condition, and which of the points are out
// of the true distribution there (the paper's figure 6): a row for each method, with the share
// outside as a number on each panel. The truth must have a density, see metric.Outside. An error
// ends the cell.
func OutsideFigure(truth data.ConditionalSource, conditions []Condition, methods ...Method) *plot.Figure {
	return Must(plot.ConditionOutside(truth, conditions, methods...))
}

// Trained is what LossFigure draws: an *f4f.Density or an *f4f.Transport.
type Trained interface {
	String() string            // what the flow is
	Losses() []float32         // of each step, in nats per point
	Epochs() []fit.EpochRecord // the epochs that have ended
}

// LossFigure is the losses of trained flows, side by side; see plot.Losses. An error ends the cell.
func LossFigure(flows ...Trained) *plot.Figure { return Must(lossFigure(flows...)) }

func lossFigure(flows ...Trained) (*plot.Figure, error) {
	var figures []*plot.Figure
	for _, flow := range flows {
		figure, err := plot.Losses(flow.String(), flow.Losses(), flow.Epochs())
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure)
	}
	return plot.Grid("losses", 2, figures...)
}

// DeformationFigure is how a transport of the plane bends it: a lattice over the points x [N, 2]
// pushed through Forward. An error ends the cell.
func DeformationFigure(x data.Points, t *f4f.Transport) *plot.Figure {
	return Must(deformationFigure(x, t))
}

func deformationFigure(x data.Points, t *f4f.Transport) (*plot.Figure, error) {
	if t == nil {
		return nil, errNoFlow
	}
	return plot.Deformation(t.String(), x, t.Forward)
}

// DisplacementFigure is where a transport of the plane takes points x [N, 2], as arrows. An error
// ends the cell.
func DisplacementFigure(x data.Points, t *f4f.Transport) *plot.Figure {
	return Must(displacementFigure(x, t))
}

func displacementFigure(x data.Points, t *f4f.Transport) (*plot.Figure, error) {
	y, err := t.Forward(x)
	if err != nil {
		return nil, err
	}
	return plot.Displacement(t.String(), x, y)
}

// PullbackFigure is the density that a transport pulls back from the right to the left, beside the
// left one that it should be, and the difference of their logarithms in nats. An error ends the
// cell.
func PullbackFigure(t *f4f.Transport) *plot.Figure { return Must(pullbackFigure(t)) }

func pullbackFigure(t *f4f.Transport) (*plot.Figure, error) {
	if t == nil {
		return nil, errNoFlow
	}
	x, err := t.Left().Sample(shownPoints/10, shownSeed)
	if err != nil {
		return nil, err
	}
	seen, err := plot.Points("left", x) // for its bounds
	if err != nil {
		return nil, err
	}
	axes := seen.Panels[0]
	within := plot.Bounds{MinX: axes.X.Min, MaxX: axes.X.Max, MinY: axes.Y.Min, MaxY: axes.Y.Max}
	left, pulled := plot.Density{Name: "left", LogProb: t.Left().LogProb}, plot.Density{Name: "right, pulled back", LogProb: t.LogProbLeft}
	both, err := plot.Densities(t.String(), 2, within, left, pulled)
	if err != nil {
		return nil, err
	}
	ratio, err := plot.LogRatio("pulled back / left", pulled, left, within)
	if err != nil {
		return nil, err
	}
	return plot.Grid("pull-back of "+t.String(), 3, both, ratio)
}

// sweepPlaces is how many places of a feature a layer's shape is drawn through.
const sweepPlaces = 401

// LinkFigure is the splines of a learned link of a density, at each of a few points x [K, D] of the
// data: what it makes of each feature as that alone moves, from a quarter beyond the bound on one
// side to a quarter beyond it on the other. An error ends the cell.
func LinkFigure(l f4f.Link, x data.Points) *plot.Figure { return Must(linkFigure(l, x)) }

func linkFigure(l f4f.Link, x data.Points) (*plot.Figure, error) {
	if !l.Learned() {
		return nil, fmt.Errorf("kernelext: %s has no splines to draw: take a link that is Learned", l)
	}
	if x.Len() > 6 {
		return nil, fmt.Errorf("kernelext: splines are drawn at up to 6 points, got %d", x.Len())
	}
	u, err := l.Enter(x)
	if err != nil {
		return nil, err
	}
	features := make([][]plot.SplineShape, x.Dim())
	for j := range features {
		for k := range u.Len() {
			shape, err := sweep(l, u.Row(k), j)
			if err != nil {
				return nil, err
			}
			shape.Name = fmt.Sprintf("at point %d", k)
			features[j] = append(features[j], shape)
		}
	}
	bound := l.Bound()
	if math.IsInf(bound, 1) {
		bound = 0 // none to draw
	}
	return plot.Splines(l.String(), bound, features...)
}

// sweep is what a link makes of feature j of a point u as that moves. The log-det of the link has
// parts of the other features too, which hang on j in turn: the slope is that of neighbours.
func sweep(l f4f.Link, u []float32, j int) (plot.SplineShape, error) {
	bound := l.Bound()
	if math.IsInf(bound, 1) { // it acts everywhere: as far as the splines of a plan's start
		bound = 4
	}
	values := make([]float32, 0, sweepPlaces*len(u))
	for i := range sweepPlaces {
		place := append([]float32(nil), u...)
		place[j] = float32(1.25 * bound * (2*float64(i)/(sweepPlaces-1) - 1))
		values = append(values, place...)
	}
	points, err := data.NewPoints(len(u), values)
	if err != nil {
		return plot.SplineShape{}, err
	}
	v, _, err := l.Apply(points)
	if err != nil {
		return plot.SplineShape{}, err
	}
	var s plot.SplineShape
	for i := range sweepPlaces {
		s.X, s.Y = append(s.X, points.At(i, j)), append(s.Y, v.At(i, j))
	}
	s.LogSlope = plot.LogSlopes(s.X, s.Y)
	return s, nil
}
