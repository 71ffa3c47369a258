package kernelext

import (
	"strconv"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// closureColumns is the number of panels in a row of figures with a panel for each feature.
const closureColumns = 3

// ClosureFigure compares the images of points x [N, D] under each transport, and x itself, with
// points right [M, D] that the images should match. It has a panel for each feature, with ratios;
// see plot.Ratios. An error ends the cell.
func ClosureFigure(x, right data.Points, transports ...*f4f.Transport) *plot.Figure {
	return Must(closureFigure(x, right, transports...))
}

func closureFigure(x, right data.Points, transports ...*f4f.Transport) (*plot.Figure, error) {
	if len(transports) == 0 {
		return nil, errNoFlow
	}
	var samples []plot.Compared
	add := func(name string, y data.Points) error {
		features, err := metric.Ratios(right, y, metric.Binning{})
		samples = append(samples, plot.Compared{Name: name, Features: features})
		return err
	}
	for _, t := range transports {
		y, err := t.Forward(x)
		if err != nil {
			return nil, err
		}
		if err := add(t.String(), y); err != nil {
			return nil, err
		}
	}
	if err := add("before", x); err != nil {
		return nil, err
	}
	return plot.Ratios("closure", closureColumns, "right", samples...)
}

// DistanceFigure shows by how much each transport moves points x [N, D]: the share of points moved
// by at most a distance, over the distance. See plot.CumulativeDisplacement. An error ends the
// cell.
func DistanceFigure(x data.Points, transports ...*f4f.Transport) *plot.Figure {
	return Must(distanceFigure(x, transports...))
}

func distanceFigure(x data.Points, transports ...*f4f.Transport) (*plot.Figure, error) {
	var moved []plot.Moved
	for _, t := range transports {
		y, err := t.Forward(x)
		if err == nil {
			y, err = t.Nearest(x, y)
		}
		if err != nil {
			return nil, err
		}
		curve, err := metric.CumulativeDisplacement(x, y)
		if err != nil {
			return nil, err
		}
		moved = append(moved, plot.Moved{Name: t.String(), Curve: curve})
	}
	return plot.CumulativeDisplacement("how far points are moved", moved...)
}

// PITFigure shows whether a density is calibrated at points x [N, k] drawn from the truth, 1 ≤ k ≤
// D: a histogram of the probability integral transforms of each feature given the ones before it.
// For conditional densities set the points' conditions by At. The density must have one feature or
// be able to give the distribution functions; see f4f.Density.CDF and plot.PIT. An error ends the
// cell.
func PITFigure(d *f4f.Density, x data.Points) *plot.Figure { return Must(pitFigure(d, x)) }

func pitFigure(d *f4f.Density, x data.Points) (*plot.Figure, error) {
	var features []plot.Predicted
	for j := range x.Dim() {
		u, err := d.CDF(x, j)
		if err != nil {
			return nil, err
		}
		name := "feature " + strconv.Itoa(j)
		if names := x.ColumnNames(); names != nil && names[j] != "" {
			name = names[j]
		}
		features = append(features, plot.Predicted{Name: name, PIT: metric.PIT{Values: u, Weights: x.Weights()}})
	}
	return plot.PIT("PIT", closureColumns, 0, features...)
}
