package f4f

import (
	"fmt"
	"strings"
)

// Audit is what Check found of a flow at some points: how exactly it can be undone, how exactly its
// log-dets are those of the map, and whether the points are where its splines act. Print it to read
// it.
type Audit struct {
	Flow      string    // what was checked
	Precision Precision // that it computes in
	Points    int       // it was checked at

	// RoundTrip is the largest |x_j − f⁻¹(f(x))_j| of a feature, by its size: |x_j|, or where that
	// is less the deviation that Standardise found, else 1.
	RoundTrip Worst
	// LogDet is the largest |log|det| of the way there + log|det| of the way back|, in nats.
	LogDet Worst
	// Jacobian is the largest error, in nats, of the log-det against a Jacobian by finite
	// differences, worked out in float64 at JacobianPoints of the points.
	Jacobian       Worst
	JacobianPoints int // the Jacobian was worked out at, spread over all

	Beyond    float64 // share of points with a feature beyond the tail bound as they enter the flow, where features pass unchanged
	InTails   float64 // share of points with a feature beyond the bound on entering some layer
	NonFinite int     // points with a NaN or an infinity in the map, its log-det or their log-prob

	warnings []string
}

// Worst is the largest error, and the row that has it; −1 for none.
type Worst struct {
	Error float64 // in the unit of what it is an error of
	Row   int     // of the points that were checked
}

func (w *Worst) or(err float64, row int) {
	if w.Row < 0 || err > w.Error {
		*w = Worst{err, row}
	}
}

// Warnings is what is wrong, a sentence each with its remedy: points that the flow can't handle;
// round trips and log-dets that are worse than every bijection of this project is tested to be
// (bijection.PromiseOf, with what rounding alone explains where the map squeezes); points beyond
// the tail bound, if a feature has more than one in a thousand there. None if all is well.
func (a Audit) Warnings() []string { return append([]string(nil), a.warnings...) }

// String reads as a report of a few lines.
func (a Audit) String() string {
	worst := func(w Worst) string {
		if w.Row < 0 {
			return "nowhere to look"
		}
		return fmt.Sprintf("worst %.2g (row %d)", w.Error, w.Row)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s, at %d points\n", a.Flow, a.Precision, a.Points)
	fmt.Fprintf(&b, "  round trip   %s\n", worst(a.RoundTrip))
	fmt.Fprintf(&b, "  log-det      %s, there and back\n", worst(a.LogDet))
	fmt.Fprintf(&b, "               %s, against finite differences at %d points\n", worst(a.Jacobian), a.JacobianPoints)
	fmt.Fprintf(&b, "  tails        %.3g%% of points beyond the bound, %.3g%% in a linear tail of some layer\n", 100*a.Beyond, 100*a.InTails)
	fmt.Fprintf(&b, "  not finite   %d points\n", a.NonFinite)
	for _, w := range a.warnings {
		fmt.Fprintf(&b, "  warning      %s\n", w)
	}
	if len(a.warnings) == 0 {
		b.WriteString("  no warnings\n")
	}
	return b.String()
}
