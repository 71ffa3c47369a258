package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/data"
)

// mostFeatures limits a corner plot to panels that are large enough to read.
const mostFeatures = 12

// Corner returns a corner plot of samples of D ≥ 2 features. The diagonal has the density of each
// feature. Below it, each pair of features has the highest-density regions that hold 68% (thick)
// and 95% (thin) of each sample. The densities are weighted by the points' weights; where negative
// weights make a density negative, it is drawn as 0. features are the names of the features with
// their units, such as "pT (GeV)"; nil means the column names of the first sample, or else x₀, x₁,
// … The axis of an angle (data.Points.WithPeriod) is once around the circle, and regions that reach
// one end of it go on at the other.
func Corner(name string, features []string, samples ...Set) (*Figure, error) {
	if err := checkCorner(name, features, samples); err != nil {
		return nil, err
	}
	samples, periods, err := samplesOnCircles(name, samples)
	if err != nil {
		return nil, err
	}
	dim := samples[0].Points.Dim()
	if len(features) == 0 {
		features = featureNames(samples)
	}
	ranges := make([][2]float64, dim)
	for j := range ranges {
		ranges[j] = featureRange(samples, periods, j)
	}
	var panels []Panel
	for row := range dim {
		for column := range dim {
			panel := newPanel("")
			switch {
			case column < row:
				addRegions(panel, samples, column, row, ranges, periods)
			case column == row:
				addMarginals(panel, samples, row, ranges[row], turnOf(periods, row) > 0)
			default:
				panel.HideAxes()
				if row == 0 && column == dim-1 {
					addSamplesLegend(panel, samples)
				}
			}
			if column <= row {
				panel.X.Min, panel.X.Max = ranges[column][0], ranges[column][1]
				if turnOf(periods, column) > 0 {
					panel.X.Tick.Marker = angleTicks(periods[column])
				}
				if panel.X.Label.Text = features[column]; row < dim-1 {
					panel.X.Label.Text, panel.X.Tick.Marker = "", unlabelled{panel.X.Tick.Marker}
				}
			}
			if column < row {
				panel.Y.Min, panel.Y.Max = ranges[row][0], ranges[row][1]
				if turnOf(periods, row) > 0 {
					panel.Y.Tick.Marker = angleTicks(periods[row])
				}
				if panel.Y.Label.Text = features[row]; column > 0 {
					panel.Y.Label.Text, panel.Y.Tick.Marker = "", unlabelled{panel.Y.Tick.Marker}
				}
			}
			panels = append(panels, Panel{Plot: panel})
		}
	}
	side := max(1.1*vg.Inch, min(2.2*vg.Inch, Screen.Width/vg.Length(dim)-gap))
	figure := newFigure(name, dim, side, side, panels...)
	figure.aligned = true
	return figure, nil
}

func checkCorner(name string, features []string, samples []Set) error {
	if len(samples) == 0 {
		return fmt.Errorf("plot: %s: there must be at least one sample to draw, got none", name)
	}
	if err := checkAlike(name, samples); err != nil {
		return err
	}
	dim := samples[0].Points.Dim()
	if dim < 2 {
		return fmt.Errorf("plot: %s: a corner plot must have at least 2 features, got %d", name, dim)
	}
	if dim > mostFeatures {
		return fmt.Errorf("plot: %s: a corner plot must have at most %d features, got %d: choose some with Split", name, mostFeatures, dim)
	}
	if len(features) != 0 && len(features) != dim {
		return fmt.Errorf("plot: %s: there must be a name for each of %d features, got %d", name, dim, len(features))
	}
	return nil
}

// checkAlike returns an error unless the samples can be drawn over each other.
func checkAlike(name string, samples []Set) error {
	dim := samples[0].Points.Dim()
	for i, s := range samples {
		if err := s.check(i); err != nil {
			return err
		}
		switch {
		case s.Outside != nil:
			return fmt.Errorf("plot: %s: densities are drawn, not marks of what is outside", s.called(i))
		case s.Points.Dim() != dim:
			return fmt.Errorf("plot: %s: the samples of %s must have the same features, got %d beside %d", s.called(i), name, s.Points.Dim(), dim)
		}
	}
	return nil
}

