package data

import (
	"fmt"
	"math"
)

// Angle is the map of a column that is an angle: values from from (included) to to (excluded) are
// once around the circle, such as Angle(-math.Pi, math.Pi) for radians and Angle(0, 360) for
// degrees. Values outside are moved by whole turns into that interval, which a fit tells in a note.
//
// A flow treats such a column as a circle: its density and its maps are continuous where the circle
// is cut, and its points come back within the interval. Angle must be the only map of its column. It
// maps the column onto radians in [−π, π).
func Angle(from, to float64) ColumnMap {
	return ColumnMap{kind: angleName, parameters: [2]float64{from, to}}
}

const angleName = "angle"

var angleKind = mapKind{
	name: "Angle", parameters: 2,
	allows: func(parameters [2]float64) error { return angleMap{parameters[0], parameters[1]}.validate() },
	fit: func(parameters [2]float64, _ []float64) (monotone, error) {
		m := angleMap{parameters[0], parameters[1]}
		return m, m.validate()
	},
	empty: func() monotone { return &angleMap{} },
}

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

func (m angleMap) validate() error {
	if !finite(m.From, m.To, m.turn(), 1/m.turn()) || !(m.From < m.To) {
		return fmt.Errorf("data: Angle must go from a finite number to a greater one, once around the circle, got %g and %g", m.From, m.To)
	}
	return nil
}

// Angle returns the ends of the interval of a column that is an angle, and false if it is none.
func (c ColumnMaps) Angle() (from, to float64, ok bool) {
	for _, m := range c.Maps {
		if m.kind == angleName {
			return m.parameters[0], m.parameters[1], true
		}
	}
	return 0, 0, false
}

// Periods returns the ends of the period of each column [D] that is an angle, as Angle names them,
// and zeros for any other column. It is nil if no column is an angle.
func (t Pipeline) Periods() [][2]float64 {
	var periods [][2]float64
	for j, column := range t.columns {
		if column == nil || len(column.maps) == 0 || column.maps[0].kind != angleName {
			continue
		}
		if periods == nil {
			periods = make([][2]float64, len(t.columns))
		}
		periods[j] = column.maps[0].parameters
	}
	return periods
}
