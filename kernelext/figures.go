package kernelext

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// shownPoints is the number of points that are drawn from a density or passed through a transport.
// shownSeed is the seed of these points.
const (
	shownPoints = 100_000
	shownSeed   = 0
)

var (
	errNoFigure = errors.New("kernelext: only points, sources, densities, transports, epochs and figures can be drawn")
	errNoFlow   = errors.New("kernelext: there is no flow to draw: check the error that Fit or Load returned")
)

// FigureOf returns the figure that Show shows for a thing. For 3 to 8 features it is a corner plot.
// An error ends the cell.
func FigureOf(thing any) *plot.Figure { return Must(figureOf(thing)) }

func figureOf(thing any) (*plot.Figure, error) {
	switch thing := thing.(type) {
	case *plot.Figure:
		if thing != nil {
			return thing, nil
		}
	case data.Points:
		return pointsFigure("points", thing)
	case *f4f.Density: // a data.Source as well
		if thing != nil {
			return densityFigure(thing)
		}
	case data.Source:
		x, err := thing.Sample(shownPoints, shownSeed)
		if err != nil {
			return nil, err
		}
		return pointsFigure(thing.Name(), x)
	case []fit.EpochRecord:
		return plot.Losses("training", nil, thing)
	case *f4f.Transport:
		if thing == nil {
			break
		}
		x, err := thing.Left().Sample(shownPoints, shownSeed)
		if errors.Is(err, f4f.ErrNoDensity) {
			return originFigure(thing)
		}
		if err != nil {
			return nil, err
		}
		if thing.Dim() > 2 {
			return arrivalFigure(x, thing)
		}
		return transportFigure(x, thing)
	}
	return nil, fmt.Errorf("%w, got %T (%v)", errNoFigure, thing, thing)
}

// mostCorner is the largest number of features for which FigureOf makes a corner plot. With more,
// the panels would be too small.
const mostCorner = 8

// pointsFigure returns a histogram of one feature, a picture of the plane for two, and a corner
// plot for 3 to mostCorner. For more features it draws the first two.
func pointsFigure(name string, x data.Points) (*plot.Figure, error) {
	if x.Dim() <= 2 || x.Dim() > mostCorner {
		return plot.Points(name, x)
	}
	return plot.Corner(name, nil, plot.Set{Name: name, Points: x})
}

// originFigure shows where a transport from points alone takes samples of its right back to. There are no
// points of the left to begin with.
func originFigure(t *f4f.Transport) (*plot.Figure, error) {
	y, err := t.Right().Sample(shownPoints, shownSeed)
	if err != nil {
		return nil, err
	}
	x, err := t.Inverse(y)
	if err != nil {
		return nil, err
	}
	const name = "right, taken back"
	if t.Dim() > 2 {
		return pointsFigure(t.String()+": "+name, x)
	}
	return plot.Transport(t.String(), y, plot.Output{Name: name, Points: x})
}

// arrivalFigure shows what a transport of more than two features makes of points x [N, D], together
// with samples of its right side, which they should match, unless there are points alone.
func arrivalFigure(x data.Points, t *f4f.Transport) (*plot.Figure, error) {
	y, err := t.Forward(x)
	if err != nil {
		return nil, err
	}
	if t.Dim() > mostCorner {
		return plot.Points(t.String(), y)
	}
	sets := []plot.Set{{Name: "transported", Points: y}}
	right, err := t.Right().Sample(x.Len(), shownSeed+1)
	switch {
	case err == nil:
		sets = []plot.Set{{Name: "right", Points: right}, sets[0]}
	case !errors.Is(err, f4f.ErrNoDensity):
		return nil, err
	}
	return plot.Corner(t.String(), nil, sets...)
}

