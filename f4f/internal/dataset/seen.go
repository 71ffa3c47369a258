package dataset

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// Seen are training and validation points as a flow sees them, after the pipelines of their
// columns.
type Seen struct {
	Data
	raw      data.Points    // the training points and their conditions in the data's units
	rawDrawn data.Points    // Drawn in the data's units
	pipeline *data.Pipeline // of the points; nil for none
	given    bool           // of a density that is given; see Given
	// TrainLogDets and HeldLogDets are log|det| of the pipeline at each point; nil for no pipeline.
	TrainLogDets, HeldLogDets []float64
}

// Through returns the points and conditions of a source after pipelines, nil for none. seed is that
// of the noise that a pipeline adds.
func (t Data) Through(s data.Source, points, conditions *data.Pipeline, seed uint64) (Seen, error) {
	seen := Seen{Data: t, raw: t.Train, rawDrawn: t.Drawn, pipeline: points}
	if points == nil && conditions == nil {
		return seen, nil
	}
	allPoints, allConditions := tableOf(s) // checked first, because errors name their rows
	for _, all := range []struct {
		of *data.Pipeline
		x  data.Points
	}{{points, allPoints}, {conditions, allConditions}} {
		if all.of == nil || all.x.Len() == 0 {
			continue
		}
		if _, _, err := all.of.Transform(all.x, seed); err != nil {
			return seen, err
		}
	}
	var err error
	if seen.Train, seen.TrainLogDets, err = t.through(t.Train, points, conditions, seed); err != nil {
		return seen, err
	}
	if t.Drawn.Len() > 0 {
		if seen.Drawn, _, err = t.through(t.Drawn, points, conditions, seed); err != nil {
			return seen, err
		}
	}
	if t.Validation.Len() > 0 {
		seen.Validation, seen.HeldLogDets, err = t.through(t.Validation, points, conditions, seed)
	}
	return seen, err
}

// through maps rows of points with their conditions.
func (t Data) through(rows data.Points, points, conditions *data.Pipeline, seed uint64) (out data.Points, logDets []float64, err error) {
	x, err := rows.Columns(span(0, t.Dim)...)
	if err == nil && points != nil {
		x, logDets, err = points.Transform(x, seed)
	}
	if err != nil || t.Condition == 0 {
		return x, logDets, err
	}
	c, err := rows.Columns(span(t.Dim, t.Dim+t.Condition)...)
	if err == nil && conditions != nil {
		c, _, err = conditions.Transform(c, seed)
	}
	if err != nil {
		return x, nil, err
	}
	out, err = x.HStack(c)
	return out, logDets, err
}

// MeanLogDets returns the means of the log-dets of the training points and of the first held ones,
// which a loss in the units that the flow sees is above the loss in the data's. They are 0 without
// a pipeline.
func (s Seen) MeanLogDets(held int) (train, validation float64) {
	if s.TrainLogDets != nil {
		train = stat.Mean(s.TrainLogDets, s.Train.Weights())
	}
	if s.HeldLogDets != nil && held > 0 {
		validation = stat.Mean(s.HeldLogDets[:held], s.Validation.Slice(0, held).Weights())
	}
	return train, validation
}

// mapped returns the maps of feature j, nil for none.
func (s Seen) mapped(j int) []data.ColumnMap {
	if s.pipeline == nil {
		return nil
	}
	return s.pipeline.Maps(j)
}

// TailNote returns a note about training points with a feature beyond ±bound where they enter the
// flow, after scaling if scaler isn't nil, or "" if they don't matter. The flow leaves such
// features unchanged. Points count by their weights.
func (s Seen) TailNote(name string, scaler *data.Scaler, bound float64) string {
	s = s.asDrawn()
	o := NewTailCount(s.Dim)
	weights, unit := s.Train.Weights(), meanWeight(s.Train)
	for i := range s.Train.Len() {
		weight := 1.0
		if weights != nil {
			weight = weights[i] / unit
		}
		row := s.Train.Row(i)
		o.Add(weight, func(j int) bool {
			u := float64(row[j])
			if scaler != nil {
				u = (u - scaler.Mean[j]) / scaler.Std[j]
			}
			return math.Abs(u) > bound
		})
	}
	if s.given {
		return o.Note("the points of "+name, s.raw, scaler != nil, bound, nil)
	}
	return o.Note("the points of "+name, s.raw, scaler != nil, bound, s.mapped)
}

// Given returns the points as those of a density that is given, whose columns take no maps.
func (s Seen) Given() Seen { s.given = true; return s }

// asDrawn returns the points with each training row once, as notes on the data look at them: the
// copies that a bootstrap makes tell nothing of the table.
func (s Seen) asDrawn() Seen {
	if s.Drawn.Len() > 0 {
		s.Train, s.raw = s.Drawn, s.rawDrawn
	}
	return s
}

// counting returns the data without the training rows of weight 0, which say nothing.
func (s Seen) counting() Seen {
	weights := s.Train.Weights()
	if !slices.Contains(weights, 0) {
		return s
	}
	var rows []int
	for i, w := range weights {
		if w != 0 {
			rows = append(rows, i)
		}
	}
	s.Train, _ = s.Train.Pick(rows...) // there are such rows
	s.raw, _ = s.raw.Pick(rows...)
	return s
}
