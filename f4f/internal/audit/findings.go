package audit

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/accuracy"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// Report is what an audit has found; f4f.Audit says what the fields mean.
type Report struct {
	RoundTrip, LogDet, Jacobian worst
	JacobianPoints              int
	Beyond, InTails             float64
	NonFinite                   int
	Warnings                    []string
}

// worst is the largest of some errors, and the row where it occurs, −1 for none.
type worst struct {
	Error float64
	Row   int
}

// or replaces w if err is larger.
func (w *worst) or(err float64, row int) {
	if w.Row < 0 || err > w.Error {
		*w = worst{err, row}
	}
}

// findings collects the results of an audit.
type findings struct {
	Report
	by        auditor
	tolerance accuracy.Tolerance
	x         data.Points

	// entering counts the features beyond the bound where they enter the flow, within where they
	// enter any layer.
	entering, within dataset.TailCount
	nonFinite        int       // first row that is not finite
	y, logDet        []float64 // the images of x and the log-dets there
	x1, backLogDet   []float64 // the inverse images of y and the log-dets of the inverse
	roundTrip        []float64 // round-trip error of each point; NaN if it is not finite

	// strays and unlike are the points outside the tolerance before any allowance for rounding:
	// points that do not come back, and points whose forward and inverse log-dets do not agree.
	strays, unlike []int
	// The number of points outside the tolerance with that allowance: lost do not come back,
	// wrongBack have a wrong log-det of the inverse, and wrong have a log-det that is not that of
	// the map.
	lost, wrongBack, wrong int
}

// nowhereYet is the worst of no points.
var nowhereYet = worst{Row: -1}

// look evaluates the outputs of thereAndBack.
func (f *findings) look(outputs [][]float64) {
	d, sizes := f.by.dim, sizesOf(f.by.from, f.by.dim)
	f.y, f.logDet, f.x1, f.backLogDet, f.roundTrip = outputs[0], outputs[1], outputs[2], outputs[3], make([]float64, f.x.Len())
	logProb, beyond, inTails := outputs[4], outputs[5], outputs[6]
	for i := range f.x.Len() {
		of := func(values []float64) []float64 { return values[i*d : (i+1)*d] }
		f.entering.Add(1, func(j int) bool { return of(beyond)[j] > 0 })
		f.within.Add(1, func(j int) bool { return of(inTails)[j] > 0 })
		if slices.ContainsFunc(slices.Concat(of(f.y), of(f.x1), []float64{f.logDet[i], f.backLogDet[i], logProb[i]}), notFinite) {
			if f.NonFinite++; f.NonFinite == 1 {
				f.nonFinite = i
			}
			f.roundTrip[i] = math.NaN()
			continue
		}
		for j, back := range of(f.x1) {
			x := f.x.At(i, j)
			f.roundTrip[i] = math.Max(f.roundTrip[i], math.Abs(shortest(x-back, f.by.fromTurns, j))/math.Max(sizes[j], math.Abs(x)))
		}
		if f.RoundTrip.or(f.roundTrip[i], i); f.roundTrip[i] > f.tolerance.RoundTrip {
			f.strays = append(f.strays, i)
		}
		off := math.Abs(f.logDet[i] + f.backLogDet[i])
		if f.LogDet.or(off, i); off > f.tolerance.LogDet {
			f.unlike = append(f.unlike, i)
		}
	}
	f.Beyond, f.InTails = f.entering.Share(), f.within.Share()
}

