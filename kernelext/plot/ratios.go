package plot

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/f4f/metric"
)

// Compared is a named sample whose features have been compared with those of the truth, for the
// figure of Ratios.
type Compared struct {
	Name     string                 // legend entry
	Features []metric.FeatureRatios // of metric.Ratios, in the same bins for all samples of a figure
}

// Ratios returns a figure with a panel for each feature, cols panels in a row: the densities of the
// truth (filled) and of the samples (lines), and below them their ratios to the truth. Use it
// instead of Marginals where the bins matter, where the numbers are needed too, or for ensembles.
//
// Error bars are one standard deviation of the counts of the sample, √Σw²; the grey band about 1 is
// that of the truth. If the ratios have a Spread over members, a band in the sample's colour is
// plus and minus one standard deviation of the members. Ratios beyond the axis are shown by arrows
// at its end. The axis of the ratios is the narrowest of ±2%, 5%, 10%, 20%, 50% and 100% that holds
// 90% of those of the sample nearest to the truth, with their error bars, among the bins with at
// least 100 points of the truth. The legend gives χ² over its degrees of freedom. The title gives
// the shares that lie below and above the bins: those of the truth, and in brackets those of the
// sample, or the largest of several samples.
//
//	features, err := metric.Ratios(measured, moved, metric.Binning{})
//	figure, err := plot.Ratios("closure", 3, "data", plot.Compared{Name: "moved", Features: features})
//
// Ratios returns an error if cols is less than 1, if there is no sample, or if the samples differ
// in their features or bins.
func Ratios(name string, cols int, truth string, samples ...Compared) (*Figure, error) {
	if cols < 1 {
		return nil, fmt.Errorf("plot: %s: there must be at least 1 column, got %d", name, cols)
	}
	if len(samples) == 0 || len(samples[0].Features) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one sample with features to draw, got none", name)
	}
	for _, s := range samples {
		if err := sameBins(samples[0], s); err != nil {
			return nil, fmt.Errorf("plot: %s: %w", name, err)
		}
	}
	panels := make([]Panel, len(samples[0].Features))
	for j := range panels {
		panels[j] = ratioPanel(truth, samples, j)
	}
	figure := newFigure(name, min(cols, len(panels)), marginalWide, marginalHigh, panels...)
	figure.wide = true
	return figure, nil
}

// sameBins returns an error unless two samples have the same features in the same bins.
func sameBins(a, b Compared) error {
	if len(a.Features) != len(b.Features) {
		return fmt.Errorf("samples must have the same features, got %d of %q and %d of %q", len(a.Features), a.Name, len(b.Features), b.Name)
	}
	for j, f := range a.Features {
		g := b.Features[j]
		if len(f.Bins) == 0 {
			return fmt.Errorf("feature %q of %q must have bins, got none", f.Name, a.Name)
		}
		if len(f.Bins) != len(g.Bins) {
			return fmt.Errorf("samples must have the same bins of %q, got %d of %q and %d of %q", f.Name, len(f.Bins), a.Name, len(g.Bins), b.Name)
		}
		for i := range f.Bins {
			if p, q := f.Bins[i], g.Bins[i]; p.From != q.From || p.To != q.To {
				return fmt.Errorf("samples must have the same bins of %q, got %v of %q and %v of %q", f.Name, p, a.Name, q, b.Name)
			}
		}
	}
	return nil
}

