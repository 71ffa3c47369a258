package template_test

import (
	"context"
	"fmt"
	"log"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/notebooks/analysis/template"
)

// The masses in the sidebands tell how many background events the region holds.
func ExampleFitSpectrum() {
	_, m, err := template.Background(20_000, 2.9, 4.1, 1)
	if err != nil {
		log.Fatal(err)
	}
	w := template.Window{From: 3.3, To: 3.7, Side: 0.4}
	_, sidebands, err := w.Sidebands(m, m)
	if err != nil {
		log.Fatal(err)
	}
	_, region, err := w.Region(m, m)
	if err != nil {
		log.Fatal(err)
	}
	var spectrum template.Spectrum
	if spectrum, err = template.FitSpectrum(sidebands, w); err != nil {
		log.Fatal(err)
	}
	var expected template.Count = spectrum.Expected(sidebands.Len(), w)
	off := (expected.Value - float64(region.Len())) / expected.Error
	fmt.Println(w, off > -3 && off < 3)
	// Output: 3.3 to 3.7 TeV, sidebands of 0.4 TeV true
}

// Moments that are straight lines in the mass move events from mass to mass.
func ExampleFitLinear() {
	x, m, err := template.Background(20_000, 2.9, 4.1, 1)
	if err != nil {
		log.Fatal(err)
	}
	var linear *template.Linear
	if linear, err = template.FitLinear(x, m, template.Columns...); err != nil {
		log.Fatal(err)
	}
	y, err := linear.Move(x.Slice(0, 1), data.Point(3), data.Point(3))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f GeV, %.1f GeV", x.At(0, 0), y.At(0, 0)) // to the mass it has
	// Output: 340.8 GeV, 340.8 GeV
}

// A search needs events enough for each of its folds.
func ExampleTrees_Search() {
	x, _, err := template.Background(100, 3.3, 3.7, 1)
	if err != nil {
		log.Fatal(err)
	}
	var found *template.Search
	found, err = template.Trees{Folds: 5}.Search(context.Background(), x, x, template.Count{Value: 100, Error: 1}, x, x)
	fmt.Println(err)
	var cut template.Cut = found.Cut(0.01)
	fmt.Println(cut.Observed, found.Improvement(0.01))
	// Output:
	// template: trees need at least 500 events of each kind with the same features, got 100 points of 5 features and 100 points of 5 features
	// 0 0
}
