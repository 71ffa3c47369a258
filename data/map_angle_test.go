package data

import (
	"math"
	"strings"
	"testing"
)

func TestAnglesAreWrappedIntoTheirInterval(t *testing.T) {
	for _, of := range [][2]float64{{-math.Pi, math.Pi}, {0, 2 * math.Pi}, {0, 360}, {-7, 1}} {
		from, to := of[0], of[1]
		var values []float32
		for k := range 400 {
			values = append(values, float32(from+(to-from)*(float64(k)/80-2))) // two turns before, two after
		}
		values = append(values, float32(from), float32(to), math.Nextafter32(float32(to), 0))
		p, err := NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		fitted, err := FitPipeline(p, ColumnMaps{"0", []ColumnMap{Angle(from, to)}})
		if err != nil {
			t.Fatal(err)
		}
		read, _ := reread(t, fitted)
		if periods := read.Periods(); len(periods) != 1 || periods[0] != of {
			t.Errorf("the period of %v is %v", of, periods)
		}
		u, there, err := read.Transform(p, 0)
		if err != nil {
			t.Fatal(err)
		}
		x, back, err := read.InverseTransform(u)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if math.Abs(u.At(i, 0)) > float64(float32(math.Pi)) {
				t.Errorf("%v becomes %v radians", v, u.At(i, 0))
			}
			if w := x.At(i, 0); w < float64(float32(from)) || w >= to {
				t.Errorf("%v comes back as %v, not in [%v, %v)", v, w, from, to)
			}
			if off := math.Remainder(x.At(i, 0)-float64(v), to-from); math.Abs(off) > 1e-5*(to-from) {
				t.Errorf("%v comes back as %v", v, x.At(i, 0))
			}
			if want := math.Log(2 * math.Pi / (to - from)); math.Abs(there[i]-want) > 1e-12 || math.Abs(back[i]+want) > 1e-12 {
				t.Errorf("the log-dets are %v and %v, want ±%v", there[i], back[i], want)
			}
		}
		ends, _, err := read.Transform(Point(float32(to)), 0)
		if err != nil || math.Abs(math.Remainder(ends.At(0, 0)-u.At(400, 0), 2*math.Pi)) > 1e-6 {
			t.Errorf("%v becomes %v and %v becomes %v radians, want one point: %v", from, u.At(400, 0), to, ends.At(0, 0), err)
		}
	}
}

func TestAnglesThatCannotBe(t *testing.T) {
	p, err := NewPoints(1, []float32{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, maps := range [][]ColumnMap{
		{Angle(1, 1)}, {Angle(2, 1)}, {Angle(math.NaN(), 1)}, {Angle(0, math.Inf(1))}, {Angle(-math.MaxFloat64, math.MaxFloat64)},
		{Angle(0, 4), Standardised}, {Log, Angle(0, 4)},
	} {
		if _, err := FitPipeline(p, ColumnMaps{"0", maps}); err == nil || !strings.Contains(err.Error(), "Angle") {
			t.Errorf("%v gave %v", maps, err)
		}
	}
}

func TestOnCircleKeepsDistancesOfNearPoints(t *testing.T) {
	p, err := NewPoints(3, []float32{5, 359.9, 7, 5, 0.1, 7, 5, 180, 7})
	if err != nil {
		t.Fatal(err)
	}
	p, err = p.WithColumnNames("a", "phi", "b")
	if err != nil {
		t.Fatal(err)
	}
	on, err := p.OnCircle("phi", 0, 360)
	if err != nil {
		t.Fatal(err)
	}
	if on.Dim() != 4 || on.ColumnTitle(1) != `"cos phi"` || on.At(0, 0) != 5 || on.At(0, 3) != 7 {
		t.Fatalf("on the circle the points are %v of %v", on.Values(), on.ColumnNames())
	}
	apart := func(i, j int) float64 {
		return math.Hypot(on.At(i, 1)-on.At(j, 1), on.At(i, 2)-on.At(j, 2))
	}
	if math.Abs(apart(0, 1)-0.2) > 1e-4 || math.Abs(apart(1, 2)-360/math.Pi) > 1e-3 {
		t.Errorf("points across the cut are %v apart, opposite ones %v, want 0.2 and a diameter", apart(0, 1), apart(1, 2))
	}
	for _, bad := range []struct {
		column   string
		from, to float64
	}{{"eta", 0, 360}, {"phi", 360, 0}} {
		if _, err := p.OnCircle(bad.column, bad.from, bad.to); err == nil {
			t.Errorf("OnCircle(%v) gave no error", bad)
		}
	}
	near, err := Nearest(p.Slice(0, 1), p.Slice(1, 2), [][2]float64{{}, {0, 360}, {}})
	if err != nil || math.Abs(near.At(0, 1)-360.1) > 1e-3 || near.At(0, 0) != 5 {
		t.Errorf("0.1 is nearest to 359.9 as %v: %v", near.Values(), err)
	}
	if _, err := Nearest(p, p, [][2]float64{{0, 1}}); err == nil {
		t.Error("one period for three columns gave no error")
	}
}