// samplesOnCircles returns samples with their angles within one period; see onCircles.
func samplesOnCircles(name string, samples []Set) ([]Set, [][2]float64, error) {
	all := make([]data.Points, len(samples))
	for k, s := range samples {
		all[k] = s.Points
	}
	all, periods, err := onCircles(name, all...)
	if err != nil {
		return nil, nil, err
	}
	on := slices.Clone(samples)
	for k := range on {
		on[k].Points = all[k]
	}
	return on, periods, nil
}

// featureNames returns the names of the columns of the first sample, or x₀, x₁, … where it has
// none.
func featureNames(samples []Set) []string {
	names := samples[0].Points.ColumnNames()
	if names == nil {
		names = make([]string, samples[0].Points.Dim())
	}
	for j := range names {
		if names[j] == "" {
			names[j] = "x" + subscript(j)
		}
	}
	return names
}

// subscript returns a number in small digits below the line.
func subscript(n int) string {
	return strings.Map(func(digit rune) rune { return digit - '0' + '₀' }, strconv.Itoa(n))
}

// featureRange returns the range of a feature over all samples, with a margin, or once around the
// circle for an angle.
func featureRange(samples []Set, periods [][2]float64, j int) [2]float64 {
	if turnOf(periods, j) > 0 {
		least, most := circleRange(periods[j])
		return [2]float64{least, most}
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, s := range samples {
		from, to := core(s.Points.Len(), func(i int) float64 { return s.Points.At(i, j) })
		least, most = math.Min(least, from), math.Max(most, to)
	}
	margin := math.Max((most-least)*0.04, math.Max(math.Abs(least), math.Abs(most))*1e-6)
	if margin == 0 {
		margin = 1
	}
	return [2]float64{least - margin, most + margin}
}

// addMarginals draws the density of a feature of each sample as an outline.
func addMarginals(panel *plot.Plot, samples []Set, j int, within [2]float64, angle bool) {
	const bins = 50
	highest := 0.0
	for k, s := range samples {
		steps := make(plotter.XYs, bins+1)
		divided := binning{from: within[0], to: within[1], count: bins, above: angle} // by rounding
		for i := range steps {
			steps[i].X = divided.edge(i)
		}
		for i, b := range binned(s, j, divided) {
			if density := b.share / divided.width(); density > 0 && !math.IsInf(density, 0) {
				steps[i].Y = density
			}
			highest = math.Max(highest, steps[i].Y)
		}
		if angle {
			steps[bins].Y = steps[bins-1].Y // the axis ends, and not the density
		}
		panel.Add(&plotter.Line{XYs: steps, StepStyle: plotter.PostStep, LineStyle: draw.LineStyle{Color: curveColour(k), Width: vg.Points(1)}})
	}
	if highest == 0 {
		highest = 1
	}
	panel.HideY() // the height depends only on the units
	panel.Y.Min, panel.Y.Max = 0, highest*1.08
}

// addSamplesLegend adds a legend of the samples.
func addSamplesLegend(panel *plot.Plot, samples []Set) {
	panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = 0, 1, 0, 1
	panel.Legend.Top = true
	panel.Legend.XOffs, panel.Legend.YOffs = 0, 0
	for k, s := range samples {
		panel.Legend.Add(s.Name, &plotter.Line{LineStyle: draw.LineStyle{Color: curveColour(k), Width: vg.Points(1.4)}})
	}
}

// addRegions draws the highest-density regions of a pair of features of each sample.
func addRegions(panel *plot.Plot, samples []Set, x, y int, ranges, periods [][2]float64) {
	around := [2]bool{turnOf(periods, x) > 0, turnOf(periods, y) > 0}
	for k, grid := range pairGrids(samples, x, y, Bounds{ranges[x][0], ranges[x][1], ranges[y][0], ranges[y][1]}, around) {
		thin, thick := grid.level(0.95), grid.level(0.68)
		if !(thin > 0 && thick > thin) {
			continue // all points coincide
		}
		contour := plotter.NewContour(grid, []float64{thin, thick}, nil)
		contour.LineStyles = []draw.LineStyle{{Color: curveColour(k), Width: vg.Points(0.6)}, {Color: curveColour(k), Width: vg.Points(1.2)}}
		panel.Add(struct{ plot.Plotter }{contour}) // hides GlyphBoxer, which would add a margin
	}
}
