package f4f

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// faulty is a bijection with a fault: what of points [batch, D] and log-dets [batch] it gives is
// changed where the first feature is above 1.
type faulty struct {
	bijection.Bijection
	point, logDet, backPoint, backLogDet float64
}

func (b faulty) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	y, logDet = b.Bijection.Forward(scope, x, c)
	return above(x, y, b.point), above(x, logDet, b.logDet)
}

func (b faulty) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	x, logDet = b.Bijection.Inverse(scope, y, c)
	return above(x, x, b.backPoint), above(x, logDet, b.backLogDet)
}

// above is values plus an amount where the first feature of x is above 1.
func above(x, values *Node, amount float64) *Node {
	flag := GreaterThan(Squeeze(Slice(x, AxisRange(), AxisRange(0, 1)), -1), ScalarOne(x.Graph(), x.DType()))
	if values.Rank() == 2 {
		flag = BroadcastToDims(ExpandAxes(flag, -1), values.Shape().Dimensions...)
	}
	return Where(flag, AddScalar(values, amount), values)
}

func TestCheckFindsEachFault(t *testing.T) {
	x, err := data.NewPoints(2, []float32{-1, 0.5, 0.3, 0.2, 2, -1, 0, 0, 1.5, 1, 0.9, -3})
	if err != nil {
		t.Fatal(err)
	}
	for _, precision := range []Precision{Float32, Float64} {
		d, err := Base(data.Gaussian(2)).Layers(2).Hidden(8).Blocks(1).Samples(200).Batch(50).Epochs(1).Precision(precision).Backend("go").Store(t.TempDir()).Fit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		weights, err := d.engine.Weights()
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			fault faulty
			want  string // the beginning of the one warning; empty for none
		}{
			"none":                          {faulty{}, ""},
			"points come back elsewhere":    {faulty{backPoint: 0.01}, "2 of 6 points don't come back"},
			"the log-det isn't the map's":   {faulty{logDet: 0.01, backLogDet: -0.01}, "2 of 6 points have a log-det that is off the map's"},
			"another log-det on the way":    {faulty{backLogDet: 0.01}, "2 of 6 points have log-dets there and back that differ"},
			"the map isn't finite":          {faulty{point: math.Inf(1)}, "2 of 6 points have a NaN or an infinity"},
			"the log-det isn't finite":      {faulty{logDet: math.NaN()}, "2 of 6 points have a NaN or an infinity"},
			"the way back isn't finite":     {faulty{backPoint: math.NaN()}, "2 of 6 points have a NaN or an infinity"},
			"the log-det back isn't either": {faulty{backLogDet: math.Inf(-1)}, "2 of 6 points have a NaN or an infinity"},
		} {
			test.fault.Bijection = d.flow.Bijection
			broken := *d
			broken.flow.Bijection = test.fault
			own, err := engine.New(d.engine.Backend(), "", weights) // which has no programs of the others
			if err != nil {
				t.Fatal(err)
			}
			broken.trained = &trained{engine: own}
			a, err := broken.Audit(x)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			warnings := a.Warnings()
			if test.want == "" && len(warnings) > 0 || test.want != "" && (len(warnings) != 1 || !strings.HasPrefix(warnings[0], test.want)) {
				t.Errorf("%s, %s: the warnings are %q, want one that begins with %q", precision, name, warnings, test.want)
			}
			if row := a.RoundTrip.Row; test.fault.backPoint == 0.01 && row != 2 && row != 4 {
				t.Errorf("%s, %s: the worst round trip is said to be of row %d", precision, name, row)
			}
			if !strings.Contains(a.String(), test.want) {
				t.Errorf("%s: the report lacks its warning:\n%s", name, a)
			}
		}
	}
}

// squeezing is y = 1 + e^(5x)/10,000, feature by feature: rounding y loses most digits of a small
// x, and so of the log-det, though nothing is wrong.
type squeezing struct{}

func (squeezing) Forward(_ *model.Scope, x, _ *Node) (y, logDet *Node) {
	return OnePlus(MulScalar(Exp(MulScalar(x, 5)), 1e-4)), ReduceSum(AddScalar(MulScalar(x, 5), math.Log(5e-4)), -1)
}

func (s squeezing) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	x = MulScalar(Log(MulScalar(AddScalar(y, -1), 1e4)), 0.2)
	_, logDet = s.Forward(scope, x, c)
	return x, Neg(logDet)
}

func TestCheckGrantsWhatRoundingExplains(t *testing.T) {
	d, err := Base(data.Gaussian(2)).Layers(1).Hidden(4).Samples(200).Batch(50).Epochs(1).Backend("go").Store(t.TempDir()).Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.flow.Bijection = squeezing{}
	x, err := data.NewPoints(2, []float32{-0.9, 0.5, 0.3, -0.8, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Audit(x)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Warnings()) > 0 || a.RoundTrip.Error < 1e-4 || a.LogDet.Error < 1e-3 {
		t.Errorf("a map that squeezes, which float32 can't undo:\n%s", a)
	}
}

// tenth is y = x/10.
type tenth struct{}

func (tenth) Forward(_ *model.Scope, x, _ *Node) (y, logDet *Node) {
	return MulScalar(x, 0.1), AddScalar(ReduceSum(ZerosLike(x), -1), 2*math.Log(0.1))
}

func (tenth) Inverse(_ *model.Scope, y, _ *Node) (x, logDet *Node) {
	return MulScalar(y, 10), AddScalar(ReduceSum(ZerosLike(y), -1), 2*math.Log(10))
}

func TestAPointIsInTheTailsWhicheverLayerItMeetsThemIn(t *testing.T) {
	d, err := Base(data.Gaussian(2)).Layers(2).Hidden(4).Samples(200).Batch(50).Epochs(1).Backend("go").Store(t.TempDir()).Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x, err := data.NewPoints(2, []float32{0, 0, 0, 5, 1, 2, -3, 3.9})
	if err != nil {
		t.Fatal(err)
	}
	layers := d.flow.Bijection.(bijection.Chain)
	for name, test := range map[string]struct {
		between         bijection.Bijection
		beyond, inTails float64
	}{
		"brought in":  {tenth{}, 0.25, 0.25},
		"brought out": {bijection.Inverted{Bijection: tenth{}}, 0.25, 1},
	} {
		changed := *d
		changed.flow.Bijection = bijection.Chain{layers[0], test.between, layers[2]}
		weights, err := d.engine.Weights()
		if err == nil {
			weights, err = numbers.In(Float64.DType(), weights)
		}
		if err != nil {
			t.Fatal(err)
		}
		own, err := engine.New(d.engine.Backend(), "", weights) // its graphs are no plan's
		if err != nil {
			t.Fatal(err)
		}
		changed.trained = &trained{engine: own}
		a, err := changed.Audit(x)
		if err != nil {
			t.Fatal(err)
		}
		if a.Beyond != test.beyond || a.InTails < test.inTails-0.25 || a.InTails > test.inTails {
			t.Errorf("%s:\n%s", name, a)
		}
	}
}

func TestPlansOfTwoPrecisionsAreNotTrainedAsOne(t *testing.T) {
	base := Base(data.Gaussian(2))
	wide := base.Precision(Float64)
	if base.shape() == "" || base.shape() == wide.shape() {
		t.Error("bases would be trained as one")
	}
	if one := Between(base, base); one.shape() == "" || one.shape() == Between(wide, wide).Precision(Float64).shape() {
		t.Error("transports would be trained as one")
	}
}
