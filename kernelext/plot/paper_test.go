package plot

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/data"
)

// The regions that hold 68% and 95% of a standard normal distribution are circles of radius √(−2
// ln(1 − share)) = 1.51 and 2.45.
func TestRegionsOfANormalDistributionAreItsCircles(t *testing.T) {
	x, err := data.Gaussian(2).Sample(200_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	grid := pairGrids([]Set{{Points: x}}, 0, 1, Bounds{-5, 5, -5, 5}, [2]bool{})[0]
	for _, share := range []float64{0.68, 0.95} {
		// Smoothing by a bin's width widens the distribution by as much.
		bin := 10. / float64(grid.side)
		want, got := math.Sqrt(-2*math.Log(1-share)*(1+bin*bin)), radius(grid, share)
		if math.Abs(got/want-1) > 0.03 {
			t.Errorf("the region of %.0f%% has a radius of %.3f, want %.3f", 100*share, got, want)
		}
	}
}

// radius returns the radius of a circle with the area of the region that holds a share.
func radius(grid *pairGrid, share float64) float64 {
	level, inside := grid.level(share), 0.0
	columns, rows := grid.Dims()
	for i := range columns {
		for j := range rows {
			if grid.Z(i, j) > level {
				inside += (grid.X(i) - grid.X(i-1)) * (grid.Y(j) - grid.Y(j-1))
			}
		}
	}
	return math.Sqrt(inside / math.Pi)
}

func TestRegionsOfOneDistributionAreAsWideWhateverTheirPoints(t *testing.T) {
	x, err := data.Gaussian(2).Sample(22_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	grids := pairGrids([]Set{{Points: x.Slice(0, 20_000)}, {Points: x.Slice(20_000, 22_000)}}, 0, 1, Bounds{-5, 5, -5, 5}, [2]bool{})
	for _, share := range []float64{0.68, 0.95} {
		if many, few := radius(grids[0], share), radius(grids[1], share); math.Abs(few/many-1) > 0.05 {
			t.Errorf("the region of %.0f%% has a radius of %.3f with 20,000 points and %.3f with 2,000, want them alike", 100*share, many, few)
		}
	}
}

func TestWeightsMoveTheRegions(t *testing.T) {
	x, err := data.Gaussian(2).Sample(50_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, x.Len())
	for i := range weights {
		weights[i] = math.Exp(x.At(i, 0)) // reweights the normal distribution to mean 1
	}
	grid := pairGrids([]Set{{Points: x, Weights: weights}}, 0, 1, Bounds{-5, 5, -5, 5}, [2]bool{})[0]
	mean, sum := 0.0, 0.0
	columns, rows := grid.Dims()
	for i := range columns {
		for j := range rows {
			mean += grid.X(i) * grid.Z(i, j)
			sum += grid.Z(i, j)
		}
	}
	if math.Abs(mean/sum-1) > 0.05 {
		t.Errorf("the mean of the weighted histogram is %.3f, want 1", mean/sum)
	}
}

func TestAFigureInAColumnIsAsWideAndItsLettersAsHigh(t *testing.T) {
	for name, make := range kinds(t) {
		f, err := make()
		if err != nil {
			t.Fatal(err)
		}
		width, size := f.Width, f.Panels[0].Title.TextStyle.Font.Size
		for _, style := range []Style{OneColumn, TwoColumns} {
			printed := f.In(style)
			if printed.Width != style.Width || printed.DPI != 300 {
				t.Errorf("%s is %v wide at %d dots per inch, want %v", name, printed.Width, printed.DPI, style.Width)
			}
			for _, p := range printed.Panels {
				if p.X.Tick.Label.Font.Size < vg.Points(7) || p.X.Label.TextStyle.Font.Size != style.Label || p.Legend.TextStyle.Font.Size != style.Tick {
					t.Errorf("%s has letters of %v", name, p.X.Tick.Label.Font.Size)
				}
			}
		}
		if f.Width != width || f.Panels[0].Title.TextStyle.Font.Size != size {
			t.Errorf("%s was changed itself", name)
		}
		if wide := f.In(Screen); wide.Width != width || math.Abs(float64(wide.Height-f.Height)) > 1e-6 {
			t.Errorf("%s is %v by %v on the screen, and was made %v by %v", name, wide.Width, wide.Height, f.Width, f.Height)
		}
	}
}

// The text of SVG and PDF must be editable, and the axes labelled with their units.
func TestTextIsTextInVectorDrawings(t *testing.T) {
	f, err := LogDensity("learned", gaussian, Bounds{-3, 3, -3, 3})
	if err != nil {
		t.Fatal(err)
	}
	f.AxisLabels("pT (GeV)", "η")
	content, err := f.In(OneColumn).SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{">learned</text>", ">pT (GeV)</text>", ">η</text>", ">density</text>", "Liberation Sans"} {
		if !bytes.Contains(content, []byte(text)) {
			t.Errorf("the SVG lacks %s", text)
		}
	}
	path := filepath.Join(t.TempDir(), "f.pdf")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	pdf, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(pdf, []byte("/Subtype /TrueType")) && !bytes.Contains(pdf, []byte("/TrueType")) {
		t.Errorf("the PDF has no font embedded (%v)", err)
	}
}

// The outlines of a Greek letter start on the baseline at the text's place and have a letter's
// height.
func TestTextThatPDFLacksIsDrawnAsOutlines(t *testing.T) {
	style := newPanel("").Title.TextStyle
	face := style.Handler.Cache().Lookup(style.Font, vg.Points(10))
	letters, ok := outlined(face, vg.Point{X: 100, Y: 50}, "ηγ")
	if !ok || len(letters) != 2 {
		t.Fatalf("%d letters were drawn of 2 (%v)", len(letters), ok)
	}
	least, most := vg.Point{X: 1e9, Y: 1e9}, vg.Point{}
	for _, letter := range letters {
		for _, c := range letter {
			if c.Pos != (vg.Point{}) {
				least, most = vg.Point{X: min(least.X, c.Pos.X), Y: min(least.Y, c.Pos.Y)}, vg.Point{X: max(most.X, c.Pos.X), Y: max(most.Y, c.Pos.Y)}
			}
		}
	}
	if least.X < 99 || most.X > 100+face.Width("ηγ")+1 || least.Y < 46 || most.Y < 54 || most.Y > 58 {
		t.Errorf("the letters run from %v to %v", least, most)
	}
	if _, ok := outlined(face, vg.Point{}, "\U0001F600"); ok {
		t.Error("a letter that the font lacks is said to be drawn")
	}
}

func TestColourBarsTellWhatTheColoursStandFor(t *testing.T) {
	f, err := LogDensity("learned", func(p data.Points) ([]float64, error) {
		logs, err := gaussian(p)
		for i := range logs {
			logs[i] += math.Log(7)
		}
		return logs, err
	}, Bounds{-3, 3, -3, 3})
	if err != nil {
		t.Fatal(err)
	}
	bar := f.Panels[0].Bar
	if bar == nil || math.Abs(bar.Max-7) > 0.01 || bar.Min != 0 || bar.Label != "density" {
		t.Fatalf("the bar of a density of at most 7 is %+v", bar)
	}
	if s := bar.Scale.Normalize(bar.Min, bar.Max, bar.Max/4); math.Abs(s-0.5) > 1e-9 {
		t.Errorf("a quarter of the highest density stands at %.3f of the bar, want the half", s)
	}
	ratio, err := LogRatio("r", Density{Name: "p", LogProb: gaussian}, Density{Name: "q", LogProb: gaussian}, Bounds{-3, 3, -3, 3})
	if err != nil {
		t.Fatal(err)
	}
	if c := ratio.Panels[0].Bar.ColourMap(0.5); max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 3 || !strings.Contains(ratio.Panels[0].Bar.Label, "nats") {
		t.Errorf("agreement has the colour %v", c)
	}
}

// Too high, too low and equal must differ with every kind of colour vision.
func TestSignsAreToldApartByEveryEye(t *testing.T) {
	for name, eye := range eyes {
		low, none, high := seen(SignedColours(0), eye), seen(SignedColours(0.5), eye), seen(SignedColours(1), eye)
		if least := min(distance(low, high), distance(low, none), distance(none, high)); least < 0.15 {
			t.Errorf("%s: ends and middle differ by %.3f only", name, least)
		}
	}
	for name, eye := range eyes {
		for i := range 4 {
			for j := range i {
				if d := distance(seen(curveColour(i), eye), seen(curveColour(j), eye)); d < 0.06 {
					t.Errorf("%s: curves %d and %d differ by %.3f only", name, i, j, d)
				}
			}
		}
	}
}

func TestArrowsStandWhereThereArePoints(t *testing.T) {
	x := wheel(t, 5000)
	rows := spread(x, boundsOf(x), 10)
	if len(rows) < 40 || len(rows) > 100 {
		t.Fatalf("5000 points on rings have %d arrows in 100 cells", len(rows))
	}
	cells := map[[2]int]bool{}
	b := boundsOf(x)
	for _, i := range rows {
		px, py := x.XY(i)
		cell := [2]int{int((px - b.MinX) / (b.MaxX - b.MinX) * 10), int((py - b.MinY) / (b.MaxY - b.MinY) * 10)}
		if cells[cell] {
			t.Errorf("two arrows start in cell %v", cell)
		}
		cells[cell] = true
	}
}

// A rotation by 45° takes each point of the lattice to its rotated place.
func TestALatticeGoesThroughTheMap(t *testing.T) {
	straight := NewLattice(Bounds{-1, 1, -1, 1}, 3)
	bent, err := straight.Through(func(p data.Points) (data.Points, error) { return turned(t, p), nil })
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range straight.Horizontal {
		for k, p := range line {
			q := bent.Horizontal[i][k]
			if math.Hypot(q.X-(p.X-p.Y)/math.Sqrt2, q.Y-(p.X+p.Y)/math.Sqrt2) > 1e-6 {
				t.Fatalf("(%v, %v) went to (%v, %v)", p.X, p.Y, q.X, q.Y)
			}
		}
	}
}

func TestLabelsAreFewerWhereTheyWouldMeet(t *testing.T) {
	marks := fewer{ticks{}, 3}.Ticks(-3.4, 3.4)
	var shown []string
	for _, m := range marks {
		if m.Label != "" {
			shown = append(shown, m.Label)
		}
	}
	if got := strings.Join(shown, " "); got != "-3 0 3" || len(marks) != 7 {
		t.Errorf("of seven ticks those at %q have labels, of %d", got, len(marks))
	}
}

func TestFramesOfAFilmHaveTheSameAxes(t *testing.T) {
	x := wheel(t, 100)
	far := make([]float32, 200)
	for i := range far {
		far[i] = 9
	}
	y, err := data.NewPoints(2, far)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := Frames("film", x, Output{"near", x}, Output{"far", y})
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) != 2 || frames[0].Panels[0].X.Max != frames[1].Panels[1].X.Max || frames[0].Panels[1].X.Max < 8 || frames[1].Name != "far" {
		t.Errorf("the axes of %d frames end at %v and %v", len(frames), frames[0].Panels[0].X.Max, frames[1].Panels[1].X.Max)
	}
}
