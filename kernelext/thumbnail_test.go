package kernelext

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func TestThumbnailDrawsPointsOverTheirTarget(t *testing.T) {
	points := func(values ...float32) data.Points {
		p, err := data.NewPoints(2, values)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	target := points(-1, -1, 1, 1)
	picture, err := thumbnail(points(-1, 1), target, 64)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil || img.Bounds().Dx() != 64 || img.Bounds().Dy() != 64 {
		t.Fatalf("it is %v, error %v", img.Bounds(), err)
	}
	// A point is in the upper left, the target in two other corners, nothing in the lower right.
	near := func(x, y int) (darkest uint32) {
		darkest = 0xffff
		for i := x - 4; i <= x+4; i++ {
			for j := y - 4; j <= y+4; j++ {
				r, _, _, _ := img.At(i, j).RGBA()
				darkest = min(darkest, r)
			}
		}
		return darkest
	}
	const edge = 5
	corner, behind, none := near(edge, edge), min(near(edge, 63-edge), near(63-edge, edge)), near(63-edge, 63-edge)
	if !(corner < behind && behind < none && none == 0xffff) {
		t.Errorf("darkest red of the point is %#x, of the target %#x, of the empty corner %#x", corner, behind, none)
	}
	for name, wrong := range map[string]func() ([]byte, error){
		"no points":   func() ([]byte, error) { return thumbnail(data.Points{}, target, 64) },
		"one feature": func() ([]byte, error) { return thumbnail(data.Point(1), target, 64) },
		"no pixels":   func() ([]byte, error) { return thumbnail(target, target, 0) },
	} {
		if _, err := wrong(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
