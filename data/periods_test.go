package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// compass are points of an angle in degrees and two other features, with names.
func compass(t *testing.T) Points {
	t.Helper()
	p, err := NewPoints(3, []float32{5, 359.9, 7, 5, 0.1, 7, 5, 180, 7})
	if err == nil {
		p, err = p.WithColumnNames("a", "phi", "b")
	}
	if err == nil {
		p, err = p.WithPeriod("phi", 0, 360)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPeriodsGoWithTheirColumns(t *testing.T) {
	p := compass(t)
	degrees, none := [2]float64{0, 360}, [2]float64{}
	result := func(q Points, err error) Points {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	x, c, err := p.SplitConditions(1)
	if err != nil {
		t.Fatal(err)
	}
	plain := result(p.WithPeriods(nil))
	scaler := Scaler{Mean: []float64{1, 100, 1}, Std: []float64{2, 10, 2}}
	scaled := result(scaler.Transform(p))
	fitted, err := FitPipeline(result(p.Columns(1)), ColumnMaps{"phi", []ColumnMap{Angle(0, 360)}})
	if err != nil {
		t.Fatal(err)
	}
	u, _, err := fitted.Transform(c, 0)
	if err != nil {
		t.Fatal(err)
	}
	back, _, err := fitted.InverseTransform(Point(1))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		of   Points
		want [][2]float64
	}{
		"slice":       {p.Slice(1, 2), [][2]float64{none, degrees, none}},
		"vstack":      {result(plain.VStack(p)), [][2]float64{none, degrees, none}},
		"pick":        {result(p.Pick(2, 0)), [][2]float64{none, degrees, none}},
		"columns":     {result(p.Columns(1, 0)), [][2]float64{degrees, none}},
		"others":      {result(p.Columns(0, 2)), nil},
		"points":      {x, nil},
		"conditions":  {c, [][2]float64{degrees}},
		"beside":      {result(x.HStack(c)), [][2]float64{none, none, degrees}},
		"repeat":      {result(p.Slice(0, 1).Repeat(3)), [][2]float64{none, degrees, none}},
		"repeat each": {result(p.RepeatEach(2)), [][2]float64{none, degrees, none}},
		"removed":     {plain, nil},
		"scaled":      {scaled, [][2]float64{none, {-10, 26}, none}},
		"back":        {result(scaler.InverseTransform(scaled)), [][2]float64{none, degrees, none}},
		"nearest":     {result(Nearest(p, p, p.Periods())), [][2]float64{none, degrees, none}},
		"on circles":  {result(p.OnCircles()), nil},
		"on a circle": {result(p.OnCircle("a", 0, 10)), [][2]float64{none, none, degrees, none}},
		"in radians":  {u, [][2]float64{{-math.Pi, math.Pi}}},
		"in degrees":  {back, [][2]float64{degrees}},
	} {
		if got := test.of.Periods(); !slices.Equal(got, test.want) {
			t.Errorf("%s: the periods are %v, want %v", name, got, test.want)
		}
	}
	one, other := result(p.OnCircles()), result(plain.OnCircle("phi", 0, 360))
	if !slices.Equal(one.Values(), other.Values()) || !slices.Equal(one.ColumnNames(), other.ColumnNames()) {
		t.Errorf("on circles by their periods, points are %v; by name %v", one, other)
	}
	if !slices.Equal(plain.Values(), p.Values()) || FromPoints("t", plain).Fingerprint() != FromPoints("t", p).Fingerprint() {
		t.Error("a period changes the points")
	}
	drawn := result(VonMisesMixture().Sample(2, 1))
	if len(drawn.Periods()) != 2 {
		t.Errorf("points of a torus have the periods %v", drawn.Periods())
	}
}

func TestCommonPeriods(t *testing.T) {
	p := compass(t)
	with := func(from, to float64) Points {
		q, err := p.WithPeriod("phi", from, to)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	plain, err := p.WithPeriods(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := CommonPeriods(plain, with(-180, 180), p); err != nil || !slices.Equal(got, [][2]float64{{}, {-180, 180}, {}}) {
		t.Errorf("the first period is %v, %v", got, err)
	}
	if got, err := CommonPeriods(plain, plain); got != nil || err != nil {
		t.Errorf("no periods are %v, %v", got, err)
	}
	if got, err := CommonPeriods(); got != nil || err != nil {
		t.Errorf("no sets have the periods %v, %v", got, err)
	}
	if _, err := CommonPeriods(p, with(0, 2*math.Pi)); err == nil || !strings.Contains(err.Error(), `"phi"`) || !strings.Contains(err.Error(), "360") {
		t.Errorf("degrees beside radians gave %v", err)
	}
	if _, err := CommonPeriods(Point(1), p); err == nil {
		t.Error("sets of other dimensions gave no error")
	}
	if _, err := FitPipeline(p, ColumnMaps{"phi", []ColumnMap{Angle(0, 2*math.Pi)}}); err == nil || !strings.Contains(err.Error(), `"phi"`) {
		t.Errorf("an Angle in radians of a column in degrees gave %v", err)
	}
}

func TestPeriodsThatCannotBe(t *testing.T) {
	p := compass(t)
	for _, ends := range [][2]float64{{2, 1}, {1, 1}, {math.NaN(), 1}, {0, math.Inf(1)}} {
		if _, err := p.WithPeriod("phi", ends[0], ends[1]); err == nil || !strings.Contains(err.Error(), "phi") {
			t.Errorf("the period %v gave %v", ends, err)
		}
	}
	if _, err := p.WithPeriod("eta", 0, 1); err == nil {
		t.Error("a column that isn't there gave no error")
	}
	if _, err := p.WithPeriods([][2]float64{{0, 1}}); err == nil {
		t.Error("one period for three columns gave no error")
	}
}

func TestPrepareProposesTheAngleOfAPeriod(t *testing.T) {
	var values []float32
	for k := range 200 {
		values = append(values, float32(math.Mod(float64(k)*77.7, 360)))
	}
	p, err := NewPoints(1, values)
	if err == nil {
		p, err = p.WithPeriod("0", 0, 360)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text := p.String(); !strings.Contains(text, "360") {
		t.Errorf("points with a period are called %s", text)
	}
	conditions, err := PrepareConditions(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, maps := range [][]ColumnMap{ProposalFor(p, 0).Maps, conditions[0].Maps} {
		if !slices.Equal(maps, []ColumnMap{Angle(0, 360)}) {
			t.Errorf("proposed %v", maps)
		}
	}
}
