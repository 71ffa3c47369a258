package bijectiontest

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/accuracy"
)

// Worst holds the largest errors of a run.
type Worst struct {
	RoundTrip float64 // |x − f⁻¹(f(x))|, relative to |x| where |x| exceeds 1; where the map squeezes, rounding f(x) alone may explain it
	LogDet    float64 // of the log-det against the other direction, and against the Jacobian by automatic differentiation
	Numerical float64 // of the log-det against the Jacobian by finite differences in float64
}

// Max returns the larger of each error of w and other.
func (w Worst) Max(other Worst) Worst {
	return Worst{math.Max(w.RoundTrip, other.RoundTrip), math.Max(w.LogDet, other.LogDet), math.Max(w.Numerical, other.Numerical)}
}

// holdLayer tests what a layer says of itself.
func (r result) holdLayer(t *testing.T, layer bijection.Layer, c Case, weights int, x []float64) {
	t.Helper()
	if err := layer.Validate(); err != nil {
		t.Errorf("Validate errs: %v", err)
	}
	if want := layer.Weights(); float64(weights) != want {
		t.Errorf("the weights are %d numbers, and Weights says %v", weights, want)
	}
	bound := layer.TailBound()
	if !(bound > 0) {
		t.Errorf("TailBound is %v, want it above 0", bound)
	}
	for i, v := range x {
		if !c.isAngle(i%c.Dim) && math.Abs(v) > bound && math.Abs(r.y[i]-v) > 1e-6*math.Abs(v) {
			t.Errorf("row %d: feature %d, %v, is mapped to %v, though it lies beyond the TailBound of %v", i/c.Dim, i%c.Dim, v, r.y[i], bound)
		}
	}
}

// Run tests a case in float32 and float64, and returns the largest errors by precision. The limits
// are 1e-4 in float32 and 1e-9 in float64 for a round trip; 1e-3 in float32 and 1e-6 in float64 for
// a log-det, but 1e-3 against finite differences, which are no more accurate. A round trip may be
// off by more where the map squeezes, since rounding y loses digits of x there.
func Run(t *testing.T, backend compute.Backend, c Case) map[dtypes.DType]Worst {
	t.Helper()
	if c.TailBound == 0 {
		c.TailBound = 4
	}
	if c.Far == 0 {
		c.Far = 1000
	}
	if c.Spread == 0 {
		c.Spread = 0.05
	}
	x, condition := c.points()
	// The truth is a finite difference in float64. The weights are rounded to float32, so that both
	// precisions have the same.
	wide, err := newSubject(backend, c, dtypes.Float64)
	if err != nil {
		t.Fatal(err)
	}
	defer wide.close()
	truth, err := wide.finiteDifferences(x, condition)
	if err != nil {
		t.Fatal(err)
	}
	worst := map[dtypes.DType]Worst{}
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		t.Run(dtype.String(), func(t *testing.T) {
			s := wide
			if dtype != dtypes.Float64 {
				if s, err = newSubject(backend, c, dtype); err != nil {
					t.Fatal(err)
				}
				defer s.close()
				if err := s.copyWeights(wide); err != nil {
					t.Fatal(err)
				}
			}
			r, err := s.run(x, condition)
			if err != nil {
				t.Fatal(err)
			}
			if layer, ok := c.Bijection.(bijection.Layer); ok {
				r.holdLayer(t, layer, c, s.weights(), x)
			}
			worst[dtype] = r.hold(t, c, x, truth, accuracy.Of(dtype))
		})
	}
	return worst
}

// hold tests every promise and returns the largest errors.
func (r result) hold(t *testing.T, c Case, x []float64, truth numerical, limit accuracy.Tolerance) Worst {
	t.Helper()
	d := c.Dim
	if len(r.y) != rows*d || len(r.logDet) != rows || len(r.back) != rows*d || len(r.backLogDet) != rows {
		t.Fatalf("outputs have %d and %d, %d and %d values, want %d points of %d features and %d log-dets",
			len(r.y), len(r.logDet), len(r.back), len(r.backLogDet), rows, d, rows)
	}
	var worst Worst
	for i := range rows {
		at := fmt.Sprintf("row %d, x = %v", i, x[i*d:(i+1)*d])
		for j := range d {
			size := math.Max(1, math.Abs(x[i*d+j]))
			err := math.Abs(c.difference(x[i*d+j], r.back[i*d+j], j)) / size
			if worst.RoundTrip = math.Max(worst.RoundTrip, err); !(err <= limit.RoundTrip+limit.Rounding(truth.stretch[i])) {
				t.Errorf("%s: feature %d comes back as %v", at, j, r.back[i*d+j])
			}
			if err := math.Abs(c.difference(x[i*d+j], r.there[i*d+j], j)) / size; !(err <= 10*limit.RoundTrip) {
				t.Errorf("%s: feature %d comes back from the inverse as %v", at, j, r.there[i*d+j])
			}
		}
		byAutodiff := r.logDet[i]
		if d <= mostByAutodiff {
			byAutodiff, _ = mat.LogDet(mat.NewDense(d, d, r.jacobian[i*d*d:(i+1)*d*d]))
		}
		for _, pair := range []struct {
			what             string
			got, want, limit float64
			worst            *float64
		}{
			{"Forward's log-det against finite differences", r.logDet[i], truth.logDet[i], limit.Numerical, &worst.Numerical},
			{"Forward's log-det against automatic differentiation", r.logDet[i], byAutodiff, limit.LogDet, &worst.LogDet},
			{"Inverse's log-det against minus Forward's", r.backLogDet[i], -r.logDet[i], limit.LogDet, &worst.LogDet},
			{"Forward's log-det after Inverse against minus Inverse's", r.thereLogDet[i], -r.hereLogDet[i], limit.LogDet, &worst.LogDet},
		} {
			err := math.Abs(pair.got - pair.want)
			if *pair.worst = math.Max(*pair.worst, err); !(err <= pair.limit) {
				t.Errorf("%s: %s: %v, want %v", at, pair.what, pair.got, pair.want)
			}
		}
	}
	for name, sum := range r.gradients {
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			t.Errorf("the gradient for %s is not finite", name)
		}
	}
	return worst
}
