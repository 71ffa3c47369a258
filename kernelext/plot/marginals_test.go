package plot_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/kernelext/plot"
)

func ExampleMarginals() {
	ring, err := data.Ring().Sample(5000, 1)
	if err != nil {
		panic(err)
	}
	again, err := data.Ring().Sample(5000, 2)
	if err != nil {
		panic(err)
	}
	figure, err := plot.Marginals("closure", 2, plot.Set{Name: "data", Points: ring}, plot.Set{Name: "moved", Points: again})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(figure.Panels), "panels")
	// Output: 2 panels
}

// A weight of two counts as the point twice: both draw the same picture but for the bars.
func TestMarginalsOfWeightsAreThoseOfCopies(t *testing.T) {
	x, err := data.Ring().Sample(300, 1)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := data.Ring().Sample(300, 2)
	if err != nil {
		t.Fatal(err)
	}
	rows, weights := []int{}, make([]float64, x.Len())
	for i := range weights {
		weights[i] = float64(1 + i%2)
		for range 1 + i%2 {
			rows = append(rows, i)
		}
	}
	copies, err := x.Pick(rows...)
	if err != nil {
		t.Fatal(err)
	}
	upper := func(s plot.Set) image.Image {
		f, err := plot.Marginals("f", 1, plot.Set{Name: "reference", Points: reference}, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Panels {
			f.Panels[i].Below = nil
		}
		content, err := f.PNG()
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return picture
	}
	a, b := upper(plot.Set{Name: "s", Points: copies}), upper(plot.Set{Name: "s", Points: x, Weights: weights})
	c := upper(plot.Set{Name: "s", Points: x})
	if different(a, b) > 0 {
		t.Errorf("%d pixels differ between weights and copies", different(a, b))
	}
	if different(a, c) == 0 {
		t.Error("weights make no difference")
	}
}

// different returns the number of pixels that differ.
func different(a, b image.Image) (n int) {
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if color.RGBAModel.Convert(a.At(x, y)) != color.RGBAModel.Convert(b.At(x, y)) {
				n++
			}
		}
	}
	return n
}

func TestMarginalsRefuseWhatCannotBeDrawn(t *testing.T) {
	two, err := data.Ring().Sample(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func() (*plot.Figure, error){
		"no points": func() (*plot.Figure, error) { return plot.Marginals("f", 1, plot.Set{Name: "a"}) },
		"other features": func() (*plot.Figure, error) {
			return plot.Marginals("f", 1, plot.Set{Name: "a", Points: two}, plot.Set{Name: "b", Points: data.Point(1)})
		},
		"no columns": func() (*plot.Figure, error) { return plot.Marginals("f", 0, plot.Set{Name: "a", Points: two}) },
		"few weights": func() (*plot.Figure, error) {
			return plot.Marginals("f", 1, plot.Set{Name: "a", Points: two, Weights: []float64{1}})
		},
	} {
		if _, err := draw(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := plot.Marginals("f", 1, plot.Set{Name: "a", Points: two}, plot.Set{}); err == nil || !strings.Contains(err.Error(), "set 1") {
		t.Errorf("a set without a name gives %v", err)
	}
	if _, err := plot.Marginals("f", 1, plot.Set{Name: "a", Points: data.Point(3)}); err != nil {
		t.Errorf("one feature of one point: %v", err)
	}
}