// ratioPanel returns the panel of one feature.
func ratioPanel(truth string, samples []Compared, j int) Panel {
	f := samples[0].Features[j]
	edges, heights, above, under := []float64{f.Bins[0].From}, []float64{}, []float64{}, []float64{}
	for _, b := range f.Bins {
		edges = append(edges, b.To)
		heights = append(heights, b.Truth.Value/(b.To-b.From))
		relative := 0.0
		if b.Truth.Value != 0 {
			relative = b.Truth.Error / math.Abs(b.Truth.Value)
		}
		above, under = append(above, 1+relative), append(under, 1-relative)
	}
	ends := edges[len(edges)-1]
	panel, below := newPanel(""), newPanel("")
	outline := steps(edges, heights)
	area := Band{Low: plotter.XYs{{X: edges[0]}, {X: ends}}, High: outline}
	panel.Add(area)
	panel.Legend.Add(truth, area)
	below.Add(Band{Low: steps(edges, under), High: steps(edges, above)}, reference(plotter.XYs{{X: edges[0], Y: 1}, {X: ends, Y: 1}}))
	half := ratioHalf(samples, j)
	highest, least := 0.0, 0.0
	see := func(values []float64) {
		for _, v := range values {
			highest, least = math.Max(highest, v), math.Min(least, v)
		}
	}
	see(heights)
	for k, s := range samples {
		g := s.Features[j]
		drawn := sampleRatios{bins: g.Bins, shift: 0.5 + 0.18*(float64(k)-float64(len(samples)-1)/2), style: draw.LineStyle{Color: curveColour(k), Width: vg.Points(1)}}
		densities := make([]float64, len(g.Bins))
		for i, b := range g.Bins {
			densities[i] = b.Sample.Value / (b.To - b.From)
		}
		see(densities)
		line := &plotter.Line{XYs: steps(edges, densities), LineStyle: draw.LineStyle{Color: curveColour(k), Width: vg.Points(1.2)}}
		panel.Add(line)
		panel.Legend.Add(fmt.Sprintf("%s, χ² %.0f/%d", s.Name, g.ChiSquare, g.Freedom), line)
		below.Add(memberBand(edges, g.Bins, k), drawn)
	}
	room := 1.1 + 0.09*float64(len(samples)+1) // for the legend
	Bounds{edges[0], ends, least, math.Max(highest, math.SmallestNonzeroFloat64) * room}.apply(panel)
	panel.Legend.Top = true
	panel.Title.Text = outsideShares(samples, j)
	Bounds{edges[0], ends, 1 - half, 1 + half}.apply(below)
	mark := func(v float64) plot.Tick { return plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 4, 64)} }
	below.Y.Tick.Marker = plot.ConstantTicks{mark(1), mark(1 - half), mark(1 + half), {Value: 1 - half/2}, {Value: 1 + half/2}} // where there is no room for all labels, the first stays
	below.Y.Label.Text, below.X.Label.Text = "ratio", f.Name
	if f.Name == strconv.Itoa(j) {
		below.X.Label.Text = "x" + subscript(j)
	}
	panel.X.Tick.Marker = unlabelled{panel.X.Tick.Marker}
	return Panel{Plot: panel, Below: below}
}

// ratioHalf returns half of the length of the axis of the ratios.
func ratioHalf(samples []Compared, j int) float64 {
	const enough, most = 100, 0.9
	halves := []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1}
	least := len(halves) - 1
	for _, s := range samples {
		within, count := make([]int, len(halves)), 0
		for _, b := range s.Features[j].Bins {
			if b.Truth.Count < enough || math.IsNaN(b.Ratio) {
				continue
			}
			count++
			for i, h := range halves {
				if math.Abs(b.Ratio-1)+b.Error <= h {
					within[i]++
				}
			}
		}
		for i := range least {
			if count > 0 && float64(within[i]) >= most*float64(count) {
				least = i
				break
			}
		}
	}
	return halves[least]
}

// outsideShares returns the text of a title about what lies outside the bins, or "".
func outsideShares(samples []Compared, j int) string {
	var parts []string
	for _, end := range []struct {
		name string
		of   func(metric.FeatureRatios) metric.RatioBin
	}{
		{"below", func(f metric.FeatureRatios) metric.RatioBin { return f.Under }},
		{"above", func(f metric.FeatureRatios) metric.RatioBin { return f.Over }},
	} {
		of, most := end.of(samples[0].Features[j]).Truth.Value, 0.0
		for _, s := range samples {
			if v := end.of(s.Features[j]).Sample.Value; math.Abs(v) > math.Abs(most) {
				most = v
			}
		}
		if of != 0 || most != 0 {
			parts = append(parts, fmt.Sprintf("%s %.1g%% (%.1g%%)", end.name, 100*of, 100*most))
		}
	}
	return strings.Join(parts, ", ")
}

// memberBand returns the band of the members of sample k, which is empty without members.
func memberBand(edges []float64, bins []metric.RatioBin, k int) Band {
	low, high := make([]float64, len(bins)), make([]float64, len(bins))
	for i, b := range bins {
		if math.IsNaN(b.Spread) {
			if !math.IsNaN(b.Ratio) {
				return Band{}
			}
			low[i], high[i] = 1, 1 // no truth, no ratio
			continue
		}
		low[i], high[i] = b.Ratio-b.Spread, b.Ratio+b.Spread
	}
	return Band{Low: steps(edges, low), High: steps(edges, high), Color: translucent(curveColour(k))}
}
