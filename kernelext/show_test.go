package kernelext

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/f4f/store"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// printed returns what do writes to standard output.
func printed(t *testing.T, do func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func(out *os.File) { os.Stdout = out }(os.Stdout)
	os.Stdout = w
	do()
	w.Close()
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestShowChoosesByType(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(figuresVariable, folder)
	wide, err := data.Gaussian(3).Sample(200, 1)
	if err != nil {
		t.Fatal(err)
	}
	figure, err := plot.Points("p", wide)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := figure.PNG()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		thing any
		says  string // on standard output; "" for a file
	}{
		{wide, ""}, {data.TwoMoons(), ""}, {data.Gaussian(4), ""}, {figure, ""}, {PNG(drawn), ""}, {[]fit.EpochRecord{{Loss: 2, Validation: math.NaN()}, {Loss: 1, Validation: 1.5}}, ""},
		{Slider{Frames: turning(t, 2)}, ""},
		{Table{Columns: []string{"a"}, Rows: [][]string{{"cell"}}}, "cell"},
		{[]store.Entry{{Name: "moons"}}, "moons"}, {store.Entry{Name: "moons", Folder: "here"}, "here"},
		{f4f.Base(data.TwoMoons()).Epochs(3), ".Epochs(3)"}, {metric.Distance{L1: 1.5}, "L1 1.5"}, {2.5, "2.5"}, {"text", "text"},
	} {
		before, _ := os.ReadDir(folder)
		out := printed(t, func() {
			if err := showAll(test.thing); err != nil {
				t.Errorf("%T: %v", test.thing, err)
			}
		})
		after, _ := os.ReadDir(folder)
		if wrote := len(after) > len(before); wrote != (test.says == "") || !strings.Contains(out, test.says) {
			t.Errorf("%T writes %q to standard output, and a file: %v", test.thing, out, wrote)
		}
	}
	pages, _ := filepath.Glob(filepath.Join(folder, "slider-*.html"))
	if len(pages) != 1 {
		t.Errorf("the slider is saved as %v", pages)
	}
	cause := errors.New("nobody looked at it")
	var none *f4f.Density
	var plan *f4f.Transport
	for _, test := range []struct {
		thing any
		want  string
	}{{cause, cause.Error()}, {none, "can be drawn"}, {plan, "can be drawn"}, {nil, "can be drawn"}, {struct{}{}, "struct {}"}, {Slider{}, "at least one frame"}, {PNG("text"), "PNG"}} {
		if err := showAll(test.thing); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T gives %v, want %q", test.thing, err, test.want)
		}
	}
	before, _ := os.ReadDir(folder)
	if err := showAll(figure, cause); !errors.Is(err, cause) {
		t.Errorf("a figure and an error give %v", err)
	}
	if after, _ := os.ReadDir(folder); len(after) > len(before) {
		t.Error("a figure is shown although there was an error beside it")
	}
	if err := showAll(figure, nil); err != nil {
		t.Errorf("a figure without an error gives %v", err)
	}
	t.Setenv(figuresVariable, "")
	if err := showAll(wide); err == nil || !strings.Contains(err.Error(), figuresVariable) {
		t.Errorf("a figure outside a notebook gives %v", err)
	}
}

func TestMoreThanTwoFeaturesAreACornerPlot(t *testing.T) {
	for dim, panels := range map[int]int{1: 1, 2: 1, 3: 9, 8: 64, 9: 1} {
		f, err := figureOf(data.Gaussian(dim))
		if err != nil || len(f.Panels) != panels {
			t.Errorf("%d features are %d panels, want %d (%v)", dim, len(f.Panels), panels, err)
		}
	}
}

func TestLossesThatAreBoundsAreNamedSo(t *testing.T) {
	store := t.TempDir()
	plan := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store)
	}
	quantised, err := data.Quantized(data.Ring(), -4, 4, 8)
	if err != nil {
		t.Fatal(err)
	}
	whole := plan(quantised.InLevels()).Column("0", data.Whole).Column("1", data.Whole)
	among, err := f4f.Between(plan(data.Ring()), whole).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store).Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	smooth, err := plan(data.Ring()).Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	noisy, err := whole.Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flow  Trained
		bound bool
	}{{smooth, false}, {noisy, true}, {among, true}} {
		f, err := lossFigure(c.flow)
		if err != nil {
			t.Fatal(err)
		}
		if title := f.Panels[0].Y.Label.Text; strings.Contains(title, "bound") != c.bound {
			t.Errorf("%s: the losses stand on an axis of %q", c.flow, title)
		}
	}
}

