package export

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/columngraph"
)

// The maps of columns run on the host, not in a flow's graphs. A model has them as graphs. As on the
// host they compute in float64.

// columnsOf returns the maps of each column of a pipeline, none for nil. names are those of the
// columns, for errors.
func columnsOf(p *data.Pipeline, names []string) ([]columngraph.Column, error) {
	if p == nil {
		return nil, nil
	}
	for j := range p.Dim() {
		maps, title := p.Maps(j), fmt.Sprint(j)
		if j < len(names) && names[j] != "" {
			title = names[j]
		}
		if len(maps) > 0 && maps[0].AddsNoise() {
			return nil, fmt.Errorf("column %s has noise, by %s, which a model has no source of: it can't be exported", title, maps[0])
		}
	}
	return columngraph.Of(*p)
}

// enter maps points x [N, D] to the units that the flow sees. logDet is log|det ∂u/∂x| [N], nil for
// zeros.
func enter(columns []columngraph.Column, x *Node) (u, logDet *Node) {
	return through(columns, x, columngraph.Column.Forward)
}

// leave maps points u [N, D] in the units that the flow sees to the data's. logDet is
// log|det ∂x/∂u| [N], nil for zeros.
func leave(columns []columngraph.Column, u *Node) (x, logDet *Node) {
	return through(columns, u, func(c columngraph.Column, u *Node) (v, logDerivative *Node) {
		v, logDerivative = c.Inverse(u)
		low, high := c.Ends()
		return within(v, low, high), logDerivative
	})
}

// through maps the columns of x [N, D] that have maps, in float64.
func through(columns []columngraph.Column, x *Node, run func(c columngraph.Column, v *Node) (u, logDerivative *Node)) (u, logDet *Node) {
	if columns == nil {
		return x, nil
	}
	mapped := make([]*Node, len(columns))
	for j, c := range columns {
		own := Slice(x, AxisRange(), AxisRange(j, j+1))
		if c == nil {
			mapped[j] = own
			continue
		}
		v, l := run(c, ConvertDType(Squeeze(own, 1), dtypes.Float64))
		mapped[j] = ExpandAxes(ConvertDType(v, x.DType()), 1)
		logDet = plus(logDet, l)
	}
	if logDet != nil {
		logDet = ConvertDType(logDet, x.DType())
	}
	if len(mapped) == 1 {
		return mapped[0], logDet
	}
	return Concatenate(mapped, 1), logDet
}

// plus returns the sum of two values, either of which may be nil for zeros.
func plus(a, b *Node) *Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Add(a, b)
}

// within keeps values inside the open interval from low to high, as float32.
func within(v *Node, low, high float64) *Node {
	if !math.IsInf(low, 0) {
		least := float32(low)
		for ; float64(least) <= low; least = math.Nextafter32(least, float32(math.Inf(1))) {
		}
		v = MaxScalar(v, float64(least))
	}
	if !math.IsInf(high, 0) {
		most := float32(high)
		for ; float64(most) >= high; most = math.Nextafter32(most, float32(math.Inf(-1))) {
		}
		v = MinScalar(v, float64(most))
	}
	return v
}
