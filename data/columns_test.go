package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

var six = func() Points { p, _ := NewPoints(3, []float32{1, 2, 3, 4, 5, 6}); return p }()

func TestSplitConditionsAndHStackUndoEachOther(t *testing.T) {
	x, c, err := six.SplitConditions(1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x.Values(), []float32{1, 3, 4, 6}) || !slices.Equal(c.Values(), []float32{2, 5}) {
		t.Errorf("split into %v and %v", x.Values(), c.Values())
	}
	both, err := x.HStack(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := both.Columns(0, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(back.Values(), six.Values()) {
		t.Errorf("put back together: %v", back.Values())
	}
	rows, err := six.Pick(1, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows.Values(), []float32{4, 5, 6, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("rows 1, 0, 1 are %v", rows.Values())
	}
}

func TestLineRunsFromEndToEnd(t *testing.T) {
	line, err := Line(Point(0, 1), Point(1, -1), 5)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(line.Values(), []float32{0, 1, 0.25, 0.5, 0.5, 0, 0.75, -0.5, 1, -1}) {
		t.Errorf("the line is %v", line.Values())
	}
}

func TestBadColumnsSayWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, _, err := six.SplitConditions(); return err }, "at least one column"},
		{func() error { _, _, err := six.SplitConditions(3); return err }, "from 0 to 2, got 3"},
		{func() error { _, _, err := six.SplitConditions(1, 1); return err }, "got 1 twice"},
		{func() error { _, _, err := six.SplitConditions(0, 1, 2); return err }, "got 3 of conditions"},
		{func() error { _, err := six.Columns(-1); return err }, "got -1"},
		{func() error { _, err := six.Pick(2); return err }, "from 0 to 1, got 2"},
		{func() error { _, err := six.HStack(Point(1)); return err }, "got 2 and 1"},
		{func() error { _, err := six.Repeat(3); return err }, "got 2 points"},
		{func() error { _, err := Line(Point(0), Point(1), 1); return err }, "at least 2 points, got 1"},
		{func() error { _, err := Line(Point(0), Point(1, 2), 3); return err }, "of one dimension"},
	} {
		if err := test.err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want an error with %q", err, test.want)
		}
	}
}

func TestEachRowIsRepeated(t *testing.T) {
	p, err := NewPoints(2, []float32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.WithColumnNames("a", "b"); err != nil {
		t.Fatal(err)
	}
	each, err := p.RepeatEach(2)
	if err != nil || !slices.Equal(each.Values(), []float32{1, 2, 1, 2, 3, 4, 3, 4}) || !slices.Equal(each.ColumnNames(), []string{"a", "b"}) {
		t.Errorf("each row twice is %v of %q, %v", each.Values(), each.ColumnNames(), err)
	}
	if none, err := p.RepeatEach(0); err != nil || none.Len() != 0 {
		t.Errorf("no times is %v, %v", none, err)
	}
	for _, m := range []int{-1, math.MaxInt} {
		if _, err := p.RepeatEach(m); err == nil {
			t.Errorf("rows are repeated %d times", m)
		}
	}
}
