package plot

import (
	"image"
	"image/draw"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas is vgpdf's canvas with what its version 0.17.0 gets wrong put right: it writes UTF-8
// into fonts of the encoding Windows-1252, "Â°" for "°", draws images upside down, and asks for
// them at the resolution of a screen. Text that the encoding lacks, such as Greek, is drawn as the
// outlines of its letters; all else is text.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas.
func (c pdfCanvas) FillString(f font.Face, at vg.Point, text string) {
	encoded, whole := windows1252(text)
	if !whole {
		if letters, ok := outlined(f, at, text); ok {
			for _, letter := range letters {
				c.Fill(letter)
			}
			return
		}
	}
	c.Canvas.FillString(f, at, encoded)
}

// DrawImage implements vg.Canvas.
func (c pdfCanvas) DrawImage(area vg.Rectangle, img image.Image) {
	c.Canvas.DrawImage(area, upsideDown(img))
}

// DPI is the resolution of images.
func (c pdfCanvas) DPI() float64 { return vectorDPI }

// upsideDown is an image with its rows from below to above. Where it is transparent it is so in
// white: readers of PDF interpolate colours and transparency apart, and black would give dark
// fringes.
func upsideDown(img image.Image) image.Image {
	bounds := img.Bounds()
	turned := image.NewNRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	for j := range bounds.Dy() {
		row := image.Rect(0, j, bounds.Dx(), j+1)
		draw.Draw(turned, row, img, image.Point{bounds.Min.X, bounds.Max.Y - 1 - j}, draw.Src)
	}
	for p := turned.Pix; len(p) > 0; p = p[4:] {
		if p[3] == 0 {
			p[0], p[1], p[2] = 0xff, 0xff, 0xff
		}
	}
	return turned
}

// windows1252 encodes text. What the encoding lacks is written as what is nearest, or as a question
// mark; whole tells that there was none.
func windows1252(text string) (encoded string, whole bool) {
	var b strings.Builder
	whole = true
	for _, r := range text {
		if special, ok := inWindows1252[r]; ok {
			b.WriteString(special)
		} else if r < 0x80 || 0xa0 <= r && r <= 0xff {
			b.WriteByte(byte(r))
		} else if near, ok := nearWindows1252[r]; ok {
			b.WriteString(near)
			whole = false
		} else {
			b.WriteByte('?')
			whole = false
		}
	}
	return b.String(), whole
}

var inWindows1252 = map[rune]string{
	'…': "\x85", '‘': "\x91", '’': "\x92", '“': "\x93", '”': "\x94", '•': "\x95", '–': "\x96", '—': "\x97", '€': "\x80", '−': "-",
}

// nearWindows1252 is for fonts that lack these too.
var nearWindows1252 = map[rune]string{'→': "->", '←': "<-", '↔': "<->", '≤': "<=", '≥': ">=", '⁻': "-"}
