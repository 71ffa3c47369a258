package plot

import (
	"bytes"
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/flowsforflows/flows/data"
)

// Thumbnail returns a PNG of size×size pixels without axes: points [N, D] on top of paler target
// points [M, D], which they should come to match. The first two features are drawn. The target sets
// the range.
func Thumbnail(points, target data.Points, size int) ([]byte, error) {
	if size < 16 {
		return nil, fmt.Errorf("plot: a thumbnail must have at least 16 pixels, got %d", size)
	}
	panel := plot.New()
	panel.HideAxes()
	panel.X.Padding, panel.Y.Padding = 0, 0
	for _, set := range []struct {
		name   string
		points data.Points
		colour color.RGBA
	}{{"target", target, pale}, {"points", points, training}} {
		if err := checkPoints(set.name, set.points); err != nil {
			return nil, err
		}
		if set.points.Dim() < 2 {
			return nil, fmt.Errorf("plot: %s of a thumbnail must have at least 2 features, got %d", set.name, set.points.Dim())
		}
		panel.Add(Cloud{XYs: set.points, Colours: shaded(set.points.Len(), set.colour), Radius: 1, Solid: true})
	}
	boundsOf(target).apply(panel)
	length := vg.Length(size) * vg.Inch / vgimg.DefaultDPI
	canvas := vgimg.NewWith(vgimg.UseWH(length, length))
	panel.Draw(draw.New(canvas))
	var b bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(&b)
	return b.Bytes(), err
}
