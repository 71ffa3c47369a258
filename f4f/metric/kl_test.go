package metric

import (
	"errors"
	"math"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// normal is N(mean, std²) on the line: a truth that can be sampled and whose density is known.
type normal struct {
	t         testing.TB
	mean, std float64
}

func (d normal) Name() string { return "normal" }
func (d normal) Dim() int     { return 1 }
func (d normal) Sample(n int, seed uint64) (data.Points, error) {
	if n < 1 {
		return data.Points{}, errors.New("too few")
	}
	return gaussian(d.t, n, seed, d.std, d.mean), nil
}
func (d normal) LogProb(x data.Points) ([]float64, error) {
	logs := make([]float64, x.Len())
	for i := range logs {
		z := (x.At(i, 0) - d.mean) / d.std
		logs[i] = -z*z/2 - math.Log(d.std) - math.Log(2*math.Pi)/2
	}
	return logs, nil
}
func (d normal) Entropy() float64 { return math.Log(d.std) + (1+math.Log(2*math.Pi))/2 }

var _ data.Distribution = normal{}

// KL(N(m, s²) ‖ N(0, 1)) = (s² + m² − 1)/2 − log s. With m = 1/2 and s = 2: (4 + 1/4 − 1)/2 − log 2.
func TestKLOfTwoGaussians(t *testing.T) {
	wide, unit := normal{t, 0.5, 2}, normal{t, 0, 1}
	want := (4+0.25-1)/2 - math.Log(2)

	forward, err := KL(wide, unit.LogProb, 100000, 7)
	if err != nil {
		t.Fatal(err)
	}
	x, err := wide.Sample(100000, 8)
	if err != nil {
		t.Fatal(err)
	}
	reverse, err := ReverseKL(unit, wide.LogProb, x)
	if err != nil {
		t.Fatal(err)
	}
	// log p − log q = −log 2 + x²/2 − (x−m)²/2s² = −log 2 + (4z² + 2z + 1/4)/2 − z²/2 in z =
	// (x−m)/s: 3/2·z² + z, whose variance is 9/4·2 + 1 = 5.5.
	wantError := math.Sqrt(5.5 / 100000)
	for name, e := range map[string]Estimate{"forward": forward, "reverse": reverse} {
		near(t, name, e.Value, want, 4*wantError)
		near(t, name+" error", e.Error, wantError, 0.03*wantError)
		if e.OutsideSupport != 0 {
			t.Errorf("%s: got a share outside of %v, want 0", name, e.OutsideSupport)
		}
	}
}

// The density of p judged by itself is 0 exactly, with no doubt.
func TestKLToItselfIsZero(t *testing.T) {
	p := normal{t, 1, 3}
	e, err := KL(p, p.LogProb, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e != (Estimate{}) {
		t.Errorf("got %+v, want zeros", e)
	}
}

// q uniform on [0, 4), p uniform on [0, 3): log q − log p = log(3/4) at the three points of four
// that lie inside, the lower bound log(1 − OutsideSupport) of the comment; KL(p‖q) = log(4/3).
func TestKLLeavesOutPointsWhereTheTruthIsZero(t *testing.T) {
	logQ := []float64{-math.Log(4), -math.Log(4), -math.Log(4), -math.Log(4)}
	logP := []float64{-math.Log(3), math.Inf(-1), -math.Log(3), -math.Log(3)}
	reverse, err := ReverseKLFromLogProbs(logP, logQ)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "reverse", reverse.Value, math.Log(3./4), 1e-15)
	near(t, "outside", reverse.OutsideSupport, 0.25, 0)
	forward, err := KLFromLogProbs(logP, logQ)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "forward", forward.Value, math.Log(4./3), 1e-15)
	near(t, "outside", forward.OutsideSupport, 0.25, 0)
}

func TestKLIsInfiniteWhereTheFlowMissesAPoint(t *testing.T) {
	e, err := KLFromLogProbs([]float64{-1, -1}, []float64{-1, math.Inf(-1)})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(e.Value, 1) || !math.IsNaN(e.Error) {
		t.Errorf("got %v, want +Inf ± NaN", e)
	}
}

func TestKLRefusesWhatIsNoPairOfLogDensities(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		name       string
		logP, logQ []float64
		want       string
	}{
		{"lengths", []float64{1, 2}, []float64{1}, "must be of the same points, got 2 and 1"},
		{"empty", nil, nil, "at least one point, got none"},
		{"NaN in p", []float64{1, nan}, []float64{1, 1}, "log p must be a number below +Inf, got NaN in row 1"},
		{"NaN in q", []float64{1, 1}, []float64{nan, 1}, "log q must be a number below +Inf, got NaN in row 0"},
		{"NaN where p is 0", []float64{-inf, 1}, []float64{nan, 1}, "got NaN in row 0"},
		{"infinity", []float64{1, inf}, []float64{1, 1}, "got +Inf in row 1"},
		{"all outside", []float64{-inf, -inf}, []float64{1, 1}, "−Inf at all 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := KLFromLogProbs(test.logP, test.logQ)
			wantError(t, err, test.want)
			_, err = ReverseKLFromLogProbs(test.logP, test.logQ)
			wantError(t, err, test.want)
		})
	}
	_, err := ReverseKLFromLogProbs([]float64{1, 1}, []float64{1, -inf})
	wantError(t, err, "log q is −Inf in row 1")
}

func TestKLPassesOnWhatFails(t *testing.T) {
	p := normal{t, 0, 1}
	broken := errors.New("out of memory")
	fails := func(data.Points) ([]float64, error) { return nil, broken }
	short := func(data.Points) ([]float64, error) { return []float64{1}, nil }
	for _, truth := range []data.Distribution{nil, p} { // of two that are needed, one is missing
		logProb := p.LogProb
		if truth != nil {
			logProb = nil
		}
		_, err := KL(truth, logProb, 10, 1)
		wantError(t, err, "needs a truth and log-probs")
		_, err = ReverseKL(truth, logProb, data.Point(0))
		wantError(t, err, "needs a truth and log-probs")
	}
	_, err := KL(p, p.LogProb, 0, 1)
	wantError(t, err, "the truth can't be sampled: too few")
	_, err = KL(p, fails, 10, 1)
	wantError(t, err, "the learned density: out of memory")
	if !errors.Is(err, broken) {
		t.Errorf("%v doesn't wrap its cause", err)
	}
	_, err = KL(p, short, 10, 1)
	wantError(t, err, "of the same points, got 10 and 1")
	_, err = ReverseKL(p, p.LogProb, points(t, 2, 1, 2))
	wantError(t, err, "one dimension, got 2 and 1")
	_, err = ReverseKL(p, p.LogProb, points(t, 1, float32(math.NaN())))
	wantError(t, err, "row 0, column 0 is NaN")
	_, err = ReverseKL(p, p.LogProb, data.Points{})
	wantError(t, err, "at least one point")
}
