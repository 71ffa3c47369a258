package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Losses returns a figure of the losses of a training, in nats. For steps it draws a running mean
// over about a fortieth of the run, and fainter one over less. For each epoch it draws the mean
// training loss, at the epoch's middle, and the validation loss, at its end, unless that is NaN.
// The y axis leaves out the high losses of the start; see lossRange. Without steps, only the epochs
// are drawn.
func Losses(name string, steps []float32, epochs []fit.EpochRecord) (*Figure, error) {
	return lossCurves(name, "loss (nats)", steps, epochs)
}

// LossBounds is Losses with the y axis "bound of −log P", for flows with noisy columns; see
// f4f.Density.LossesAreBounds.
func LossBounds(name string, steps []float32, epochs []fit.EpochRecord) (*Figure, error) {
	return lossCurves(name, "bound of −log P (nats)", steps, epochs)
}

// lossCurves is Losses with the title of the y axis.
func lossCurves(name, title string, steps []float32, epochs []fit.EpochRecord) (*Figure, error) {
	if err := checkLosses(name, steps, epochs); err != nil {
		return nil, err
	}
	perEpoch := 1.0
	if len(steps) > 0 && len(epochs) > 0 {
		perEpoch = float64(len(steps)) / float64(len(epochs))
	}
	rough, smooth := around(steps, len(steps)/800), around(steps, len(steps)/80)
	var means, scores plotter.XYs
	for i, e := range epochs {
		means = append(means, plotter.XY{X: (float64(i) + 0.5) * perEpoch, Y: e.Loss})
		if !math.IsNaN(e.Validation) {
			scores = append(scores, plotter.XY{X: float64(i+1) * perEpoch, Y: e.Validation})
		}
	}

	panel := newPanel(name)
	addCurve(panel, "", rough, draw.LineStyle{Color: faint, Width: vg.Points(0.7)}, nil)
	addCurve(panel, "training, by step", smooth, draw.LineStyle{Color: training, Width: vg.Points(1.4)}, nil)
	addCurve(panel, "training, by epoch", means, draw.LineStyle{Color: training}, draw.CircleGlyph{})
	addCurve(panel, "validation", scores, draw.LineStyle{Color: held, Width: vg.Points(1)}, draw.BoxGlyph{})
	panel.Y.Label.Text = title
	panel.X.Label.Text, panel.X.Min, panel.X.Max = "step", 0, float64(len(steps))
	if len(steps) == 0 {
		panel.X.Label.Text, panel.X.Max = "epoch", float64(len(epochs))
	}
	panel.Y.Min, panel.Y.Max = lossRange(smooth, means, scores)
	if panel.Legend.Top = true; crowdedAbove(panel, smooth, means, scores) {
		panel.Legend.Top, panel.Legend.Left = false, true
		panel.Legend.XOffs, panel.Legend.YOffs = vg.Points(4), vg.Points(6) // distance from the axes
	}
	return newFigure(name, 1, curvesWide, curvesHigh, Panel{Plot: panel}), nil
}

// crowdedAbove reports whether the curves fill the upper right corner, where the legend stands,
// more than the lower left one. That happens if a validation loss has risen.
func crowdedAbove(p *plot.Plot, curves ...plotter.XYs) bool {
	above, below := 0.0, 0.0
	for _, curve := range curves {
		for _, at := range curve {
			x, y := (at.X-p.X.Min)/(p.X.Max-p.X.Min), (at.Y-p.Y.Min)/(p.Y.Max-p.Y.Min)
			switch {
			case x > 0.7 && y > 0.75:
				above += 1 / float64(len(curve))
			case x < 0.3 && y < 0.25:
				below += 1 / float64(len(curve))
			}
		}
	}
	return above > below
}

// checkLosses returns an error unless there are losses, all finite. A validation loss may be NaN.
func checkLosses(name string, steps []float32, epochs []fit.EpochRecord) error {
	if len(steps) == 0 && len(epochs) == 0 {
		return fmt.Errorf("plot: %s: there are no losses to draw", name)
	}
	for i, l := range steps {
		if l := float64(l); math.IsNaN(l) || math.IsInf(l, 0) {
			return fmt.Errorf("plot: %s: the loss of step %d is %v; losses must be finite", name, i+1, l)
		}
	}
	for i, e := range epochs {
		if math.IsNaN(e.Loss) || math.IsInf(e.Loss, 0) {
			return fmt.Errorf("plot: %s: the training loss of epoch %d is %v; losses must be finite", name, i+1, e.Loss)
		}
		if math.IsInf(e.Validation, 0) {
			return fmt.Errorf("plot: %s: the validation loss of epoch %d is %v; it must be finite, or NaN for none", name, i+1, e.Validation)
		}
	}
	return nil
}

// around returns running means at up to 400 steps, spread evenly. Each is the mean of the losses of
// the steps up to reach away on either side. Near the start, where losses fall fastest, it takes
// equally many on both sides.
func around(steps []float32, reach int) plotter.XYs {
	sums := make([]float64, len(steps)+1) // sum of the losses of the steps before
	for i, l := range steps {
		sums[i+1] = sums[i] + float64(l)
	}
	n := min(len(steps), 400)
	curve := make(plotter.XYs, n)
	for k := range curve {
		i := k * (len(steps) - 1) / max(n-1, 1)
		from, to := i-min(reach, i), min(i+min(reach, i)+1, len(steps))
		curve[k] = plotter.XY{X: float64(i + 1), Y: (sums[to] - sums[from]) / float64(to-from)}
	}
	return curve
}

// addCurve adds points and their legend entry. They are joined by a line if line has a width, and
// each has a mark if mark isn't nil.
func addCurve(p *plot.Plot, name string, points plotter.XYs, line draw.LineStyle, mark draw.GlyphDrawer) {
	if len(points) == 0 {
		return
	}
	var thumbnails []plot.Thumbnailer
	if line.Width > 0 {
		l := &plotter.Line{XYs: points, LineStyle: line}
		p.Add(l)
		thumbnails = append(thumbnails, l)
	}
	if mark != nil {
		s := &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: line.Color, Radius: vg.Points(2.2), Shape: mark}}
		p.Add(s)
		thumbnails = append(thumbnails, s)
	}
	if name != "" {
		p.Legend.Add(name, thumbnails...)
	}
}

// lossRange returns the range of the y axis. It leaves out the first twentieth of each curve, where
// the losses are much higher. Of a curve with more than 100 points it also leaves out the highest
// 4% of the rest, which may be spikes.
func lossRange(curves ...plotter.XYs) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, curve := range curves {
		if len(curve) == 0 {
			continue
		}
		var values []float64
		for _, p := range curve[len(curve)/20:] {
			values = append(values, p.Y)
		}
		slices.Sort(values)
		least = math.Min(least, values[0])
		spikes := 0
		if len(values) > 100 { // a curve by step; in a curve by epoch every value counts, above all a rising validation loss
			spikes = len(values) / 25
		}
		most = math.Max(most, values[len(values)-1-spikes])
	}
	margin := math.Max((most-least)*0.08, math.Max(math.Abs(most)*1e-6, 1e-9))
	return least - margin, most + margin
}
