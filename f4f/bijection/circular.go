package bijection

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// circular is a Spline that also transforms angles, told which features are angles. It maps the
// circle [−B, B) onto itself: it turns it by a phase φ, then applies a rational-quadratic spline
// that has one slope at both ends.
//
//	y = spline(x + φ),  spline(−B) = −B,  spline′(−B) = spline′(B)
//
// Values are taken and returned modulo 2B. The spline is due to Rezende et al., "Normalizing Flows
// on Tori and Spheres", arXiv:2002.02428, section 2.1.3. The phase is learned like any parameter;
// without it −B would stay in place.
//
// A feature has 3·Bins+1 parameters: those of a Spline, then that of the slope at both ends, then
// φ. A feature that is no angle is transformed as by the Spline and leaves the last two unused, so
// that one evaluation serves both kinds.
type circular struct {
	spline  Spline // with the slopes at its ends as parameters
	angles  []bool // which features are angles, of one flow
	isAngle *Node  // in the body of a loop, whether the one feature is an angle; else nil
}

// Validate returns an error that names the first field of the spline that can't work, or nil.
func (t circular) Validate() error { return t.spline.Validate() }

// Parameters returns 3·Bins+1.
func (t circular) Parameters() int { return 3*t.spline.Bins + 1 }

// TailBound returns the spline's bound.
func (t circular) TailBound() float64 { return t.spline.Bound }

// IdentityParameters returns equal bins, slope 1 at every knot, and no phase.
func (t circular) IdentityParameters() []float64 {
	return append(Spline{Bins: t.spline.Bins, MinDerivative: t.spline.MinDerivative}.IdentityParameters(), t.spline.slopeOfOne(), 0)
}

// InTraining returns the transformer in the form for a training step.
func (t circular) InTraining() Transformer {
	t.spline.trained = true
	return t
}

// InLoop returns the transformer in the form for the body of a loop.
func (t circular) InLoop() Transformer {
	t.spline.looped = true
	return t
}

// ScaleOutputs scales the widths and heights, as Spline does.
func (t circular) ScaleOutputs(outputs *Node, hidden int) *Node {
	return t.spline.ScaleOutputs(outputs, hidden)
}

// Forward returns y and log|∂y/∂x|, both shaped like x [n, batch], for parameters [n, 3·Bins+1,
// batch].
func (t circular) Forward(x, parameters *Node) (y, logDerivative *Node) {
	x = t.choose(wrapped(Add(x, t.phase(parameters)), t.spline.Bound), x)
	y, logDerivative = t.spline.Forward(x, t.slopesAtKnots(parameters))
	return t.choose(underBound(y, t.spline.Bound), y), logDerivative
}

// Inverse returns x and log|∂x/∂y|, both shaped like y [n, batch], for parameters [n, 3·Bins+1,
// batch].
func (t circular) Inverse(y, parameters *Node) (x, logDerivative *Node) {
	x, logDerivative = t.spline.Inverse(t.onCircle(y), t.slopesAtKnots(parameters))
	return t.choose(wrapped(Sub(x, t.phase(parameters)), t.spline.Bound), x), logDerivative
}

// InverseGradient returns the gradient of Inverse at y. That of the phase is minus the one that
// arrives at x.
func (t circular) InverseGradient(y, parameters *Node) func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node) {
	gradient := t.spline.InverseGradient(t.onCircle(y), t.slopesAtKnots(parameters))
	return func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node) {
		ofY, ofSpline := gradient(ofX, ofLogDerivative)
		return ofY, func() *Node {
			none, ofPhase := filled(ofY, 0), filled(ofY, 0)
			if ofX != nil {
				ofPhase = t.choose(Neg(ofX), none)
			}
			k, all := t.spline.Bins, ofSpline()
			ofEnds := t.choose(Squeeze(Add(SliceAxis(all, 1, AxisElem(2*k)), SliceAxis(all, 1, AxisElem(3*k))), 1), none)
			return Concatenate([]*Node{SliceAxis(all, 1, AxisRange(0, 2*k)), SliceAxis(all, 1, AxisRange(2*k+1, 3*k)), ExpandAxes(ofEnds, 1), ExpandAxes(ofPhase, 1)}, 1)
		}
	}
}

// onCircle returns y [n, batch] with angles within the bound.
func (t circular) onCircle(y *Node) *Node { return t.choose(wrapped(y, t.spline.Bound), y) }

// phase returns φ [n, batch].
func (t circular) phase(parameters *Node) *Node {
	return Squeeze(SliceAxis(parameters, 1, AxisElem(3*t.spline.Bins)), 1)
}

// slopesAtKnots returns the parameters of the spline, [n, 3·Bins+1, batch], with the slopes at all
// knots in order: an angle has the same at both ends, another feature has 1 there.
func (t circular) slopesAtKnots(parameters *Node) *Node {
	k := t.spline.Bins
	ends := Squeeze(SliceAxis(parameters, 1, AxisElem(3*k-1)), 1)
	ends = ExpandAxes(t.choose(ends, filled(ends, t.spline.slopeOfOne())), 1)
	return Concatenate([]*Node{SliceAxis(parameters, 1, AxisRange(0, 2*k)), ends, SliceAxis(parameters, 1, AxisRange(2*k, 3*k-1)), ends}, 1)
}

// choose returns the values of angle where a feature is an angle and those of other elsewhere, all
// [n, batch]. The features of several flows come one flow after another.
func (t circular) choose(angle, other *Node) *Node {
	if t.isAngle != nil {
		return Where(BroadcastToShape(t.isAngle, other.Shape()), angle, other)
	}
	some, all := false, true
	flags := make([]float64, other.Shape().Dim(0))
	for i := range flags {
		isAngle := t.angles[i%len(t.angles)]
		some, all = some || isAngle, all && isAngle
		if isAngle {
			flags[i] = 1
		}
	}
	switch {
	case all:
		return angle
	case !some:
		return other
	}
	column := GreaterThan(Const(other.Graph(), flags), ConstAsDType(other.Graph(), dtypes.Float64, 0))
	return Where(BroadcastToShape(ExpandAxes(column, 1), shapes.Make(dtypes.Bool, other.Shape().Dimensions...)), angle, other)
}

// wrapped returns x moved by whole turns into [−bound, bound). Its gradient is 1.
func wrapped(x *Node, bound float64) *Node {
	turns := StopGradient(Floor(scaled(plus(x, bound), 1/(2*bound))))
	x = Sub(x, scaled(turns, 2*bound))
	// Rounding may leave it a little outside.
	x = Where(LessThan(x, filled(x, -bound)), plus(x, 2*bound), x)
	return underBound(x, bound)
}

// underBound returns x with −bound in place of bound and of what lies beyond it by a rounding
// error.
func underBound(x *Node, bound float64) *Node {
	return Where(LessThan(x, filled(x, bound)), x, plus(x, -2*bound))
}
