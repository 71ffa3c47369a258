package plot

import (
	"errors"
	"flag"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
)

var update = flag.Bool("update", false, "make the golden figures again")

// wheel is n points on two rings and a few between, the same on any machine.
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

// turned is points turned by an eighth.
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

// figures are one of each kind, by the name of its golden file.
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
		"learned": func() (*Figure, error) { return LogDensity("learned", gaussian, Bounds{-3, 3, -3, 3}) },
		"losses":  func() (*Figure, error) { return Losses("training", steps, epochs) },
	}
}

func TestFiguresLookAsTheyDid(t *testing.T) {
	for name, make := range figures(t) {
		f, err := make()
		if err != nil {
			t.Fatal(err)
		}
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
			t.Errorf("%s differs from %s (%v); see %s, and run with -update where that is right", name, path, err, seen)
		}
	}
}

func TestFiguresAreSavedInEveryFormat(t *testing.T) {
	folder := t.TempDir()
	for name, make := range figures(t) {
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
	f, err := Points("p", wheel(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Save(filepath.Join(folder, "figure.gif")); err == nil || !strings.Contains(err.Error(), ".png, .svg or .pdf") {
		t.Errorf("saving a GIF gives %v", err)
	}
	if err := f.Save(filepath.Join(folder, "no", "figure.png")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("saving into a missing folder gives %v", err)
	}
}

func TestAPlaneHasOneUnitOnBothAxes(t *testing.T) {
	f, err := Points("p", wheel(t, 500))
	if err != nil {
		t.Fatal(err)
	}
	grid, err := Grid("grid", 1, f, f)
	if err != nil {
		t.Fatal(err)
	}
	grid.Width *= 3 // room to spare, which must not be filled
	for _, figure := range []*Figure{f, grid} {
		c := newCanvas(figure)
		p := figure.Panels[0]
		inner := p.DataCanvas(p.squeeze(c)).Size()
		x, y := float64(inner.X)/(p.X.Max-p.X.Min), float64(inner.Y)/(p.Y.Max-p.Y.Min)
		if math.Abs(x/y-1) > 0.01 {
			t.Errorf("a unit is %v long on the one axis and %v on the other", x, y)
		}
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
	colours := startColours(x)
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
	refused("no losses", "no losses", func() (*Figure, error) { return Losses("l", nil, nil) })
	refused("NaN loss", "is NaN", func() (*Figure, error) { return Losses("l", []float32{1, float32(math.NaN())}, nil) })
	refused("bounds", "wider and higher", func() (*Figure, error) { return LogDensity("d", gaussian, Bounds{}) })
	refused("few log-probs", "got 1", func() (*Figure, error) {
		return LogDensity("d", func(data.Points) ([]float64, error) { return []float64{1}, nil }, Bounds{0, 1, 0, 1})
	})
	refused("empty grid", "needs panels", func() (*Figure, error) { return Grid("g", 2) })
	if _, err := (&Figure{Name: "empty"}).PNG(); err == nil {
		t.Error("an empty figure was drawn")
	}
}

func TestOnePointAndEqualPointsCanBeDrawn(t *testing.T) {
	p, err := data.NewPoints(2, []float32{3, 4, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []data.Points{p, p.Slice(0, 1)} {
		f, err := Points("p", q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.PNG(); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkTransportOfAMillionPoints(b *testing.B) {
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
}
