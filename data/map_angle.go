package data

import (
	"fmt"
	"math"
)

// Angle is the map of a column that is an angle with the period [from, to), such as
// Angle(-math.Pi, math.Pi) for radians and Angle(0, 360) for degrees. A fit wraps values outside
// into that interval, and says so in a note.
//
// A flow treats such a column as a circle: its density and its maps are continuous across the ends
// of the interval, and samples lie within it. Angle must be the only map of its column. It maps the
// column onto radians in [−π, π). Flows with angles need the transformer Spline, autoregressive or
// coupling layers, and any Mixing but LULinear.
func Angle(from, to float64) ColumnMap {
	return ColumnMap{kind: angleName, parameters: [2]float64{from, to}}
}

var angleName = register("angle", mapKind{
	name: "Angle", parameters: 2, fixed: true,
	allows: func(m ColumnMap) error { return angleMap{m.parameters[0], m.parameters[1]}.validate() },
	fit: func(m ColumnMap, _ []float64) (monotone, error) {
		own := angleMap{m.parameters[0], m.parameters[1]}
		return own, own.validate()
	},
	empty: func() monotone { return &angleMap{} },
})

// angleMap is u = (v − middle)·2π/(To − From) modulo 2π, in [−π, π). It is increasing but for the
// jump where the circle is cut.
type angleMap struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// turn returns once around the circle.
func (m angleMap) turn() float64 { return m.To - m.From }

// middle returns the value that becomes 0.
func (m angleMap) middle() float64 { return m.From + m.turn()/2 }

func (m angleMap) forward(v float64) (u, logDerivative float64) {
	scale := 2 * math.Pi / m.turn()
	if u = math.Remainder(v-m.middle(), m.turn()) * scale; u >= math.Pi {
		u = -math.Pi
	}
	return u, math.Log(scale)
}

func (m angleMap) inverse(u float64) (v, logDerivative float64) {
	scale := m.turn() / (2 * math.Pi)
	// As float32, which points hold, it must not be rounded up to the other end.
	if v = m.middle() + math.Remainder(u, 2*math.Pi)*scale; float64(float32(v)) >= m.To {
		v = m.From
	}
	return v, math.Log(scale)
}

func (angleMap) domain() (low, high float64) { return everywhere() }

// isPeriod reports whether the ends are finite and in order.
func (m angleMap) isPeriod() bool {
	return finite(m.From, m.To, m.turn(), 1/m.turn()) && m.From < m.To
}

func (m angleMap) validate() error {
	if !m.isPeriod() {
		return fmt.Errorf("data: Angle must go from a finite number to a greater one, once around the circle, got %g and %g", m.From, m.To)
	}
	return nil
}
