package plot

import (
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outlined returns a text as the outlines of its letters, starting at a point on the baseline. It
// is for text that an encoding lacks, such as Greek in PDF. ok is false, and letters nil, if the
// font lacks a letter.
func outlined(f font.Face, at vg.Point, text string) (letters []vg.Path, ok bool) {
	var buffer sfnt.Buffer
	em := fixed.I(int(f.Face.UnitsPerEm()))
	// Glyphs are loaded at one pixel per font unit, in coordinates of 1/64 pixel.
	scale := f.Font.Size / vg.Length(em)
	place := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + vg.Length(p.X)*scale, Y: at.Y - vg.Length(p.Y)*scale} // y grows downwards in font coordinates
	}
	for _, r := range text {
		index, err := f.Face.GlyphIndex(&buffer, r)
		if err != nil || index == 0 {
			return nil, false
		}
		segments, err := f.Face.LoadGlyph(&buffer, index, em, nil)
		if err != nil {
			return nil, false
		}
		var path vg.Path
		for i, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if i > 0 {
					path.Close()
				}
				path.Move(place(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(place(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(place(s.Args[0]), place(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(place(s.Args[0]), place(s.Args[1]), place(s.Args[2]))
			}
		}
		if len(path) > 0 {
			path.Close()
			letters = append(letters, path)
		}
		at.X += f.Width(string(r))
	}
	return letters, true
}
