package kernelext

import (
	"bytes"
	"fmt"
	"image/color"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// thumbnail returns a PNG of size×size pixels without axes: points [N, D] on top of paler target
// points [M, D], which they should come to match. The first two features are drawn. The target sets
// the range.
func thumbnail(points, target data.Points, size int) ([]byte, error) {
	if size < 16 {
		return nil, fmt.Errorf("kernelext: a thumbnail must have at least 16 pixels, got %d", size)
	}
	panel := gonum.New()
	panel.HideAxes()
	panel.X.Padding, panel.Y.Padding = 0, 0
	for _, set := range []struct {
		name   string
		points data.Points
		colour color.RGBA
	}{
		{"target", target, color.RGBA{0xdd, 0xdd, 0xdd, 0xff}}, // grey
		{"points", points, color.RGBA{0x2a, 0x78, 0x8e, 0xff}}, // blue-green
	} {
		if set.points.Len() == 0 || set.points.Dim() < 2 {
			return nil, fmt.Errorf("kernelext: %s of a thumbnail must be at least 1 point of at least 2 features, got %v", set.name, set.points)
		}
		if err := set.points.CheckFinite(); err != nil {
			return nil, fmt.Errorf("kernelext: %s: %w", set.name, err)
		}
		colours := make([]color.RGBA, set.points.Len())
		for i := range colours {
			colours[i] = set.colour
		}
		panel.Add(plot.Cloud{XYs: set.points, Colours: colours, Radius: 1, Solid: true})
	}
	seen, err := plot.Points("target", target) // for the range of its axes
	if err != nil {
		return nil, err
	}
	axes := seen.Panels[0]
	panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = axes.X.Min, axes.X.Max, axes.Y.Min, axes.Y.Max
	length := vg.Length(size) * vg.Inch / vgimg.DefaultDPI
	canvas := vgimg.NewWith(vgimg.UseWH(length, length))
	panel.Draw(draw.New(canvas))
	var b bytes.Buffer
	_, err = vgimg.PngCanvas{Canvas: canvas}.WriteTo(&b)
	return b.Bytes(), err
}
