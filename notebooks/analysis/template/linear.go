package template

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// Linear moves events from mass to mass by their moments: the mean of each feature, and its mean
// absolute deviation, are straight lines in the mass, fitted to some events. It is what remains of
// an interpolation without a network. FitLinear makes one.
type Linear struct {
	pipeline    data.Pipeline
	mean, width [][2]float64 // of each feature after its maps: value at mass 0 and slope
}

// FitLinear fits the lines to events x [N, D] with masses m [N, 1], after maps of columns such as
// those that the flows of a plan see. It returns an error if there isn't a mass for each event, or
// if the maps don't fit the events.
func FitLinear(x, m data.Points, columns ...data.ColumnMaps) (*Linear, error) {
	if m.Dim() != 1 || m.Len() != x.Len() {
		return nil, fmt.Errorf("template: there must be one mass for each of the %d events, got %d rows of %d", x.Len(), m.Len(), m.Dim())
	}
	pipeline, err := data.FitPipeline(x, columns...)
	if err != nil {
		return nil, err
	}
	l := &Linear{pipeline: pipeline}
	u, _, err := pipeline.Transform(x, 1)
	if err != nil {
		return nil, err
	}
	masses := make([]float64, m.Len())
	for i := range masses {
		masses[i] = m.At(i, 0)
	}
	values := make([]float64, m.Len())
	for j := range x.Dim() {
		for i := range values {
			values[i] = u.At(i, j)
		}
		at0, slope := stat.LinearRegression(masses, values, nil, false)
		l.mean = append(l.mean, [2]float64{at0, slope})
		for i := range values {
			values[i] = math.Abs(values[i] - at0 - slope*masses[i])
		}
		at0, slope = stat.LinearRegression(masses, values, nil, false)
		l.width = append(l.width, [2]float64{at0, slope})
	}
	return l, nil
}

// Move moves events x [N, D] from masses m to masses to, [N, 1] each: every feature keeps its
// distance from the mean in units of the width. It returns an error if the shapes don't fit.
func (l *Linear) Move(x, m, to data.Points) (data.Points, error) {
	if l == nil {
		return data.Points{}, fmt.Errorf("template: there must be a fit of moments to move events by, got none")
	}
	u, _, err := l.pipeline.Transform(x, 1)
	if err != nil {
		return data.Points{}, err
	}
	if x.Len() != m.Len() || x.Len() != to.Len() || m.Dim() != 1 || to.Dim() != 1 {
		return data.Points{}, fmt.Errorf("template: there must be a mass before and after for each of the %d events, got %d and %d", x.Len(), m.Len(), to.Len())
	}
	at := func(line [2]float64, mass float64) float64 { return line[0] + line[1]*mass }
	moved := make([]float32, 0, x.Len()*x.Dim())
	for i := range x.Len() {
		a, b := m.At(i, 0), to.At(i, 0)
		for j := range x.Dim() {
			r := (u.At(i, j) - at(l.mean[j], a)) / at(l.width[j], a)
			moved = append(moved, float32(at(l.mean[j], b)+r*at(l.width[j], b)))
		}
	}
	y, err := data.NewPoints(x.Dim(), moved)
	if err != nil {
		return data.Points{}, err
	}
	y, _, err = l.pipeline.InverseTransform(y)
	return y, err
}
