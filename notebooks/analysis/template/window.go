package template

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// Window is a signal region, the masses between From and To in TeV, with a sideband of width Side
// below and above it.
type Window struct{ From, To, Side float64 }

// Validate returns an error unless the window's masses are in order, and within the range that
// Background can draw.
func (w Window) Validate() error {
	if !(w.Side > 0 && w.From-w.Side > 2*leastPT && w.From < w.To && w.To+w.Side < beam) {
		return fmt.Errorf("template: a window must reach from above 2.4 to below 13 TeV, with From below To and Side above 0, got %v", w)
	}
	return nil
}

// String returns a text such as "3.3 to 3.7 TeV, sidebands of 0.4 TeV".
func (w Window) String() string {
	return fmt.Sprintf("%g to %g TeV, sidebands of %g TeV", w.From, w.To, w.Side)
}

// InRegion reports whether a mass lies in the signal region.
func (w Window) InRegion(m float64) bool { return m >= w.From && m < w.To }

// InSidebands reports whether a mass lies in one of the sidebands.
func (w Window) InSidebands(m float64) bool {
	return m >= w.From-w.Side && m < w.To+w.Side && !w.InRegion(m)
}

// sidebands returns the ends of the sidebands.
func (w Window) sidebands() [2][2]float64 {
	return [2][2]float64{{w.From - w.Side, w.From}, {w.To, w.To + w.Side}}
}

// Sidebands returns the events x [N, D] with masses m [N, 1] in the sidebands, in their order.
func (w Window) Sidebands(x, m data.Points) (data.Points, data.Points, error) {
	return where(x, m, w.InSidebands)
}

// Region returns the events x [N, D] with masses m [N, 1] in the signal region, in their order.
func (w Window) Region(x, m data.Points) (data.Points, data.Points, error) {
	return where(x, m, w.InRegion)
}

// where returns the events whose mass meets a condition.
func where(x, m data.Points, meets func(float64) bool) (data.Points, data.Points, error) {
	if m.Dim() != 1 || m.Len() != x.Len() {
		return x, m, fmt.Errorf("template: there must be one mass for each of the %d events, got %d rows of %d", x.Len(), m.Len(), m.Dim())
	}
	var rows []int
	for i := range m.Len() {
		if meets(m.At(i, 0)) {
			rows = append(rows, i)
		}
	}
	if rows == nil {
		return x, m, fmt.Errorf("template: none of the %d events lies in this part of the window", m.Len())
	}
	x, err := x.Pick(rows...)
	if err != nil {
		return x, m, err
	}
	m, err = m.Pick(rows...)
	return x, m, err
}
