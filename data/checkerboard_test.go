package data

import (
	"math"
	"testing"
)

func TestCheckerboardIsDarkOnItsDiagonalsAndHoldsItsEdges(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y float32
		dark bool
	}{
		{"dark, at the origin's upper right", 1, 1, true},
		{"dark, at the origin's lower left", -1, -1, true},
		{"light, at the origin's lower right", 1, -1, false},
		{"dark corner", -3.9, -3.9, true},
		{"light corner", 3.9, -3.9, false},
		{"the board's edge on a dark square", 4, 3, true},
		{"the board's edge on a light square", 4, 1, false},
		{"between a dark square and a light one", 2, 1, true},
		{"where four squares meet", 0, 2, true},
		{"the board's dark corner point", 4, 4, true},
		{"the board's light corner point", 4, -4, false},
		{"off the board", 4.001, 3, false},
	} {
		points, err := NewPoints(2, []float32{c.x, c.y})
		if err != nil {
			t.Fatal(err)
		}
		logs, err := Checkerboard().LogProb(points)
		if err != nil {
			t.Fatal(err)
		}
		want := math.Inf(-1)
		if c.dark {
			want = -math.Log(32)
		}
		if math.Abs(logs[0]-want) > 1e-12 {
			t.Errorf("%s: log-density %v at (%g, %g), want %v", c.name, logs[0], c.x, c.y, want)
		}
	}
}
