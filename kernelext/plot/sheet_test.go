package plot

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"slices"
	"testing"
)

var sheet = flag.String("sheet", "", "write a contact sheet of every kind of figure, in every style, to this PNG file")

// Look at the sheet for clipped labels and overlaps: go test ./kernelext/plot -run ContactSheet
// -sheet sheet.png
func TestContactSheet(t *testing.T) {
	made := kinds(t)
	var rows [][]image.Image
	for _, name := range slices.Sorted(maps.Keys(made)) {
		f, err := made[name]()
		if err != nil {
			t.Fatal(err)
		}
		var row []image.Image
		for _, style := range []Style{Screen, TwoColumns, OneColumn} {
			printed := f.In(style)
			printed.DPI = 130
			content, err := printed.PNG()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			img, err := png.Decode(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if margin := inkAtEdges(img); margin {
				t.Errorf("%s, %v wide: something is cut off at the edge", name, style.Width)
			}
			row = append(row, img)
		}
		rows = append(rows, row)
	}
	if *sheet == "" {
		return
	}
	wide, high := 0, 0
	for _, row := range rows {
		across, down := 0, 0
		for _, img := range row {
			across, down = across+img.Bounds().Dx()+20, max(down, img.Bounds().Dy())
		}
		wide, high = max(wide, across), high+down+20
	}
	all := image.NewRGBA(image.Rect(0, 0, wide, high))
	draw.Draw(all, all.Bounds(), image.NewUniform(color.Gray{0xa0}), image.Point{}, draw.Src)
	y := 0
	for _, row := range rows {
		x, down := 0, 0
		for _, img := range row {
			draw.Draw(all, image.Rect(x, y, x+img.Bounds().Dx(), y+img.Bounds().Dy()), img, img.Bounds().Min, draw.Src)
			x, down = x+img.Bounds().Dx()+20, max(down, img.Bounds().Dy())
		}
		y += down + 20
	}
	var b bytes.Buffer
	if err := png.Encode(&b, all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*sheet, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inkAtEdges reports whether the outermost pixels of an image hold anything but white.
func inkAtEdges(img image.Image) bool {
	b := img.Bounds()
	dark := func(x, y int) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		return min(r, g, b) < 0xf000
	}
	for x := b.Min.X; x < b.Max.X; x++ {
		if dark(x, b.Min.Y) || dark(x, b.Max.Y-1) {
			return true
		}
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if dark(b.Min.X, y) || dark(b.Max.X-1, y) {
			return true
		}
	}
	return false
}
