package f4f

import (
	"fmt"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/audit"
)

// Audit audits the density's flow at points x [N, D], under the condition set by At: the map from
// data to the base distribution, and its inverse.
func (d *Density) Audit(x data.Points) (Audit, error) {
	if err := d.encodes(); err != nil {
		return Audit{}, err
	}
	u, c, err := d.enter(x)
	if err != nil {
		return Audit{}, err
	}
	found, err := audit.Density(d.spec, d.flow, d.engine, u, c)
	return audited(d.String(), d.Precision(), x, found, err)
}

// Audit audits the transport at points x [N, D] of the left distribution, under the conditions set
// by At: Forward, and its inverse.
func (t *Transport) Audit(x data.Points) (Audit, error) {
	if t == nil {
		return Audit{}, errNil
	}
	u, _, c, err := t.enter(x, true)
	if err != nil {
		return Audit{}, err
	}
	found, err := audit.Transport(t.spec, t.flow, t.engine, u, c)
	return audited(t.String(), t.Precision(), x, found, err)
}

// audited returns what was found of a flow at points x.
func audited(flow string, precision Precision, x data.Points, found audit.Report, err error) (Audit, error) {
	if err != nil {
		return Audit{}, fmt.Errorf("f4f: %s: audit: %w", flow, err)
	}
	return Audit{
		Flow: flow, Precision: precision, Points: x.Len(),
		RoundTrip: Worst(found.RoundTrip), LogDet: Worst(found.LogDet), Jacobian: Worst(found.Jacobian), JacobianPoints: found.JacobianPoints,
		Beyond: found.Beyond, InTails: found.InTails, NonFinite: found.NonFinite, warnings: found.Warnings,
	}, nil
}

// Audit is what Audit finds of a flow at some points: how exactly the flow is inverted, how exact
// its log-dets are, and how many points lie where its layers act. f is Encode for a density, and
// Forward for a transport. Print it to read it.
type Audit struct {
	Flow      string    // the flow that was checked
	Precision Precision // the precision that it computes in
	Points    int       // the number of points that it was checked at

	// RoundTrip is the largest error |x_j − f⁻¹(f(x))_j| of a feature, relative to the size of the
	// feature: the greater of |x_j| and the standard deviation that Standardise found (1 without
	// Standardise). All errors are measured after the maps of Column, in the units that the flow
	// sees. So they leave out what noise does to a round trip; see Transport.Forward.
	RoundTrip Worst
	// LogDet is the largest sum |log|det| of f at x + log|det| of f⁻¹ at f(x)|, in nats, which is 0
	// in exact arithmetic.
	LogDet Worst
	// Jacobian is the largest error of the log-det, in nats, against a Jacobian by finite
	// differences in float64.
	Jacobian       Worst
	JacobianPoints int // the number of points that it was computed at, spread over all

	Beyond    float64 // fraction of points with a feature beyond the tail bound before the first layer; such a feature passes unchanged
	InTails   float64 // fraction of points with a feature beyond the tail bound before at least one layer
	NonFinite int     // number of points with a NaN or an infinity in the map, its log-det or the log-prob

	warnings []string
}

// Worst is the largest of some errors, and the row where it occurs.
type Worst struct {
	Error float64 // in the unit of the quantity
	Row   int     // row among the points that were checked; −1 if there was none to look at
}

// Warnings returns what is wrong, one sentence with a remedy for each problem. It is empty if all
// is well. It warns of
//
//   - points that the flow can't handle;
//   - round trips and log-dets that are less exact than every bijection of this project is tested
//     to be (see bijectiontest.Run), with an allowance for rounding where the map squeezes;
//   - points beyond the tail bound, if more than one in a thousand lie beyond it in some feature.
func (a Audit) Warnings() []string { return append([]string(nil), a.warnings...) }

// String returns the report, a few lines long. The zero value says that nothing was audited.
func (a Audit) String() string {
	worst := func(w Worst) string {
		if w.Row < 0 {
			return "nowhere to look"
		}
		return fmt.Sprintf("worst %.2g (row %d)", w.Error, w.Row)
	}
	if a.Points == 0 {
		return "nothing was audited\n"
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
