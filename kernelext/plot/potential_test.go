package plot

import (
	"math"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// bowl is a convex function of the plane, and itsGradient its gradient.
func bowl(p data.Points) ([]float64, error) {
	values := make([]float64, p.Len())
	for i := range values {
		x, y := p.XY(i)
		values[i] = 0.35*(x*x+y*y) + 0.5*math.Log(math.Cosh(2*x+y)) + 0.4*math.Log(math.Cosh(2*y-1))
	}
	return values, nil
}

func itsGradient(t testing.TB, p data.Points) data.Points {
	t.Helper()
	values := make([]float32, 0, 2*p.Len())
	for i := range p.Len() {
		x, y := p.XY(i)
		a, b := math.Tanh(2*x+y), math.Tanh(2*y-1)
		values = append(values, float32(0.7*x+a), float32(0.7*y+0.5*a+0.8*b))
	}
	q, err := data.NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// scores are maps as Costs draws them: one that is optimal, one that makes a detour, and one that
// doesn't arrive.
func scores() []MapScore {
	cost := func(of, least float64) metric.Cost {
		return metric.Cost{Map: metric.Estimate{Value: of, Error: 0.03}, Assigned: least, Points: 1000}
	}
	return []MapScore{
		{"optimal", metric.Estimate{Value: 0.05, Error: 0.01}, cost(0.8, 0.8)},
		{"detour", metric.Estimate{Value: 0.02, Error: 0.002}, cost(1.9, 0.81)},
		{"stays", metric.Estimate{Value: 0.6, Error: 0.02}, cost(0.1, 0.09)},
	}
}

func TestWhatAPotentialOrACostCantBeDrawnFromIsNamed(t *testing.T) {
	x := wheel(t, 50)
	y := itsGradient(t, x)
	nan := func(p data.Points) ([]float64, error) {
		values, err := bowl(p)
		values[7] = math.NaN()
		return values, err
	}
	short := func(p data.Points) ([]float64, error) { return make([]float64, 3), nil }
	line, err := data.NewPoints(1, x.Values())
	if err != nil {
		t.Fatal(err)
	}
	bad := scores()
	bad[1].KL.Value = math.NaN()
	for name, make := range map[string]func() (*Figure, error){
		"finite":     func() (*Figure, error) { return Potential("p", nan, x, y) },
		"value":      func() (*Figure, error) { return Potential("p", short, x, y) },
		"nil":        func() (*Figure, error) { return Potential("p", nil, x, y) },
		"row":        func() (*Figure, error) { return Potential("p", bowl, x, y.Slice(0, 10)) },
		"2 features": func() (*Figure, error) { return Potential("p", bowl, line, line) },
		"detour":     func() (*Figure, error) { return Costs("c", metric.Estimate{Value: 1}, bad...) },
		"1 to 7":     func() (*Figure, error) { return Costs("c", metric.Estimate{Value: 1}) },
		"inf":        func() (*Figure, error) { return Costs("c", metric.Estimate{Value: math.Inf(1)}, scores()...) },
	} {
		if f, err := make(); err == nil || f != nil || !strings.Contains(strings.ToLower(err.Error()), name) {
			t.Errorf("%q isn't in the error, or there is none: %v", name, err)
		}
	}
}

// The identity has no contours of F(x) − |x|²/2 and no arrows; a map that moves nothing costs
// nothing; a KL may come out below 0.
func TestNothingToMoveIsDrawn(t *testing.T) {
	x := wheel(t, 50)
	half := func(p data.Points) ([]float64, error) {
		values := make([]float64, p.Len())
		for i := range values {
			x, y := p.XY(i)
			values[i] = (x*x + y*y) / 2
		}
		return values, nil
	}
	still, err := Potential("identity", half, x, x)
	if err != nil {
		t.Fatal(err)
	}
	free, err := Costs("identity", metric.Estimate{}, MapScore{Name: "identity", KL: metric.Estimate{Value: -0.001, Error: 0.01}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Figure{still, free} {
		if _, err := f.PNG(); err != nil {
			t.Error(err)
		}
	}
}
