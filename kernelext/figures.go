package kernelext

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// TransportFigure returns the colour-coded picture of points x [N, D] and of what each transport
// makes of them, side by side. Every point keeps the colour of the place where it started. An error
// ends the cell.
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

// PathFigure returns the colour-coded picture of points x [N, D] on their way through conditions
// (the paper's figure 7). Each method has a row: the points before, and under each condition. Every
// point has the colour of the place where it started, so a method must keep the order of the
// points. An error ends the cell.
func PathFigure(x data.Points, conditions []Condition, methods ...Method) *plot.Figure {
	return Must(plot.ConditionPaths(x, conditions, methods...))
}

// OutsideFigure shows what each method makes under each condition, and marks the points that lie
// outside the true distribution there (the paper's figure 6). Each method has a row, and each
// panel's title gives the share outside, in percent. The truth must have a known density; see
// metric.Outside. An error ends the cell.
func OutsideFigure(truth data.ConditionalSource, conditions []Condition, methods ...Method) *plot.Figure {
	return Must(plot.ConditionOutside(truth, conditions, methods...))
}

// Trained is a flow that LossFigure can draw: an *f4f.Density or an *f4f.Transport.
type Trained interface {
	String() string            // the flow's name
	Losses() []float32         // the loss of each step, in nats per point
	Epochs() []fit.EpochRecord // the epochs that have ended, in order
}

// LossFigure returns the loss curves of trained flows, side by side; see plot.Losses. An error ends
// the cell.
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

// DeformationFigure shows how a transport of the plane deforms it: a lattice over the points x [N,
// 2], and the same lattice after Forward. An error ends the cell.
func DeformationFigure(t *f4f.Transport, x data.Points) *plot.Figure {
	return Must(deformationFigure(t, x))
}

func deformationFigure(t *f4f.Transport, x data.Points) (*plot.Figure, error) {
	if t == nil {
		return nil, errNoFlow
	}
	return plot.Deformation(t.String(), t.Forward, x)
}

// DisplacementFigure draws arrows from points x [N, 2] to where a transport of the plane takes
// them. An error ends the cell.
func DisplacementFigure(t *f4f.Transport, x data.Points) *plot.Figure {
	return Must(displacementFigure(t, x))
}

func displacementFigure(t *f4f.Transport, x data.Points) (*plot.Figure, error) {
	y, err := t.Forward(x)
	if err != nil {
		return nil, err
	}
	return plot.Displacement(t.String(), x, y)
}

// PullbackFigure shows the density that a transport pulls back from the right to the left. Beside
// it stand the left density, which it should equal, and the difference of their logarithms, in
// nats. An error ends the cell.
func PullbackFigure(t *f4f.Transport) *plot.Figure { return Must(pullbackFigure(t)) }

func pullbackFigure(t *f4f.Transport) (*plot.Figure, error) {
	if t == nil {
		return nil, errNoFlow
	}
	x, err := t.Left().Sample(shownPoints/10, shownSeed)
	if err != nil {
		return nil, err
	}
	seen, err := plot.Points("left", x) // for the range of its axes
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

// sweepPlaces is the number of values of a feature at which a layer's map is evaluated.
const sweepPlaces = 401

// LayerFigure draws the splines of a learned layer of a density at up to six points x [K, D] of the
// data: the value that the layer gives each feature while that feature alone varies. The feature
// runs from −1.25 to 1.25 times the bound. An error ends the cell.
func LayerFigure(l f4f.Layer, x data.Points) *plot.Figure { return Must(layerFigure(l, x)) }

func layerFigure(l f4f.Layer, x data.Points) (*plot.Figure, error) {
	if !l.Learned() {
		return nil, fmt.Errorf("kernelext: %s has no splines to draw: choose a layer that is Learned", l)
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
	bound := l.TailBound()
	if math.IsInf(bound, 1) {
		bound = 0 // no bound to draw
	}
	return plot.Splines(l.String(), bound, features...)
}

// sweep varies feature j of a point u [D] and returns what a layer makes of that feature. The
// layer's log-det includes the other features, which depend on feature j too, so the slope is
// computed from neighbouring values.
func sweep(l f4f.Layer, u []float32, j int) (plot.SplineShape, error) {
	bound := l.TailBound()
	if math.IsInf(bound, 1) { // it acts everywhere: use the default bound of splines
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
	s.LogSlope = logSlopes(s.X, s.Y)
	return s, nil
}

// logSlopes returns the logarithm of the slope of an increasing curve at each x, from the
// difference of its neighbours. A slope below 1e-6, which rounding can cause, counts as 1e-6.
func logSlopes(x, y []float64) []float64 {
	slopes := make([]float64, len(x))
	for i := range x {
		from, to := max(i-1, 0), min(i+1, len(x)-1)
		slopes[i] = math.Log(math.Max((y[to]-y[from])/(x[to]-x[from]), 1e-6))
	}
	return slopes
}
