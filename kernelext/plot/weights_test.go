package plot

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// withWeights returns points with weights.
func withWeights(t *testing.T, p data.Points, weights []float64) data.Points {
	t.Helper()
	p, err := p.WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func picture(t *testing.T, f *Figure, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	png, err := f.PNG()
	if err != nil {
		t.Fatal(err)
	}
	return png
}

func TestFiguresDrawTheWeightsOfThePoints(t *testing.T) {
	x, err := data.Gaussian(2).Sample(2000, 1)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, x.Len())
	for i := range weights {
		weights[i] = max(x.At(i, 0), 0)
	}
	negative := slices.Clone(weights)
	negative[slices.Index(weights, 0)] = -100 // some bins are below 0
	for name, draw := range map[string]func(s Set) (*Figure, error){
		"compare": func(s Set) (*Figure, error) { return Compare("c", 1, s) },
		"corner":  func(s Set) (*Figure, error) { return Corner("c", nil, s) },
		"points":  func(s Set) (*Figure, error) { return Points("p", s.Points) },
		"histogram": func(s Set) (*Figure, error) {
			first, err := s.Points.Columns(0)
			if err != nil {
				return nil, err
			}
			return Points("h", first)
		},
	} {
		plain, err := draw(Set{Points: x})
		without := picture(t, plain, err)
		equal, err := draw(Set{Points: withWeights(t, x, slices.Repeat([]float64{3}, x.Len()))})
		if !bytes.Equal(picture(t, equal, err), without) {
			t.Errorf("%s: points of equal weight aren't drawn as points without", name)
		}
		own, err := draw(Set{Points: withWeights(t, x, weights)})
		drawn := picture(t, own, err)
		if bytes.Equal(drawn, without) {
			t.Errorf("%s: weights aren't drawn", name)
		}
		if name == "compare" || name == "corner" {
			given, err := draw(Set{Points: x, Weights: weights})
			if !bytes.Equal(picture(t, given, err), drawn) {
				t.Errorf("%s: the set's weights aren't drawn as those of its points", name)
			}
		}
		signed, err := draw(Set{Points: withWeights(t, x, negative)})
		picture(t, signed, err)
	}
	share, err := Compare("c", 1, Set{Name: "x", Points: withWeights(t, x.Slice(0, 2), []float64{3, 1}), Outside: []bool{false, true}})
	if err != nil || !strings.Contains(share.Panels[0].Title.Text, "25.00%") {
		t.Errorf("the share outside isn't that of the weights: %v, %v", share, err)
	}
}
