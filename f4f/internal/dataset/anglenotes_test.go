package dataset

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// An angle in another unit than its period is told, with the call that mends it.
func TestAnglesInAnotherUnitAreTold(t *testing.T) {
	for _, test := range []struct {
		name      string
		low, high float64 // of the values
		from, to  float64 // the period
		says      string  // part of the note
		silent    bool    // whether there is no note
	}{
		{name: "degrees for radians", low: -180, high: 180, from: -math.Pi, to: math.Pi, says: `.Column("phi", data.Angle(-180, 180))`},
		{name: "degrees from 0", low: 0, high: 360, from: 0, to: 2 * math.Pi, says: `.Column("phi", data.Angle(0, 360))`},
		{name: "radians for degrees", low: -math.Pi, high: math.Pi, from: -180, to: 180, says: `.Column("phi", data.Angle(-math.Pi, math.Pi))`},
		{name: "radians for degrees from 0", low: 0, high: 2 * math.Pi, from: 0, to: 360, says: `.Column("phi", data.Angle(0, 2*math.Pi))`},
		{name: "another turn", low: 0, high: 40, from: 0, to: 24, says: "turn"},
		{name: "radians", low: -math.Pi, high: math.Pi, from: -math.Pi, to: math.Pi, silent: true},
		{name: "degrees", low: 0, high: 360, from: 0, to: 360, silent: true},
		{name: "a cone in degrees", low: 40, high: 60, from: 0, to: 360, silent: true},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		values := make([]float32, 500)
		for i := range values {
			values[i] = float32(test.low + (test.high-test.low)*r.Float64())
		}
		p, err := data.NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		if p, err = p.WithColumnNames("phi"); err != nil {
			t.Fatal(err)
		}
		maps := Maps{Points: With(nil, "phi", data.Angle(test.from, test.to))}
		notes := strings.Join(maps.AngleNotes("jets", Data{Train: p, Dim: 1}), " ")
		if (notes == "") != test.silent || !strings.Contains(notes, test.says) {
			t.Errorf("%s: it says %q, want %q", test.name, notes, test.says)
		}
	}
}
