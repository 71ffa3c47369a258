package plot

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
)

// directions returns points of an angle in degrees about its seam at ±180 and an ordinary feature,
// with a period if one is given.
func directions(t testing.TB, n int, ends ...float64) data.Points {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 1))
	var values []float32
	for range n {
		z := r.NormFloat64()
		values = append(values, float32(math.Remainder(180+40*z, 360)), float32(z+r.NormFloat64()))
	}
	p, err := data.NewPoints(2, values)
	if err == nil {
		p, err = p.WithColumnNames("phi", "z")
	}
	if err == nil && len(ends) > 0 {
		p, err = p.WithPeriod("phi", ends[0], ends[1])
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnAngleHasAnAxisOnceAroundTheCircle(t *testing.T) {
	p, plain := directions(t, 500, -180, 180), directions(t, 500)
	set := func(p data.Points) Set { return Set{Name: "s", Points: p} }
	column := func(p data.Points, j int) data.Points {
		c, err := p.Columns(j)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	nameless, err := p.WithColumnNames()
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func() (*Figure, error){
		"corner":       func() (*Figure, error) { return Corner("c", nil, set(plain), set(p)) },
		"marginals":    func() (*Figure, error) { return Marginals("m", 2, set(plain), set(p)) },
		"compare":      func() (*Figure, error) { return Compare("c", 2, set(p), set(plain)) },
		"points":       func() (*Figure, error) { return Points("p", p) },
		"histogram":    func() (*Figure, error) { return Points("h", column(p, 0)) },
		"transport":    func() (*Figure, error) { return Transport("t", plain, Output{"y", p}) },
		"displacement": func() (*Figure, error) { return Displacement("d", plain, p) },
		"deformation": func() (*Figure, error) {
			return Deformation("d", func(x data.Points) (data.Points, error) { return x.WithPeriod("0", -180, 180) }, nameless)
		},
		"crossing": func() (*Figure, error) {
			return Crossing("c", []Output{{"a", p}}, []Output{{"b", p}}, [][]data.Points{{p}})
		},
	} {
		f, err := draw()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		panel := f.Panels[0]
		if name == "crossing" {
			panel = f.Panels[1]
		}
		if panel.X.Min != -180 || panel.X.Max != 180 {
			t.Errorf("%s: the axis of the angle is from %v to %v", name, panel.X.Min, panel.X.Max)
		}
		marks := panel.X.Tick.Marker.Ticks(-180, 180)
		if len(marks) != 5 || marks[0].Value != -180 || marks[4].Value != 180 {
			t.Errorf("%s: the ticks are %v", name, marks)
		}
		picture(t, f, err)
	}
}

func TestTicksOfAngles(t *testing.T) {
	for _, test := range []struct {
		of   [2]float64
		want string
	}{
		{[2]float64{-math.Pi, math.Pi}, "−π −π/2 0 π/2 π"},
		{[2]float64{0, 6.28319}, "0 π/2 π 3π/2 2π"},
		{[2]float64{-180, 180}, "-180° -90° 0° 90° 180°"},
		{[2]float64{0, 24}, "0 6 12 18 24"},
		{[2]float64{0, 1}, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{[2]float64{-1, 2*math.Pi - 1}, "0 π/2 π 3π/2"},
	} {
		least, most := circleRange(test.of)
		var labels []string
		for _, mark := range angleTicks(test.of).Ticks(least, most) {
			if mark.Value < least || mark.Value > most {
				t.Errorf("%v: the tick %v lies outside", test.of, mark)
			}
			labels = append(labels, mark.Label)
		}
		if got := strings.Join(labels, " "); got != test.want {
			t.Errorf("the ticks of %v are %s, want %s", test.of, got, test.want)
		}
	}
}

// Whole turns, and where a set says that the period begins, change no picture.
func TestWholeTurnsChangeNoPicture(t *testing.T) {
	p := directions(t, 2000, -180, 180)
	values := slices.Clone(p.Values())
	for i := 0; i < len(values); i += 2 {
		values[i] += 360 * float32(i%3-1)
	}
	turned, err := data.NewPoints(2, values)
	if err == nil {
		turned, err = turned.WithColumnNames("phi", "z")
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func(p data.Points) (*Figure, error){
		"corner": func(q data.Points) (*Figure, error) {
			return Corner("c", nil, Set{Points: p.Slice(0, 100)}, Set{Points: q})
		},
		"marginals": func(q data.Points) (*Figure, error) {
			return Marginals("m", 2, Set{Points: p.Slice(0, 100)}, Set{Points: q})
		},
		"compare": func(q data.Points) (*Figure, error) {
			return Compare("c", 2, Set{Points: p.Slice(0, 100)}, Set{Points: q})
		},
	} {
		one, err := draw(p)
		still := picture(t, one, err)
		other, err := draw(turned)
		if !bytes.Equal(picture(t, other, err), still) {
			t.Errorf("%s: whole turns change the picture", name)
		}
	}
}

// The density of angles is as smooth across the seam as elsewhere: the regions of points about the
// seam are those of points about 0, turned.
func TestRegionsGoOnAcrossTheSeam(t *testing.T) {
	p := directions(t, 4000)
	values := slices.Clone(p.Values())
	for i := 0; i < len(values); i += 2 {
		values[i] = float32(math.Remainder(float64(values[i])+180, 360)) // exact for most
	}
	about0, err := data.NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	b := Bounds{-180, 180, -5, 5}
	around := [2]bool{true, false}
	const side = 20
	seam, middle := newPairGrid(Set{Points: p}, 0, 1, b, around, side), newPairGrid(Set{Points: about0}, 0, 1, b, around, side)
	for row := 1; row <= side; row++ {
		for column := 1; column <= side; column++ {
			turned := (column-1+side/2)%side + 1
			if a, b := seam.Z(column, row), middle.Z(turned, row); math.Abs(a-b) > 2e-3 {
				t.Errorf("bin %d, %d holds %v across the seam and %v in the middle", column, row, a, b)
			}
		}
		if a, b := seam.Z(0, row), seam.Z(side+1, row); a != b || a != (seam.Z(1, row)+seam.Z(side, row))/2 {
			t.Errorf("row %d ends with %v and %v", row, a, b)
		}
	}
}

func TestLinesGoTheShortWay(t *testing.T) {
	axes := plane{Bounds{-180, 180, 0, 1}, [][2]float64{{-180, 180}, {}}, false}
	var arrows Arrows
	axes.arrow(&arrows, plotter.XY{X: 170, Y: 0.5}, plotter.XY{X: -170, Y: 0.6})
	axes.arrow(&arrows, plotter.XY{X: 10, Y: 0.5}, plotter.XY{X: 20, Y: 0.6})
	if len(arrows.From) != 3 {
		t.Fatalf("there are the arrows %v", arrows)
	}
	for i := range arrows.From {
		way := arrows.To[i].X - arrows.From[i].X
		if want := []float64{20, 20, 10}[i]; math.Abs(way-want) > 1e-9 {
			t.Errorf("arrow %d goes by %v°, want %v", i, way, want)
		}
	}
	torus := plane{Bounds{0, 1, 0, 1}, [][2]float64{{0, 1}, {0, 1}}, true}
	if lines := torus.copies(plotter.XYs{{X: 0.9, Y: 0.9}, {X: 0.1, Y: 0.1}}); len(lines) != 4 {
		t.Errorf("a line across the corner of a torus is drawn as %v", lines)
	}
}

func TestOtherPeriodsAreNotDrawnTogether(t *testing.T) {
	a, b := Set{Points: directions(t, 50, -180, 180)}, Set{Points: directions(t, 50, 0, 6.2832)}
	for name, draw := range map[string]func() (*Figure, error){
		"corner":    func() (*Figure, error) { return Corner("c", nil, a, b) },
		"marginals": func() (*Figure, error) { return Marginals("m", 2, a, b) },
		"compare":   func() (*Figure, error) { return Compare("c", 2, a, b) },
		"transport": func() (*Figure, error) { return Transport("t", a.Points, Output{"y", b.Points}) },
		"arrows":    func() (*Figure, error) { return Displacement("d", a.Points, b.Points) },
	} {
		if _, err := draw(); err == nil || !strings.Contains(err.Error(), `"phi"`) || !strings.Contains(err.Error(), "360") {
			t.Errorf("%s gave %v", name, err)
		}
	}
}

// Heavy tails don't take the bins away from the rest, and nothing is left out: what lies beyond the
// axis is in its end bins.
func TestBinsOfHeavyTails(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draws := map[string]func() float64{
		"Cauchy":      func() float64 { return math.Tan(math.Pi * (r.Float64() - 0.5)) },
		"lognormal":   func() float64 { return math.Exp(r.NormFloat64()) },
		"exponential": r.ExpFloat64,
		"normal":      r.NormFloat64,
	}
	for name, draw := range draws {
		var values []float32
		for range 20_000 {
			values = append(values, float32(draw()))
		}
		p, err := data.NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		s := Set{Points: p}
		b := binningOf([]Set{s}, nil, 0)
		bins, total := binned(s, 0, b), 0.0
		for _, one := range bins {
			total += one.share
		}
		if math.Abs(total-1) > 1e-9 {
			t.Errorf("%s: the bins hold %v of the points", name, total)
		}
		shares := make([]float64, len(bins))
		for i, one := range bins {
			shares[i] = one.share
		}
		slices.Sort(shares)
		half, most := 0, 0.0 // the bins with the most points that hold half of them
		for i := len(shares) - 1; most < 0.5; i-- {
			most += shares[i]
			half++
		}
		if half < 4 {
			t.Errorf("%s: half of the points are in %d of %d bins from %v to %v", name, half, b.count, b.from, b.to)
		}
		if name == "normal" {
			if !(b.from < -3.5 && b.to > 3.5) {
				t.Errorf("normal points have bins from %v to %v", b.from, b.to)
			}
		} else if !strings.Contains(b.note(), "last") && !strings.Contains(b.note(), "end") {
			t.Errorf("%s: the axis says %q", name, b.note())
		}
	}
}
