package plot

import (
	"errors"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// turnedTo returns the method that rotates points of the source at 0 to a condition. The rotation
// is exact, except for a constant shift.
func turnedTo(t *testing.T, name string, source *data.Warped, n int, off float32) Method {
	return Method{name, func(c data.Points) (data.Points, error) {
		at, err := source.Given(c.Values())
		if err != nil {
			return data.Points{}, err
		}
		y, err := at.Sample(n, 3)
		for i := range y.Values() {
			y.Values()[i] += off
		}
		return y, err
	}}
}

func titles(t *testing.T, f interface{ PNG() ([]byte, error) }, err error, panels func() []string) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.PNG(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(panels(), " | ")
}

func TestFiguresUnderConditions(t *testing.T) {
	source := data.Rotated(data.FourCircles(), 45)
	at, err := source.Given([]float32{0})
	if err != nil {
		t.Fatal(err)
	}
	x, err := at.Sample(2000, 3)
	if err != nil {
		t.Fatal(err)
	}
	stops := []Condition{{"15°", data.Point(15. / 45)}, {"45°", data.Point(1)}}
	good, bad := turnedTo(t, "good", source, 2000, 0), turnedTo(t, "bad", source, 2000, 9)

	outside, err := ConditionOutside(source, stops, good, bad)
	got := titles(t, outside, err, func() (all []string) {
		for _, p := range outside.Panels {
			all = append(all, p.Title.Text)
		}
		return all
	})
	parts := strings.Split(got, " | ")
	if len(parts) != 4 || outside.Cols != 2 || !strings.HasPrefix(parts[0], "good, 15°: 0.") || !strings.HasPrefix(parts[3], "bad, 45°: 100.00% out") {
		t.Errorf("panels of the figure of strays are %s, %d in a row", got, outside.Cols)
	}

	path, err := ConditionPaths(x, stops, good, bad)
	got = titles(t, path, err, func() (all []string) {
		for _, p := range path.Panels {
			all = append(all, p.Title.Text)
		}
		return all
	})
	if got != "input | good, 15° | good, 45° | input | bad, 15° | bad, 45°" {
		t.Errorf("panels of the figure of ways are %s", got)
	}

	line, err := data.Line(data.Point(0), data.Point(1), 5)
	if err != nil {
		t.Fatal(err)
	}
	good.Name = ""
	film, err := ConditionPaths(x, Conditions("c = %.2f", line), good)
	got = titles(t, film, err, func() (all []string) {
		for _, p := range film.Panels {
			all = append(all, p.Title.Text)
		}
		return all
	})
	if got != "input | c = 0.00 | c = 0.25 | c = 0.50 | c = 0.75 | c = 1.00" {
		t.Errorf("panels of the filmstrip are %s", got)
	}
}

func TestFiguresUnderConditionsSayWhatIsWrong(t *testing.T) {
	source := data.Rotated(data.FourCircles(), 45)
	unknown := data.Rotated(data.FromPoints("table", data.Point(1, 2)), 45)
	stops := []Condition{{"15°", data.Point(15. / 45)}}
	good := turnedTo(t, "good", source, 10, 0)
	failing := Method{"failing", func(data.Points) (data.Points, error) { return data.Points{}, errors.New("unwilling") }}
	x := data.Point(1, 2)
	for _, test := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, err := ConditionPaths(x, nil, good); return err }, "got 0 and 1"},
		{func() error { _, err := ConditionPaths(x, stops); return err }, "got 1 and 0"},
		{func() error { _, err := ConditionPaths(x, stops, failing); return err }, "failing at 15°: unwilling"},
		{func() error { _, err := ConditionPaths(x, stops, Method{Name: "empty"}); return err }, `"empty" has no function`},
		{func() error { _, err := ConditionPaths(x, []Condition{{Name: "none"}}, good); return err }, `"none" must be a single one, got 0`},
		{func() error { _, err := ConditionOutside(source, stops, failing); return err }, "failing at 15°: unwilling"},
		{func() error { _, err := ConditionOutside(nil, stops, good); return err }, "needs the true source"},
		{func() error { _, err := ConditionOutside(unknown, stops, good); return err }, "must be known"},
		{func() error { _, err := ConditionOutside(source, []Condition{{"wide", x}}, good); return err }, "must have 1 features, got 2"},
	} {
		if err := test.err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want an error with %q", err, test.want)
		}
	}
}
