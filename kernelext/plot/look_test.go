package plot

import (
	"image/color"
	"math"
	"testing"
)

// seen returns a colour in Oklab, in which distances match perceived differences. matrix converts
// its linear RGB to the one that stands for what an eye sees.
func seen(c color.RGBA, matrix [3][3]float64) (lab [3]float64) {
	var linear, rgb [3]float64
	for i, v := range []uint8{c.R, c.G, c.B} {
		if s := float64(v) / 255; s <= 0.04045 {
			linear[i] = s / 12.92
		} else {
			linear[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	for i, row := range matrix {
		for j, m := range row {
			rgb[i] += m * linear[j]
		}
		rgb[i] = math.Max(0, rgb[i])
	}
	l := math.Cbrt(0.4122214708*rgb[0] + 0.5363325363*rgb[1] + 0.0514459929*rgb[2])
	m := math.Cbrt(0.2119034982*rgb[0] + 0.6806995451*rgb[1] + 0.1073969566*rgb[2])
	s := math.Cbrt(0.0883024619*rgb[0] + 0.2817188376*rgb[1] + 0.6299787005*rgb[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// eyes are the conversions to the linear RGB that stands for what an eye sees: the matrices of
// Machado, Oliveira and Fernandes (2009) for complete deficiencies.
var eyes = map[string][3][3]float64{
	"trichromat":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanope":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranope": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

// The lightness grows in equal steps; rounding to 8 bits per channel changes it by up to 0.002.
func TestDensityColoursGrowEvenlyInLightness(t *testing.T) {
	eye := eyes["trichromat"]
	for i := range 255 {
		a, b := seen(heat(float64(i)/255), eye), seen(heat(float64(i+1)/255), eye)
		if step := b[0] - a[0]; math.Abs(step-0.75/255) > 0.004 {
			t.Errorf("from colour %d to the next the lightness grows by %.4f, want %.4f", i, step, 0.75/255)
		}
	}
}

func TestSharesBeyondTheScaleHaveItsEnds(t *testing.T) {
	for share, want := range map[float64]color.RGBA{-1: heat(0), math.Inf(-1): heat(0), 2: heat(1), math.Inf(1): heat(1)} {
		if got := heat(share); got != want {
			t.Errorf("heat(%v) is %v, want %v", share, got, want)
		}
	}
	if heat(math.NaN()) != heat(0) {
		t.Error("NaN isn't drawn as nothing")
	}
	if placeColour(-3, math.Inf(1)) != placeColour(0, 1) {
		t.Error("a place beyond the map hasn't the colour of the edge")
	}
}

// A distance of 0.02 in Oklab is barely visible side by side. The colours of places half the plane
// apart must differ by three times as much, for every eye.
func TestPlacesApartHaveColoursApartForEveryEye(t *testing.T) {
	for name, eye := range eyes {
		least := math.Inf(1)
		const n = 12
		for i := range (n + 1) * (n + 1) {
			for j := range i {
				u, v, x, y := float64(i%(n+1))/n, float64(i/(n+1))/n, float64(j%(n+1))/n, float64(j/(n+1))/n
				if math.Hypot(u-x, v-y) >= 0.5 {
					least = math.Min(least, distance(seen(placeColour(u, v), eye), seen(placeColour(x, y), eye)))
				}
			}
		}
		t.Logf("%s: places half the plane apart differ by at least %.3f", name, least)
		if least < 0.06 {
			t.Errorf("%s: places half the plane apart differ by %.3f only", name, least)
		}
	}
}

func TestPlaceColoursAreSmoothBrightAndUnlikePaper(t *testing.T) {
	eye := eyes["trichromat"]
	for j := range 101 {
		for i := range 100 {
			u, v := float64(i)/100, float64(j)/100
			here, beside := seen(placeColour(u, v), eye), seen(placeColour(u+0.01, v), eye)
			if d := distance(here, beside); d > 0.02 {
				t.Fatalf("colours jump by %.3f at (%.2f, %.2f)", d, u, v)
			}
			if chroma := math.Hypot(here[1], here[2]); chroma < 0.07 || here[0] > 0.85 {
				t.Fatalf("the colour at (%.2f, %.2f) has chroma %.3f and lightness %.2f", u, v, chroma, here[0])
			}
		}
	}
}