// Figures of trained flows get their parts in the right order. Package plot tests how they look.
func TestFiguresOfTrainedFlows(t *testing.T) {
	store := t.TempDir()
	plan := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(2).Hidden(8).Blocks(1).Bins(4).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store)
	}
	flow, err := f4f.Between(plan(data.TwoMoons()), plan(data.Ring())).Layers(2).Hidden(8).Blocks(1).Bins(4).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store).Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x, err := data.TwoMoons().Sample(300, 1)
	if err != nil {
		t.Fatal(err)
	}
	right, err := data.Ring().Sample(200, 1)
	if err != nil {
		t.Fatal(err)
	}
	inOrder, err := plan(data.TwoMoons()).Mixing(f4f.InOrder).Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link := flow.Left().Layers()[0]
	for name, make := range map[string]func() (*plot.Figure, error){
		"deformation":  func() (*plot.Figure, error) { return deformationFigure(flow, x) },
		"displacement": func() (*plot.Figure, error) { return displacementFigure(flow, x) },
		"pull-back":    func() (*plot.Figure, error) { return pullbackFigure(flow) },
		"layer":        func() (*plot.Figure, error) { return layerFigure(link, x.Slice(0, 2)) },
		"losses":       func() (*plot.Figure, error) { return lossFigure(flow, flow) },
		"closure":      func() (*plot.Figure, error) { return closureFigure(x, right, flow) },
		"distance":     func() (*plot.Figure, error) { return distanceFigure(x, flow, flow) },
		"calibration":  func() (*plot.Figure, error) { return pitFigure(inOrder, x) },
	} {
		f, err := make()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := f.PNG(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := map[string]int{"deformation": 2, "displacement": 1, "pull-back": 3, "layer": 6, "losses": 2, "closure": 2, "distance": 1, "calibration": 2}[name]
		if len(f.Panels) != want {
			t.Errorf("%s has %d panels, want %d", name, len(f.Panels), want)
		}
	}
	// Where a side is points alone, what can be drawn is.
	onto := func(left, right f4f.BasePlan) *f4f.Transport {
		g, err := f4f.Between(left, right).Hidden(8).Blocks(1).Samples(500).Batch(50).Epochs(1).Backend("go").Store(store).Fit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	solid := f4f.Known(data.Gaussian(3)).Backend("go")
	for name, g := range map[string]*f4f.Transport{
		"onto points":   onto(f4f.Known(data.Gaussian(2)).Backend("go"), f4f.PointsOf(data.Ring()).Backend("go")),
		"from points":   onto(f4f.PointsOf(data.Ring()).Backend("go"), f4f.Known(data.Gaussian(2)).Backend("go")),
		"onto points 3": onto(solid, f4f.PointsOf(data.Gaussian(3)).Backend("go")),
		"from points 3": onto(f4f.PointsOf(data.Gaussian(3)).Backend("go"), solid),
	} {
		if f, err := figureOf(g); err != nil || len(f.Panels) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A layer's map increases, is the identity beyond the bound, and has a slope that agrees with
	// the log-det where that depends on a single feature.
	u, err := link.Enter(x.Slice(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	shape, err := sweep(link, u.Row(0), 1) // the last feature: no other depends on it
	if err != nil {
		t.Fatal(err)
	}
	for i := range shape.X {
		if i > 0 && shape.Y[i] <= shape.Y[i-1] {
			t.Fatalf("the map decreases at %v", shape.X[i])
		}
		if math.Abs(shape.X[i]) > 4 && shape.Y[i] != shape.X[i] {
			t.Fatalf("beyond the bound %v becomes %v", shape.X[i], shape.Y[i])
		}
	}
	place := append([]float32(nil), u.Row(0)...)
	at := func(v float64) float64 {
		place[1] = float32(v)
		_, logDet, err := link.Apply(data.Point(place...))
		if err != nil {
			t.Fatal(err)
		}
		return logDet[0]
	}
	for _, i := range []int{120, 200, 260} {
		if got, want := shape.LogSlope[i]-shape.LogSlope[200], at(shape.X[i])-at(shape.X[200]); math.Abs(got-want) > 0.03 {
			t.Errorf("from 0 to %v the log-slope grows by %.4f, the log-det by %.4f", shape.X[i], got, want)
		}
	}

	for name, err := range map[string]error{
		"no flow to draw": second(deformationFigure(nil, x)), "no flow to use": second(displacementFigure(nil, x)), "no flow": second(pullbackFigure(nil)),
		"flow to use": second(distanceFigure(x, nil)), "there is no flow to draw": second(closureFigure(x, right)), "look at the error": second(pitFigure(nil, x)),
		"no splines": second(layerFigure(flow.Left().Layers()[1], x.Slice(0, 1))), "up to 6 points, got 7": second(layerFigure(link, x.Slice(0, 7))),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

// A layer of affine maps has no bound.
func TestALayerThatActsEverywhereIsDrawn(t *testing.T) {
	d, err := f4f.Base(data.Gaussian(2)).Transformer(f4f.Affine).Layers(1).Hidden(4).Blocks(0).Samples(200).Epochs(1).Backend("go").Store(t.TempDir()).Fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	x, err := data.Gaussian(2).Sample(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := layerFigure(d.Layers()[0], x)
	if err == nil {
		_, err = f.PNG()
	}
	if err != nil {
		t.Error(err)
	}
}

func second(_ *plot.Figure, err error) error { return err }

// A potential in standardised units isn't that of the map that the figure's arrows show.
func TestAPotentialIsDrawnInTheUnitsOfTheData(t *testing.T) {
	normal := func(s, t float64) f4f.BasePlan {
		return f4f.Known(Must(data.NewNormal([]float64{1, 0}, mat.NewSymDense(2, []float64{s * s, 0, 0, t * t}))))
	}
	left, right := normal(1, 4), normal(2, 9)
	for _, standardised := range []bool{false, true} {
		if standardised {
			left, right = left.Standardise(), right.Standardise()
		}
		g, err := f4f.Between(left, right).LayerKind(f4f.ConvexPotential).Hidden(4).Blocks(0).Samples(500).Batch(50).Epochs(1).Backend("go").Store(t.TempDir()).Fit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		x, err := g.Left().Sample(200, 1)
		if err != nil {
			t.Fatal(err)
		}
		if figure, err := potentialFigure(g, x); (err != nil) != standardised || figure == nil && !standardised {
			t.Errorf("standardised %v: the figure gives the error %v", standardised, err)
		}
	}
}
