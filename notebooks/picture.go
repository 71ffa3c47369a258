package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"

	"golang.org/x/image/draw"
)

// fineness is how much of a picture is kept: its width in pixels and its colours, at most.
type fineness struct{ width, colours int }

// smaller is a PNG that takes less room. Clouds of points have thousands of colours and fine noise:
// few of them tell the same in a quarter of the room.
func smaller(content []byte, f fineness) ([]byte, error) {
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	full := picture.Bounds()
	width, height := full.Dx(), full.Dy()
	if width > f.width {
		width, height = f.width, height*f.width/width
	}
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(scaled, scaled.Rect, image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(scaled, scaled.Rect, picture, full, draw.Over, nil)
	few := image.NewPaletted(scaled.Rect, paletteOf(scaled, f.colours))
	draw.Draw(few, few.Rect, scaled, image.Point{}, draw.Src)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&small, few)
	return small.Bytes(), err
}

// shade is a colour and how many pixels have it.
type shade struct {
	rgb [3]int
	n   int
}

// paletteOf is as many colours as stand for all of a picture's, rare ones too: it divides them
// where they lie furthest apart, again and again (median cut, by means), and takes the mean of each
// part.
func paletteOf(picture *image.RGBA, most int) color.Palette {
	counted := map[[3]int]int{}
	for i := 0; i < len(picture.Pix); i += 4 {
		counted[[3]int{int(picture.Pix[i]), int(picture.Pix[i+1]), int(picture.Pix[i+2])}]++
	}
	var all []shade
	for rgb, n := range counted {
		all = append(all, shade{rgb, n})
	}
	slices.SortFunc(all, func(a, b shade) int { return slices.Compare(a.rgb[:], b.rgb[:]) }) // a map has no order
	parts := [][]shade{all}
	for len(parts) < most {
		widest, channel, width := 0, 0, 0
		for i, part := range parts {
			if c, w := extent(part); w > width {
				widest, channel, width = i, c, w
			}
		}
		if width == 0 {
			break // no two colours are left to be told apart
		}
		part, cut := parts[widest], mean(parts[widest])[channel]
		below := slices.DeleteFunc(slices.Clone(part), func(s shade) bool { return s.rgb[channel] > cut })
		above := slices.DeleteFunc(part, func(s shade) bool { return s.rgb[channel] <= cut })
		parts[widest] = below
		parts = append(parts, above)
	}
	var palette color.Palette
	for _, part := range parts {
		rgb := mean(part)
		palette = append(palette, color.RGBA{uint8(rgb[0]), uint8(rgb[1]), uint8(rgb[2]), 255})
	}
	return palette
}

// extent is the channel in which colours lie furthest apart, and how far.
func extent(part []shade) (channel, width int) {
	for c := range 3 {
		low, high := 255, 0
		for _, s := range part {
			low, high = min(low, s.rgb[c]), max(high, s.rgb[c])
		}
		if high-low > width {
			channel, width = c, high-low
		}
	}
	return channel, width
}

// mean is the mean colour of the pixels, rounded down: below the highest of any channel that
// varies.
func mean(part []shade) (rgb [3]int) {
	n := 0
	for _, s := range part {
		n += s.n
		for c := range 3 {
			rgb[c] += s.n * s.rgb[c]
		}
	}
	for c := range 3 {
		rgb[c] /= n
	}
	return rgb
}
