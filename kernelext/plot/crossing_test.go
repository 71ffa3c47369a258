package plot

import (
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
)

func TestInputsAndTargetsStandAtTheEdgesOfACrossing(t *testing.T) {
	x := wheel(t, 500)
	inputs := []Output{{"one", x}, {"other", turned(t, x)}}
	targets := []Output{{"a", x}, {"b", x}, {"c", x}}
	row := []data.Points{x, turned(t, x), x}
	f, err := Crossing("grid", inputs, targets, [][]data.Points{row, row})
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, p := range f.Panels {
		titles = append(titles, p.Title.Text)
	}
	want := "|target: a|target: b|target: c|input: one|to a|to b|to c|input: other|to a|to b|to c"
	if got := strings.Join(titles, "|"); got != want || f.Cols != 4 {
		t.Errorf("panels are %s, %d in a row; want %s", got, f.Cols, want)
	}
	if _, err := f.PNG(); err != nil {
		t.Error(err)
	}
}

func TestACrossingWithHolesIsRefused(t *testing.T) {
	x := wheel(t, 50)
	one := []Output{{"one", x}}
	for _, row := range []struct {
		inputs, targets []Output
		outputs         [][]data.Points
		want            string
	}{
		{nil, one, nil, "got 0, 1 and 0"},
		{one, one, nil, "got 1, 1 and 0"},
		{one, one, [][]data.Points{{}}, "one needs an output for each of 1 targets, got 0"},
		{one, []Output{{Name: "none"}}, [][]data.Points{{x}}, "none: there are no points"},
		{one, one, [][]data.Points{{x.Slice(0, 9)}}, "for each of 50 points, got 9"},
	} {
		if _, err := Crossing("grid", row.inputs, row.targets, row.outputs); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want an error with %q", err, row.want)
		}
	}
}

func TestMarksAreDrawnOnLogarithmicAxesThatHoldThem(t *testing.T) {
	series := []Series{{"one", plotter.XYs{{X: 0.001, Y: 2}, {X: 0.5, Y: 3}}}, {"other", plotter.XYs{{X: 0.02, Y: 0.0004}}}}
	f, err := LogLog("trade", "KL (nats)", "way", series...)
	if err != nil {
		t.Fatal(err)
	}
	p := f.Panels[0]
	if p.X.Min >= 0.001 || p.X.Max <= 0.5 || p.Y.Min >= 0.0004 || p.Y.Max <= 3 {
		t.Errorf("axes from %g to %g and from %g to %g don't hold the marks", p.X.Min, p.X.Max, p.Y.Min, p.Y.Max)
	}
	var labels []string
	for _, tick := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		labels = append(labels, tick.Label)
	}
	if got := strings.Join(labels, " "); got != "0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5" {
		t.Errorf("ticks are %s", got)
	}
	if _, err := f.SVG(); err != nil {
		t.Error(err)
	}
}

func TestMarksThatHaveNoLogarithmAreRefused(t *testing.T) {
	good := Series{"good", plotter.XYs{{X: 1, Y: 1}}}
	for _, row := range []struct {
		series []Series
		want   string
	}{
		{nil, "from 1 to 7 series, got 0"},
		{[]Series{good, good, good, good, good, good, good, good}, "got 8"},
		{[]Series{{Name: "empty"}}, `"empty" has no marks`},
		{[]Series{good, {"bad", plotter.XYs{{X: 1, Y: 1}, {X: 0, Y: 1}}}}, `got (0, 1) in series "bad"`},
	} {
		if _, err := LogLog("trade", "x", "y", row.series...); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want an error with %q", err, row.want)
		}
	}
}
