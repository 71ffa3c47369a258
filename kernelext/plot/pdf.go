package plot

import (
	"image"
	"image/draw"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas works around faults of vgpdf 0.17.0. vgpdf writes UTF-8 into fonts encoded as
// Windows-1252 ("Â°" for "°"), draws images upside down, and asks for images at screen resolution.
// Text that the encoding lacks, such as Greek, is drawn as outlines; all other text stays text.
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

// DPI returns the resolution of embedded images, in dots per inch.
func (c pdfCanvas) DPI() float64 { return vectorDPI }

// upsideDown returns an image with its rows in reverse order. Transparent pixels become transparent
// white: PDF viewers interpolate colour and transparency separately, so transparent black would
// give dark fringes.
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

// windows1252 encodes text. A character that the encoding lacks becomes a similar one or a question
// mark; whole is then false.
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

// nearWindows1252 replaces characters that the encoding and the font lack.
var nearWindows1252 = map[rune]string{'→': "->", '←': "<-", '↔': "<->", '≤': "<=", '≥': ">=", '⁻': "-"}