// notFinite reports whether v is NaN or infinite.
func notFinite(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// lookCloser compares the findings with the same weights in float64, under conditions c.
func (f *findings) lookCloser(c data.Points) error {
	reference, err := f.by.engine.In(dtypes.Float64)
	if err == nil {
		err = f.lookAtJacobians(reference, c)
	}
	if err == nil {
		err = f.lookAtLogDets(reference, c)
	}
	return err
}

// mostJacobians is the number of points to compute a Jacobian at, in addition to those that do not
// come back within the tolerance.
const mostJacobians = 256

// looked returns the rows to compute a Jacobian at: some spread over all finite rows, and those
// that may not come back as they should.
func (f *findings) looked() []int {
	rows := slices.Clone(f.strays)
	if f.LogDet.Row >= 0 {
		rows = append(rows, f.LogDet.Row)
	}
	step := max(f.x.Len()/mostJacobians, 1)
	for i := 0; i < f.x.Len(); i += step {
		if !math.IsNaN(f.roundTrip[i]) {
			rows = append(rows, i)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// lookAtJacobians compares round trips and log-dets with Jacobians, computed by a reference in
// float64 under conditions c.
func (f *findings) lookAtJacobians(reference *engine.Engine, c data.Points) error {
	rows := f.looked()
	jacobians, err := f.by.jacobians(reference, f.x, c, rows, differenceStep)
	if err != nil {
		return err
	}
	var off []int // of rows
	for n, i := range rows {
		if !(f.logDetError(jacobians[n], i) <= f.tolerance.Numerical) {
			off = append(off, n)
		}
	}
	again := make([]int, len(off))
	for k, n := range off {
		again[k] = rows[n]
	}
	finer, err := f.by.jacobians(reference, f.x, c, again, fineStep)
	if err != nil {
		return err
	}
	for k, n := range off {
		jacobians[n] = finer[k]
	}
	to := sizesOf(f.by.to, f.by.dim)
	f.JacobianPoints = len(rows)
	for n, i := range rows {
		y := slices.Clone(f.y[i*len(to) : (i+1)*len(to)])
		for j := range y {
			y[j] /= to[j]
		}
		off := f.logDetError(jacobians[n], i)
		if f.Jacobian.or(off, i); !(off <= f.tolerance.Numerical) {
			f.wrong++
		}
		if !(f.roundTrip[i] <= f.tolerance.RoundTrip+f.tolerance.Rounding(accuracy.Stretch(jacobians[n], y))) {
			f.lost++
		}
	}
	return nil
}

// logDetError returns the error of the log-det of point i against its Jacobian, whose two sides are
// measured in the sizes of their features.
func (f *findings) logDetError(jacobian mat.Matrix, i int) float64 {
	ofMap, _ := mat.LogDet(jacobian)
	for j, from := range sizesOf(f.by.from, f.by.dim) {
		ofMap += math.Log(sizesOf(f.by.to, f.by.dim)[j] / from)
	}
	return math.Abs(ofMap - f.logDet[i])
}

// lookAtLogDets checks the points whose forward and inverse log-dets do not agree. Rounding moves
// the point that the inverse returns a little off x. So it computes the forward log-det at that
// point, by a reference in float64 under conditions c, and compares the log-det of the inverse with
// it.
func (f *findings) lookAtLogDets(reference *engine.Engine, c data.Points) error {
	if len(f.unlike) == 0 {
		return nil
	}
	d := f.by.dim
	var steps []float32
	for _, i := range f.unlike {
		for j := range d {
			steps = append(steps, float32(shortest(f.x1[i*d+j]-f.x.At(i, j), f.by.fromTurns, j)))
		}
	}
	outputs, err := f.by.moved(reference, "log-det", f.x, c, f.unlike, steps, func(w oneWay, scope *model.Scope, x, step, c *Node) *Node {
		_, logDet := w.there(scope, Add(x, step), c)
		return logDet
	})
	if err != nil {
		return err
	}
	for n, i := range f.unlike {
		if !(math.Abs(outputs[n]+f.backLogDet[i]) <= f.tolerance.LogDet) {
			f.wrongBack++
		}
	}
	return nil
}

// warn turns the findings into warnings.
func (f *findings) warn() {
	say := func(found bool, format string, args ...any) {
		if found {
			f.Warnings = append(f.Warnings, fmt.Sprintf(format, args...))
		}
	}
	remedy := "train with Precision(f4f.Float64)"
	if f.by.engine.DType() == dtypes.Float64 {
		remedy = "the map is too steep there to be undone"
	}
	say(f.NonFinite > 0, "%d of %d points have a NaN or an infinity in the map, its log-det or their log-prob, the first row %d: they are too far out.",
		f.NonFinite, f.x.Len(), f.nonFinite)
	say(f.lost > 0, "%d of %d points don't come back to within %g plus an allowance for rounding, the worst by %.2g (row %d): %s.",
		f.lost, f.x.Len(), f.tolerance.RoundTrip, f.RoundTrip.Error, f.RoundTrip.Row, remedy)
	say(f.wrongBack > 0, "%d of %d points have log-dets there and back that differ by more than %g plus an allowance for rounding, the worst by %.2g (row %d): %s.",
		f.wrongBack, f.x.Len(), f.tolerance.LogDet, f.LogDet.Error, f.LogDet.Row, remedy)
	say(f.wrong > 0, "%d of %d points have a log-det that is off the map's by more than %g, the worst by %.2g (row %d): %s.",
		f.wrong, f.JacobianPoints, f.tolerance.Numerical, f.Jacobian.Error, f.Jacobian.Row, remedy)
	note := f.entering.Note("the points", f.x, f.by.from != nil, f.by.bound, f.by.mapped)
	say(note != "", "%s", note)
	_, inside := f.within.Matters()
	say(note == "" && inside, "%.3g%% of the points leave ±%g between layers, where features pass the next one unchanged. Widen the bound with TailBound.",
		100*f.InTails, f.by.bound)
}