// densityFigure shows samples of a density. In the plane it shows the learned density beside them.
func densityFigure(d *f4f.Density) (*plot.Figure, error) {
	x, err := d.Sample(shownPoints, shownSeed)
	if err != nil {
		return nil, err
	}
	samples, err := pointsFigure("samples", x)
	if err != nil || d.Dim() != 2 {
		return samples, err
	}
	panel := samples.Panels[0]
	learned, err := plot.LogDensity("learned density", d.LogProb, plot.Bounds{MinX: panel.X.Min, MaxX: panel.X.Max, MinY: panel.Y.Min, MaxY: panel.Y.Max})
	if err != nil {
		return nil, err
	}
	axesOf(panel, learned)
	return plot.Grid(d.String(), 2, samples, learned)
}

// axesOf gives the panels of figures of the plane the axes of a panel, whose bounds they have: its
// ticks and its scales, which are others for an angle.
func axesOf(panel plot.Panel, figures ...*plot.Figure) {
	for _, f := range figures {
		for i := range f.Panels {
			p := &f.Panels[i]
			p.X.Tick.Marker, p.Y.Tick.Marker, p.Equal = panel.X.Tick.Marker, panel.Y.Tick.Marker, panel.Equal
		}
	}
}

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

// Trained is a flow that LossFigure can draw: an *f4f.Density or an *f4f.Transport.
type Trained interface {
	String() string            // the flow's name
	Losses() []float32         // the loss of each step, in nats per point
	Epochs() []fit.EpochRecord // the epochs that have ended, in order
}

// LossFigure returns the loss curves of trained flows, side by side; see plot.Losses, and
// plot.LossBounds, for flows whose LossesAreBounds. An error ends the cell.
func LossFigure(flows ...Trained) *plot.Figure { return Must(lossFigure(flows...)) }

func lossFigure(flows ...Trained) (*plot.Figure, error) {
	var figures []*plot.Figure
	for _, flow := range flows {
		draw := plot.Losses
		if of, ok := flow.(interface{ LossesAreBounds() bool }); ok && of.LossesAreBounds() {
			draw = plot.LossBounds
		}
		figure, err := draw(flow.String(), flow.Losses(), flow.Epochs())
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

// PotentialFigure shows the convex potential of a transport of the plane by one ConvexPotential
// layer: its contours, the way that it moves points x [N, 2], and where they go; see
// plot.Potential. It is an error if F is not the potential of the map in the data's units, as a side is
// standardised or has maps of columns. An error ends the cell.
func PotentialFigure(t *f4f.Transport, x data.Points) *plot.Figure {
	return Must(potentialFigure(t, x))
}

func potentialFigure(t *f4f.Transport, x data.Points) (*plot.Figure, error) {
	y, err := t.Forward(x)
	if err != nil {
		return nil, err
	}
	if err := isGradient(t, x, y); err != nil {
		return nil, err
	}
	return plot.Potential(t.String(), t.Potential, x, y)
}

// isGradient returns an error unless the images y of points x [N, 2] are the gradient of the transport's
// potential there in the data's units, by differences.
func isGradient(t *f4f.Transport, x, y data.Points) error {
	const some = 50
	x, y = x.Slice(0, min(some, x.Len())), y.Slice(0, min(some, y.Len()))
	spread, err := data.FitScaler(y)
	if err != nil {
		return nil // too few points to tell
	}
	for j := range x.Dim() {
		step := float32(0.02 * spread.Std[j])
		var f [2][]float64
		for k, by := range []float32{-step, step} {
			values := slices.Clone(x.Values())
			for i := range x.Len() {
				values[i*x.Dim()+j] += by
			}
			moved, err := data.NewPoints(x.Dim(), values)
			if err != nil {
				return err
			}
			if f[k], err = t.Potential(moved); err != nil {
				return err
			}
		}
		off := 0.0
		for i := range x.Len() {
			off += math.Abs((f[1][i]-f[0][i])/(2*float64(step))-y.At(i, j)) / float64(x.Len())
		}
		if !(off < 0.2*spread.Std[j]) {
			return fmt.Errorf("kernelext: the potential of %s is not that of the map in the data's units, as a side is standardised or has maps of columns: train with Raw on both bases and without such maps to draw it", t)
		}
	}
	return nil
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
	axesOf(axes, both, ratio)
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
