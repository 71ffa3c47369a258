// Package columngraph has the maps of columns (data.ColumnMap) as graphs. They are made from what a
// pipeline writes as JSON. On the host the maps compute in float64; graphs compute in the type of
// their input.
package columngraph

import (
	"encoding/json"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
)

// Column is the maps of a column, in the order in which they apply.
type Column []graphMap

// graphMap is a map of a column as graphs. Values v and u and log-derivatives have one shape. Several
// columns with one map may go together, as the last axis; those of an argmaxGraph must.
type graphMap interface {
	forward(v *Node) (u, logDerivative *Node)
	inverse(u *Node) (v, logDerivative *Node)
	// ends are the ends of the values that the map takes.
	ends() (low, high float64)
}

// graphMaps makes the map of each kind, by its name in files.
var graphMaps = map[string]func() graphMap{
	"log":          func() graphMap { return &logGraph{} },
	"logAbove":     func() graphMap { return &logGraph{} },
	"logBelow":     func() graphMap { return &logBelowGraph{} },
	"logit":        func() graphMap { return &logitGraph{} },
	"asinh":        func() graphMap { return &asinhGraph{} },
	"standardised": func() graphMap { return &affineGraph{} },
	"robust":       func() graphMap { return &affineGraph{} },
	"quantile":     func() graphMap { return &splineGraph{} },
	"angle":        func() graphMap { return &angleGraph{} },
	"argmax":       func() graphMap { return &argmaxGraph{} },
}

// writtenMap is the JSON of a map that is fitted to its column.
type writtenMap struct {
	Kind   string
	Fitted json.RawMessage
}

// Of returns the maps of each column of a pipeline, nil for a column without. What adds
// noise is not among them.
func Of(p data.Pipeline) ([]Column, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var written []*struct{ Maps []writtenMap }
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	columns := make([]Column, len(written))
	for j, w := range written {
		if w == nil {
			continue
		}
		if columns[j], err = columnOf(w.Maps); err != nil {
			return nil, fmt.Errorf("column %d: %w", j, err)
		}
	}
	return columns, nil
}

// columnOf returns the maps that JSON describes.
func columnOf(written []writtenMap) (c Column, err error) {
	for _, m := range written {
		made := graphMaps[m.Kind]
		if made == nil {
			return nil, fmt.Errorf("a map of the kind %q has no graph", m.Kind)
		}
		g := made()
		if err := json.Unmarshal(m.Fitted, g); err != nil {
			return nil, err
		}
		c = append(c, g)
	}
	return c, nil
}

// Forward returns the images u of values v, of any shape, and log du/dv for each, nil for no maps. Those of
// data.Argmax have the feature's columns as their last axis.
func (c Column) Forward(v *Node) (u, logDerivative *Node) {
	for _, m := range c {
		var l *Node
		v, l = m.forward(v)
		logDerivative = plus(logDerivative, l)
	}
	return v, logDerivative
}

// Inverse returns the values v whose images are u, and log dv/du for each, nil for no maps.
func (c Column) Inverse(u *Node) (v, logDerivative *Node) {
	for k := len(c) - 1; k >= 0; k-- {
		var l *Node
		u, l = c[k].inverse(u)
		logDerivative = plus(logDerivative, l)
	}
	return u, logDerivative
}

// Ends returns the ends of the open interval of values that the first map takes.
func (c Column) Ends() (low, high float64) { return c[0].ends() }

// plus returns the sum of two values, the first of which may be nil for zeros.
func plus(a, b *Node) *Node {
	if a == nil {
		return b
	}
	return Add(a, b)
}
