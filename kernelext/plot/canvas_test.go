package plot

import (
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

func newCanvas(f *Figure) draw.Canvas { return draw.New(vgimg.New(f.Width, f.Height)) }
