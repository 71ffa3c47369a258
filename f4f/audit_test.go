package f4f_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// checked returns the audit of a flow.
func checked(t *testing.T, flow interface {
	Audit(data.Points) (f4f.Audit, error)
}, x data.Points) f4f.Audit {
	t.Helper()
	return must[f4f.Audit](t)(flow.Audit(x))
}

func TestCheckFindsNothingWrongWithSoundFlows(t *testing.T) {
	x := sample(t, left, 300, 8)
	for _, precision := range []f4f.Precision{f4f.Float32, f4f.Float64} {
		base := func(s data.Source) f4f.BasePlan { return small(t, s).Epochs(1).Precision(precision) }
		flows := map[string]f4f.Audit{}
		for name, plan := range map[string]f4f.BasePlan{
			"plain": base(left), "standardised": base(left).Standardise(), "coupling": base(left).LayerKind(f4f.Coupling), "LU": base(left).Mixing(f4f.LULinear),
		} {
			flows[name] = checked(t, fitted(t, plan), x)
		}
		scales := normal{"scales", []float64{0, 1e5}, []float64{1e-6, 1e3}} // one feature tiny, one huge
		flows["mixed scales"] = checked(t, fitted(t, base(scales).Standardise()), sample(t, scales, 300, 8))
		l, r := fitted(t, base(left)), fitted(t, base(right).Standardise())
		flows["transport"] = checked(t, fitted(t, f4f.Between(base(left).Standardise(), base(right)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(1).Precision(precision).Backend("go").Store(store(t))), x)
		flows["base transfer"] = checked(t, must[*f4f.Transport](t)(f4f.BaseTransfer(l, r)), x)

		points, conditions, err := turned{}.SampleWithConditions(300, 8)
		if err != nil {
			t.Fatal(err)
		}
		one, other := conditions.Slice(0, 1), conditions.Slice(1, 2)
		_, others, err := turned{}.SampleWithConditions(300, 9)
		if err != nil {
			t.Fatal(err)
		}
		conditional := base(turned{}).Embedding(3)
		flows["conditional"] = checked(t, fitted(t, conditional).At(conditions), points)
		flows["at one condition"] = checked(t, fitted(t, conditional).At(one), points)
		among := fitted(t, smallTransport(t, conditional, conditional, f4f.Difference).Epochs(1).Precision(precision))
		flows["among"] = checked(t, among.At(conditions, others), points)
		flows["among, one way"] = checked(t, among.At(one, other), points)
		flows["among, the other way"] = checked(t, among.At(other, one), points)
		flows["among, nowhere"] = checked(t, among.At(one, one), points)
		between := fitted(t, smallTransport(t, conditional, base(lifted{}), f4f.Both).Epochs(1).Precision(precision))
		flows["between conditions"] = checked(t, between.At(conditions, others), points)

		for name, a := range flows {
			roundTrip, logDet := 1e-4, 1e-3
			if precision == f4f.Float64 {
				roundTrip, logDet = 1e-9, 1e-6
			}
			if len(a.Warnings()) > 0 || a.RoundTrip.Error > roundTrip || a.LogDet.Error > logDet || a.Jacobian.Error > 1e-3 || a.JacobianPoints < 256 || a.Points != 300 || a.Precision != precision {
				t.Errorf("%s:\n%s", name, a)
			}
			// A flow that does something is not undone for nothing: an error of 0 everywhere would
			// be of a check that looks at nothing.
			if name != "among, nowhere" && (a.RoundTrip.Error == 0 || a.Jacobian.Error == 0) {
				t.Errorf("%s, without any error:\n%s", name, a)
			}
		}
	}
}

func TestCheckTellsOfPointsInTheTails(t *testing.T) {
	inside, out := []float32{0.5, -0.5}, []float32{0.5, -4.5}
	points := func(n, outside int) data.Points {
		var values []float32
		for i := range n {
			if i < outside {
				values = append(values, out...)
			} else {
				values = append(values, inside...)
			}
		}
		return must[data.Points](t)(data.NewPoints(2, values))
	}
	d := fitted(t, small(t, left))
	for _, test := range []struct {
		n, outside int
		warns      bool
	}{{100, 0, false}, {100, 2, false}, {100, 10, true}, {9000, 9, false}, {9000, 10, true}} {
		a := checked(t, d, points(test.n, test.outside))
		share := float64(test.outside) / float64(test.n)
		want := fmt.Sprintf("%.3g%% of the points lie beyond ±4 (%.3g%% in column 1), where features pass the flow unchanged. Standardise the data or widen the bound with TailBound.", 100*share, 100*share)
		if told := len(a.Warnings()) == 1 && a.Warnings()[0] == want; math.Abs(a.Beyond-share) > 1e-12 || a.InTails != a.Beyond || told != test.warns || len(a.Warnings()) > 1 {
			t.Errorf("%d of %d outside:\n%s", test.outside, test.n, a)
		}
	}
	if a := checked(t, fitted(t, small(t, left).LayerKind(f4f.Coupling)), points(100, 10)); a.Beyond != 0.1 || a.InTails != 0.1 {
		t.Errorf("coupling layers:\n%s", a)
	}
	// A scaler brings points in that lie far out, and takes others out: the bound is the flow's.
	scaled := fitted(t, small(t, normal{"far", []float64{1000, 0}, []float64{10, 0.01}}).Standardise())
	a := checked(t, scaled, must[data.Points](t)(data.NewPoints(2, []float32{1000, 0, 1030, 0.03, 990, 0.05, 1020, -0.1, 1000, 0.06})))
	if a.Beyond != 0.6 || len(a.Warnings()) != 1 || !strings.HasSuffix(a.Warnings()[0], "unchanged. Widen the bound with TailBound.") {
		t.Errorf("standardised:\n%s", a)
	}
	// The linear map between the layers of this one takes points out of a bound that they came in
	// within.
	mixed := fitted(t, small(t, normal{"near", []float64{0, 0}, []float64{0.9, 0.05}}).TailBound(1).Mixing(f4f.LULinear).LearningRate(2e-2).Epochs(10))
	a = checked(t, mixed, sample(t, normal{"near", []float64{0, 0}, []float64{0.3, 0.05}}, 500, 3))
	if a.InTails <= a.Beyond {
		t.Errorf("with a linear map:\n%s", a)
	}
}

func TestCheckCountsWhatIsNotFinite(t *testing.T) {
	d := fitted(t, small(t, left))
	a := checked(t, d, must[data.Points](t)(data.NewPoints(2, []float32{0, 0, 1e30, 0, 0.1, 0.1})))
	if a.NonFinite != 1 || !strings.Contains(a.String(), "first row 1: they are too far out") {
		t.Error(a)
	}
	// All of them: there is nowhere to look, and no error over it.
	a = checked(t, d, must[data.Points](t)(data.NewPoints(2, []float32{1e30, 0, 0, 3e30})))
	if a.NonFinite != 2 || a.RoundTrip.Row != -1 || a.JacobianPoints != 0 {
		t.Error(a)
	}
}

func TestCheckRefusesWhatTheFlowRefuses(t *testing.T) {
	d := fitted(t, small(t, turned{}))
	three := must[data.Points](t)(data.NewPoints(3, []float32{1, 2, 3}))
	two := must[data.Points](t)(data.NewPoints(2, []float32{1, 2}))
	var none *f4f.Density
	var nowhere *f4f.Transport
	for want, check := range map[string]func() (f4f.Audit, error){
		"points must have 2 features, got 3":     func() (f4f.Audit, error) { return d.At(data.Point(0.5)).Audit(three) },
		"needs a condition of 1 features":        func() (f4f.Audit, error) { return d.Audit(two) },
		"at least one of the points, got none":   func() (f4f.Audit, error) { return d.At(data.Point(0.5)).Audit(data.Points{}) },
		"there is no flow to use: look at the":   func() (f4f.Audit, error) { return none.Audit(two) },
		"there is no flow to use: look at the e": func() (f4f.Audit, error) { return nowhere.Audit(two) },
	} {
		if _, err := check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}

// Flows of the paper's architecture, trained briefly on distributions with sharp edges, are
// inverted and have exact log-dets, in either precision.
func TestExactnessOfTrainedFlows(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: run it with -long")
	}
	for _, p := range []f4f.Precision{f4f.Float32, f4f.Float64} {
		base := func(s data.Source) f4f.BasePlan {
			return f4f.Base(s).Recipe(f4f.Fast()).Samples(128 * 1500).Epochs(1).Precision(p).Backend("xla").Store(longStore(t))
		}
		circles, board := base(data.FourCircles()), base(data.Checkerboard())
		x := sample(t, data.FourCircles(), 20_000, 3)
		// Steep as they are at the edges, float32 may lose more than the promise at some point, for
		// which Check grants rounding; float64 has digits to spare.
		roundTrip, logDet, jacobian := 1e-3, 1e-2, 1e-2
		if p == f4f.Float64 {
			roundTrip, logDet, jacobian = 1e-10, 1e-8, 1e-5
		}
		for _, a := range []f4f.Audit{
			checked(t, fitted(t, circles), x),
			checked(t, fitted(t, board), sample(t, data.Checkerboard(), 20_000, 3)),
			checked(t, fitted(t, f4f.Between(circles, board).Recipe(f4f.Fast()).Samples(128*1500).Epochs(1).Precision(p).Backend("xla").Store(longStore(t))), x),
		} {
			if t.Log(a); a.NonFinite > 0 || a.RoundTrip.Error > roundTrip || a.LogDet.Error > logDet || a.Jacobian.Error > jacobian {
				t.Error("is not exact enough")
			}
		}
	}
}
