package plot

import (
	"bytes"
	"errors"
	"flag"
	"image/color"
	"image/png"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/cmpimg"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
)

var update = flag.Bool("update", false, "make the golden figures again")

// wheel returns n points on two rings and a few between them, the same on every machine.
func wheel(t testing.TB, n int) data.Points {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 0, 2*n)
	for i := range n {
		r, a := 1+float64(i%2)+0.1*rng.NormFloat64(), 2*math.Pi*rng.Float64()
		values = append(values, float32(r*math.Cos(a)), float32(r*math.Sin(a)))
	}
	p, err := data.NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// turned returns points rotated by 45°.
func turned(t testing.TB, p data.Points) data.Points {
	t.Helper()
	values := make([]float32, 0, 2*p.Len())
	for i := range p.Len() {
		x, y := p.XY(i)
		values = append(values, float32((x-y)/math.Sqrt2), float32((x+y)/math.Sqrt2))
	}
	q, err := data.NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func gaussian(p data.Points) ([]float64, error) {
	logs := make([]float64, p.Len())
	for i := range logs {
		x, y := p.XY(i)
		logs[i] = -(x*x + 2*y*y) / 2
	}
	return logs, nil
}

func losses() (steps []float32, epochs []fit.EpochRecord) {
	for i := range 900 {
		steps = append(steps, float32(3+2*math.Exp(-float64(i)/60)+0.2*math.Sin(float64(i))))
	}
	return steps, []fit.EpochRecord{{Loss: 3.5, Validation: 3.2}, {Loss: 3.1, Validation: 3.05}, {Loss: 3, Validation: 3.02}}
}

// figures returns a figure of each kind, by the name of its golden file.
func figures(t testing.TB) map[string]func() (*Figure, error) {
	few, many := wheel(t, 2000), wheel(t, 40_000)
	line, err := data.NewPoints(1, few.Values())
	if err != nil {
		t.Fatal(err)
	}
	steps, epochs := losses()
	return map[string]func() (*Figure, error){
		"scatter":   func() (*Figure, error) { return Points("two rings", few) },
		"density":   func() (*Figure, error) { return Points("two rings", many) },
		"histogram": func() (*Figure, error) { return Points("one feature", line) },
		"transport": func() (*Figure, error) {
			return Transport("turned", few, Output{"an eighth", turned(t, few)}, Output{"a quarter", turned(t, turned(t, few))})
		},
		"compare": func() (*Figure, error) {
			return Compare("compare", 3, Set{Name: "strays", Points: many, Outside: beyond(many, 2.2)}, Set{Name: "weighed", Points: many, Weights: slopes(many)}, Set{Name: "plain", Points: turned(t, many)})
		},
		"learned": func() (*Figure, error) { return LogDensity("learned", gaussian, Bounds{-3, 3, -3, 3}) },
		"losses":  func() (*Figure, error) { return Losses("training", steps, epochs) },
		"grid": func() (*Figure, error) {
			a, err := Points("a name that is too long for a panel of this width, however small it is written, f4f.Base(rings)", many)
			if err != nil {
				return nil, err
			}
			b, err := Losses("losses", steps, epochs)
			if err != nil {
				return nil, err
			}
			return Grid("grid", 2, a, b, a)
		},
	}
}

// kinds returns the figures of figures, others and analyses.
func kinds(t testing.TB) map[string]func() (*Figure, error) {
	all := figures(t)
	maps.Copy(all, others(t))
	maps.Copy(all, analyses(t))
	return all
}

// others returns figures that need more preparation.
func others(t testing.TB) map[string]func() (*Figure, error) {
	few := wheel(t, 3000)
	swirl := func(p data.Points) (data.Points, error) {
		values := make([]float32, 0, 2*p.Len())
		for i := range p.Len() {
			x, y := p.XY(i)
			sin, cos := math.Sincos(0.5 * math.Hypot(x, y))
			values = append(values, float32(1.2*x*cos-y*sin), float32(1.2*x*sin+y*cos))
		}
		return data.NewPoints(2, values)
	}
	wider := func(p data.Points) ([]float64, error) {
		logs, err := gaussian(p)
		for i := range logs {
			x, _ := p.XY(i)
			logs[i] += 0.3*x - 0.1*x*x
		}
		return logs, err
	}
	plane := Bounds{-3, 3, -3, 3}
	return map[string]func() (*Figure, error){
		"deformation": func() (*Figure, error) { return Deformation("a swirl", swirl, few) },
		"displacement": func() (*Figure, error) {
			y, err := swirl(few)
			if err != nil {
				return nil, err
			}
			return Displacement("a swirl", few, y)
		},
		"potential": func() (*Figure, error) {
			return Potential("a bowl", bowl, wheel(t, 600), itsGradient(t, wheel(t, 600)))
		},
		"costs": func() (*Figure, error) {
			return Costs("what maps cost", metric.Estimate{Value: 0.8, Error: 0.03}, scores()...)
		},
		"pullback": func() (*Figure, error) {
			both, err := Densities("pull-back", 2, plane, Density{Name: "of the left", LogProb: gaussian}, Density{Name: "of the right, pulled back", LogProb: wider})
			if err != nil {
				return nil, err
			}
			ratio, err := LogRatio("residual", Density{Name: "pulled back", LogProb: wider}, Density{Name: "left", LogProb: gaussian}, plane)
			if err != nil {
				return nil, err
			}
			return Grid("pull-back", 3, both, ratio)
		},
		"corner": func() (*Figure, error) {
			a, b := jets(t, 20_000, 0), jets(t, 20_000, 0.6)
			return Corner("corner", []string{"pT (GeV)", "η", "φ (rad)", "m (GeV)"}, Set{Name: "data", Points: a}, Set{Name: "transported", Points: b})
		},
		"residuals": func() (*Figure, error) {
			truth, err := gaussian(few)
			if err != nil {
				return nil, err
			}
			learned, err := wider(few)
			if err != nil {
				return nil, err
			}
			return Residuals("learned beside true", truth, learned)
		},
		"splines": func() (*Figure, error) {
			return Splines("layer 2", 4, []SplineShape{shape("at point 0", 0.5), shape("at point 1", 0.9)}, []SplineShape{shape("at point 0", -0.4), shape("at point 1", 0.1)})
		},
		"film": func() (*Figure, error) {
			frames, err := Frames("film", few, Output{"15°", turned(t, few)}, Output{"30°", turned(t, turned(t, few))})
			if err != nil {
				return nil, err
			}
			return frames[1], nil
		},
	}
}

// shape returns a smooth increasing map that is the identity beyond ±4.
func shape(name string, bend float64) SplineShape {
	s := SplineShape{Name: name}
	for i := range 201 {
		x := -5 + float64(i)/20
		y, slope := x, 1.0
		if math.Abs(x) < 4 {
			y, slope = x+bend*math.Sin(math.Pi*x/4), 1+bend*math.Pi/4*math.Cos(math.Pi*x/4)
		}
		s.X, s.Y, s.LogSlope = append(s.X, x), append(s.Y, y), append(s.LogSlope, math.Log(slope))
	}
	return s
}

// jets returns points of four correlated features with different units, shifted by a share of their
// width.
func jets(t testing.TB, n int, shift float64) data.Points {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	values := make([]float32, 0, 4*n)
	for range n {
		a, b, c, d := rng.NormFloat64()+shift, rng.NormFloat64(), rng.NormFloat64()-shift, rng.NormFloat64()
		values = append(values, float32(500*math.Exp(0.3*a)), float32(b+0.3*a*a), float32(math.Pi/3*c), float32(90+20*(0.8*a+0.6*d)))
	}
	p, err := data.NewPoints(4, values)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// beyond marks the points at a distance of more than r from the origin.
func beyond(p data.Points, r float64) []bool {
	marks := make([]bool, p.Len())
	for i := range marks {
		x, y := p.XY(i)
		marks[i] = math.Hypot(x, y) > r
	}
	return marks
}

// slopes returns weights that increase from left to right.
func slopes(p data.Points) []float64 {
	weights := make([]float64, p.Len())
	for i := range weights {
		weights[i] = math.Exp(p.At(i, 0))
	}
	return weights
}

// Run with -update to write the golden files anew; look at them before you commit them.
func TestFiguresLookAsTheyDid(t *testing.T) {
	for name, make := range kinds(t) {
		f, err := make()
		if err != nil {
			t.Fatal(err)
		}
		f.DPI = int(400 / max(f.Width.Points()/72, 6)) // small files
		got, err := f.PNG()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".png")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := cmpimg.EqualApprox("png", got, want, 0.05); err != nil || !same {
			seen := filepath.Join(os.TempDir(), name+"-got.png")
			_ = os.WriteFile(seen, got, 0o644)
			t.Errorf("%s differs from %s (%v); see %s, and run with -update if the change is intended", name, path, err, seen)
		}
	}
}

func TestFiguresAreSavedInEveryFormat(t *testing.T) {
	folder := t.TempDir()
	for name, make := range kinds(t) {
		f, err := make()
		if err != nil {
			t.Fatal(err)
		}
		for format, magic := range map[string]string{"png": "\x89PNG", "svg": "<?xml", "pdf": "%PDF"} {
			path := filepath.Join(folder, name+"."+format)
			if err := f.Save(path); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil || !strings.HasPrefix(string(content), magic) {
				t.Errorf("%s: it begins with %q, error %v", path, content[:min(len(content), 8)], err)
			}
		}
	}
}

func TestSavingNamesThePathAndWhatIsAllowed(t *testing.T) {
	folder := t.TempDir()
	f, err := Points("p", wheel(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"figure.gif", "figure", ".hidden"} {
		path := filepath.Join(folder, name)
		if err := f.Save(path); err == nil || !strings.Contains(err.Error(), ".png, .svg or .pdf") || !strings.Contains(err.Error(), path) {
			t.Errorf("saving %s gives %v", name, err)
		}
	}
	missing := filepath.Join(folder, "no", "figure.png")
	if err := f.Save(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("saving into a missing folder gives %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("failed saves left %v, error %v", left, err)
	}
}

// An existing file is replaced in one step or not at all.
func TestAFailedSaveKeepsTheFormerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.png")
	f, err := Points("p", wheel(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Panels[0].X.Scale = plot.LogScale{} // gonum panics on negative values
	if err := f.Save(path); err == nil || !strings.Contains(err.Error(), "can't be drawn") {
		t.Errorf("drawing a logarithm of negative numbers gives %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the former file is gone (%v)", err)
	}
}

func TestFiguresFitTheScreen(t *testing.T) {
	x := wheel(t, 50)
	for n := range 12 {
		f, err := Transport("t", x, slices.Repeat([]Output{{"again", x}}, n)...)
		if err != nil {
			t.Fatal(err)
		}
		content, err := f.PNG()
		if err != nil {
			t.Fatal(err)
		}
		size, err := png.DecodeConfig(bytes.NewReader(content))
		if err != nil || size.Width > 1001 || size.Width < 300 {
			t.Errorf("a transport of %d outputs is %d pixels wide, error %v", n, size.Width, err)
		}
	}
}

// Windows-1252 has the degree sign at 0xb0, the ellipsis at 0x85, and no arrow.
func TestTextOfPDFIsInTheEncodingOfItsFonts(t *testing.T) {
	for text, want := range map[string]string{"a − 45°…": "a - 45\xb0\x85", "a → ő": "a -> ?"} {
		if got, whole := windows1252(text); got != want || whole == strings.Contains(got, "?") {
			t.Errorf("got %q (whole: %v), want %q", got, whole, want)
		}
	}
}

func TestImagesInSVGAreCalledPNG(t *testing.T) {
	f, err := Points("p", wheel(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	content, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if n, m := bytes.Count(content, []byte("data:image/png;base64,iVBOR")), bytes.Count(content, []byte("data:image/")); n != 1 || m != 1 {
		t.Errorf("%d of %d images are called PNG, want 1 of 1", n, m)
	}
}

func TestAPlaneHasOneUnitOnBothAxes(t *testing.T) {
	f, err := Points("p", wheel(t, 500))
	if err != nil {
		t.Fatal(err)
	}
	wide, err := Grid("wide", 1, f, f)
	if err != nil {
		t.Fatal(err)
	}
	wide.Width *= 3 // more space than needed, which must stay empty
	high, err := Grid("high", 2, f, f)
	if err != nil {
		t.Fatal(err)
	}
	high.Height *= 3
	for _, figure := range []*Figure{f, wide, high} {
		c := draw.New(vgimg.New(figure.Width, figure.Height))
		p := figure.Panels[0]
		inner := p.DataCanvas(p.squeeze(c)).Size()
		x, y := float64(inner.X)/(p.X.Max-p.X.Min), float64(inner.Y)/(p.Y.Max-p.Y.Min)
		if math.Abs(x/y-1) > 0.01 {
			t.Errorf("%s: a unit is %v long on the one axis and %v on the other", figure.Name, x, y)
		}
	}
}

func TestStragglersAreLeftOutAndCounted(t *testing.T) {
	values := slices.Clone(wheel(t, 5000).Values())
	for i, v := range []float32{1e6, -1e6, 500} {
		values[2*i] = v
	}
	p, err := data.NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Points("rings", p)
	if err != nil {
		t.Fatal(err)
	}
	if panel := f.Panels[0]; panel.Title.Text != "rings (3 not shown)" || panel.X.Max > 4 || panel.X.Min < -4 {
		t.Errorf("the panel %q runs from %v to %v, want 3 points outside about ±2.5", panel.Title.Text, panel.X.Min, panel.X.Max)
	}
	if f, err = Points("rings", wheel(t, 5000)); err != nil || f.Panels[0].Title.Text != "rings" {
		t.Errorf("without stragglers something is left out: %q, error %v", f.Panels[0].Title.Text, err)
	}
}

func TestPanelsOfATransportHaveCommonAxesAndColours(t *testing.T) {
	x := wheel(t, 300)
	f, err := Transport("t", x, Output{"far", turned(t, x)})
	if err != nil {
		t.Fatal(err)
	}
	a, b := f.Panels[0], f.Panels[1]
	if a.X.Min != b.X.Min || a.X.Max != b.X.Max || a.Y.Min != b.Y.Min || a.Y.Max != b.Y.Max {
		t.Error("the panels have axes of their own")
	}
	colours := startColours(x, boundsOf(x))
	for i := range x.Len() {
		for j := range x.Len() {
			ax, ay := x.XY(i)
			bx, by := x.XY(j)
			if math.Hypot(ax-bx, ay-by) > 2.5 && colours[i] == colours[j] {
				t.Fatalf("points at %v and %v have one colour", x.Row(i), x.Row(j))
			}
		}
	}
}

func TestEveryWayBeginsWithTheInput(t *testing.T) {
	p := wheel(t, 100)
	q := turned(t, p)
	f, err := Paths("p", p, []Output{{"a", q}, {"b", p}}, []Output{{"c", p}, {"d", q}})
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, panel := range f.Panels {
		titles = append(titles, panel.Title.Text)
	}
	if got := strings.Join(titles, " "); got != "input a b input c d" || f.Cols != 3 {
		t.Errorf("panels are %q, %d in a row", got, f.Cols)
	}
}

func TestSetsAreComparedOnCommonAxesAndTheirStraysCounted(t *testing.T) {
	p := wheel(t, 1000)
	marks := make([]bool, p.Len())
	marks[1], marks[7] = true, true
	f, err := Compare("c", 2, Set{Name: "one", Points: p, Outside: marks}, Set{Name: "far", Points: turned(t, p)}, Set{Name: "three", Points: p})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Panels[0].Title.Text; got != "one: 0.20% out" {
		t.Errorf("the title for 2 of 1000 points outside is %q", got)
	}
	for i, panel := range f.Panels {
		if panel.X.Min != f.Panels[0].X.Min || panel.Y.Max != f.Panels[0].Y.Max {
			t.Errorf("panel %d has axes of its own", i+1)
		}
	}
	if f.Cols != 2 {
		t.Errorf("there are %d panels in a row, want 2", f.Cols)
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	x := wheel(t, 10)
	nan, err := data.NewPoints(2, []float32{1, 2, float32(math.NaN()), 4})
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name, want string, make func() (*Figure, error)) {
		t.Helper()
		if f, err := make(); f != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v and the error %v, want one with %q", name, f, err, want)
		}
	}
	refused("none", "no points", func() (*Figure, error) { return Points("p", data.Points{}) })
	refused("NaN", "row 1, column 0 is NaN", func() (*Figure, error) { return Points("p", nan) })
	refused("unequal", "an output for each of 10 points, got 9", func() (*Figure, error) { return Transport("t", x, Output{"o", x.Slice(0, 9)}) })
	refused("NaN out", "NaN", func() (*Figure, error) { return Transport("t", x.Slice(0, 2), Output{"o", nan}) })
	refused("no sets", "at least one set", func() (*Figure, error) { return Compare("c", 1) })
	refused("no columns to compare in", "at least 1 column", func() (*Figure, error) { return Compare("c", 0, Set{Points: x}) })
	refused("NaN compared", "is NaN", func() (*Figure, error) { return Compare("c", 1, Set{Points: nan}) })
	refused("few marks", "a mark for each of 10 points, got 9", func() (*Figure, error) { return Compare("c", 1, Set{Points: x, Outside: make([]bool, 9)}) })
	refused("few weights", "a weight for each of 10 points, got 1", func() (*Figure, error) { return Compare("c", 1, Set{Points: x, Weights: []float64{1}}) })
	refused("negative weight", "got -1 in row 3", func() (*Figure, error) {
		return Compare("c", 1, Set{Points: x, Weights: []float64{1, 1, 1, -1, 1, 1, 1, 1, 1, 1}})
	})
	refused("both", "not have both", func() (*Figure, error) {
		return Compare("c", 1, Set{Points: x, Weights: make([]float64, 10), Outside: make([]bool, 10)})
	})
	refused("no ways", "at least one path", func() (*Figure, error) { return Paths("p", x) })
	refused("ways of two lengths", "got 1 outputs in the first and 0 in row 1", func() (*Figure, error) { return Paths("p", x, []Output{{"o", x}}, nil) })
	refused("unequal in a way", "an output for each of 10 points, got 9", func() (*Figure, error) { return Paths("p", x, []Output{{"o", x.Slice(0, 9)}}) })
	refused("no losses", "no losses", func() (*Figure, error) { return Losses("l", nil, nil) })
	refused("NaN loss", "is NaN", func() (*Figure, error) { return Losses("l", []float32{1, float32(math.NaN())}, nil) })
	refused("bounds", "wider and higher", func() (*Figure, error) { return LogDensity("d", gaussian, Bounds{}) })
	refused("few log-probs", "got 1", func() (*Figure, error) {
		return LogDensity("d", func(data.Points) ([]float64, error) { return []float64{1}, nil }, Bounds{0, 1, 0, 1})
	})
	refused("no function", "got nil", func() (*Figure, error) { return LogDensity("d", nil, Bounds{0, 1, 0, 1}) })
	refused("NaN log-prob", "is NaN", func() (*Figure, error) {
		return LogDensity("d", func(p data.Points) ([]float64, error) { return slices.Repeat([]float64{math.NaN()}, p.Len()), nil }, Bounds{0, 1, 0, 1})
	})
	refused("failing log-prob", "unwilling", func() (*Figure, error) {
		return LogDensity("d", func(data.Points) ([]float64, error) { return nil, errors.New("unwilling") }, Bounds{0, 1, 0, 1})
	})
	refused("NaN epoch", "training loss of epoch 1 is NaN", func() (*Figure, error) { return Losses("l", []float32{1}, []fit.EpochRecord{{Loss: math.NaN()}}) })
	refused("infinite validation", "NaN for none", func() (*Figure, error) {
		return Losses("l", []float32{1}, []fit.EpochRecord{{Loss: 1, Validation: math.Inf(1)}})
	})
	refused("no map", "got nil", func() (*Figure, error) { return Deformation("d", nil, x) })
	refused("a map that loses points", "for each of 10", func() (*Figure, error) {
		return Deformation("d", func(p data.Points) (data.Points, error) { return p.Slice(1, p.Len()), nil }, x)
	})
	refused("a map to NaN", "is NaN", func() (*Figure, error) {
		return Deformation("d", func(data.Points) (data.Points, error) { return nan, nil }, x.Slice(0, 2))
	})
	refused("a deformation of a line", "2 features, got 1", func() (*Figure, error) { return Deformation("d", nil, data.Point(1)) })
	refused("unequal displacement", "a row for each of 10 points, got 9", func() (*Figure, error) { return Displacement("d", x, x.Slice(0, 9)) })
	refused("no densities", "got 0 and 1", func() (*Figure, error) { return Densities("d", 1, Bounds{0, 1, 0, 1}) })
	refused("a ratio of nothing", "got nil", func() (*Figure, error) {
		return LogRatio("d", Density{Name: "p", LogProb: gaussian}, Density{Name: "q"}, Bounds{0, 1, 0, 1})
	})
	refused("no residuals", "got 0 and 0", func() (*Figure, error) { return Residuals("r", nil, nil) })
	refused("infinite residual", "those of point 0", func() (*Figure, error) { return Residuals("r", []float64{math.Inf(-1)}, []float64{1}) })
	refused("no shapes", "feature 0 has no shapes", func() (*Figure, error) { return Splines("s", 4, nil) })
	refused("no features", "at least one feature", func() (*Figure, error) { return Splines("s", 4) })
	refused("a negative bound", "got -1", func() (*Figure, error) { return Splines("s", -1, []SplineShape{shape("", 0)}) })
	refused("a shape that goes back", "must ascend, got 0 after 1", func() (*Figure, error) {
		return Splines("s", 4, []SplineShape{{X: []float64{1, 0}, Y: []float64{1, 0}, LogSlope: []float64{0, 0}}})
	})
	refused("no samples", "at least one sample", func() (*Figure, error) { return Corner("c", nil) })
	refused("few names", "a name for each of 2 features, got 1", func() (*Figure, error) { return Corner("c", []string{"a"}, Set{Points: x}) })
	refused("other features", "got 4 beside 2", func() (*Figure, error) { return Corner("c", nil, Set{Points: x}, Set{Points: jets(t, 5, 0)}) })
	refused("a corner of marks", "not marks", func() (*Figure, error) { return Corner("c", nil, Set{Points: x, Outside: make([]bool, 10)}) })
	refused("no frames", "at least one frame", func() (*Figure, error) {
		frames, err := Frames("f", x)
		if frames != nil {
			return frames[0], err
		}
		return nil, err
	})
	refused("no columns", "at least 1 column", func() (*Figure, error) { return Grid("g", 0) })
	refused("nil in a grid", "figure 1 of the grid", func() (*Figure, error) { return Grid("g", 1, nil) })
	refused("empty grid", "needs panels", func() (*Figure, error) { return Grid("g", 2) })
	good, err := Points("p", x)
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]*Figure{
		"no panels":           {Name: "empty", Width: 1, Height: 1},
		"size above 0":        {Name: "flat", Panels: good.Panels, Width: 100},
		"has no plot":         {Name: "hollow", Panels: make([]Panel, 1), Width: 100, Height: 100},
		"must have a DPI":     {Name: "huge", Panels: good.Panels, Width: 100, Height: 100, DPI: 1e6},
		"weight for each":     drawing(Histogram2D{XYs: x, Weights: make([]float64, 3)}),
		"colour for each":     drawing(Cloud{XYs: x, Colours: make([]color.RGBA, 3)}),
		"a start, an end":     drawing(Arrows{From: plotter.XYs{{X: 1}}}),
		"finite Min < Max":    drawing(HeatMap{Bounds: Bounds{0, 1, 0, 1}, Side: 2, Values: make([]float64, 4), Min: 2, Max: 1}),
		"Side² values":        drawing(HeatMap{Bounds: Bounds{0, 1, 0, 1}, Side: 2, Values: []float64{1}}),
		"values must be fini": drawing(HeatMap{Bounds: Bounds{0, 1, 0, 1}, Side: 2, Values: []float64{1, 1, 1, math.NaN()}}),
	} {
		if _, err := f.PNG(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("drawing %q gives %v, want %q", f.Name, err, want)
		}
	}
}

// drawing returns a figure with a single plotter.
func drawing(p plot.Plotter) *Figure {
	panel := newPanel("")
	panel.Add(p)
	panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = 0, 1, 0, 1
	return newFigure("drawing", 1, panelSide, panelSide, Panel{Plot: panel})
}

// Points without extent, or very few points, must not lead to a division by zero.
func TestTheLeastOfEverythingCanBeDrawn(t *testing.T) {
	p, err := data.NewPoints(2, []float32{3, 4, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	line, err := data.NewPoints(1, []float32{1e6, 1e6})
	if err != nil {
		t.Fatal(err)
	}
	far, err := data.NewPoints(3, []float32{1e30, -1e30, 0, 1e30, -1e30, 0})
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(q data.Points) ([]float64, error) { return slices.Repeat([]float64{math.Inf(-1)}, q.Len()), nil }
	vast := func(q data.Points) ([]float64, error) { return slices.Repeat([]float64{1e6}, q.Len()), nil }
	one := []fit.EpochRecord{{Loss: 2, Validation: math.NaN()}}
	for name, make := range map[string]func() (*Figure, error){
		"equal points":        func() (*Figure, error) { return Points("p", p) },
		"one point":           func() (*Figure, error) { return Points("p", p.Slice(0, 1)) },
		"equal numbers":       func() (*Figure, error) { return Points("p", line) },
		"far":                 func() (*Figure, error) { return Points("p", far) },
		"one moved":           func() (*Figure, error) { return Transport("t", p.Slice(0, 1), Output{"o", p.Slice(0, 1)}) },
		"no density":          func() (*Figure, error) { return LogDensity("d", nothing, Bounds{0, 1, 0, 1}) },
		"a density beyond e^": func() (*Figure, error) { return LogDensity("d", vast, Bounds{0, 1, 0, 1}) },
		"nothing inside":      func() (*Figure, error) { return Compare("c", 1, Set{Points: p, Outside: []bool{true, true}}) },
		"nothing outside":     func() (*Figure, error) { return Compare("c", 1, Set{Points: p, Outside: []bool{false, false}}) },
		"no weight":           func() (*Figure, error) { return Compare("c", 1, Set{Points: p, Weights: []float64{0, 0}}) },
		"equal points' corner": func() (*Figure, error) {
			return Corner("c", nil, Set{Points: p}, Set{Points: p, Weights: []float64{0, 0}})
		},
		"a lattice over one point": func() (*Figure, error) {
			return Deformation("d", func(q data.Points) (data.Points, error) { return q, nil }, p)
		},
		"no displacement": func() (*Figure, error) { return Displacement("d", p, p) },
		"equal densities": func() (*Figure, error) {
			return LogRatio("r", Density{Name: "p", LogProb: vast}, Density{Name: "q", LogProb: vast}, Bounds{0, 1, 0, 1})
		},
		"no density in a ratio": func() (*Figure, error) {
			return LogRatio("r", Density{Name: "p", LogProb: vast}, Density{Name: "q", LogProb: nothing}, Bounds{0, 1, 0, 1})
		},
		"one residual": func() (*Figure, error) { return Residuals("r", []float64{-1}, []float64{-1}) },
		"the shortest shape": func() (*Figure, error) {
			return Splines("s", 0, []SplineShape{{X: []float64{0, 1}, Y: []float64{0, 1}, LogSlope: []float64{0, 0}}})
		},
		"one loss":     func() (*Figure, error) { return Losses("l", []float32{2}, one) },
		"epochs alone": func() (*Figure, error) { return Losses("l", nil, one) },
		"steps alone":  func() (*Figure, error) { return Losses("l", []float32{2, 1}, nil) },
		"nothing in plotters": func() (*Figure, error) {
			return Grid("g", 3, drawing(Cloud{}), drawing(Histogram2D{}), drawing(HeatMap{}), drawing(Arrows{}), drawing(Lattice{}))
		},
	} {
		f, err := make()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := f.PNG(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkTransport(b *testing.B) {
	b.Run("points=1000000/panels=2", benchmarkTransport)
}

func benchmarkTransport(b *testing.B) {
	x := wheel(b, 1_000_000)
	y := turned(b, x)
	for b.Loop() {
		f, err := Transport("t", x, Output{"turned", y})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.PNG(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(2*x.Len()*b.N)/b.Elapsed().Seconds(), "points/s")
}
