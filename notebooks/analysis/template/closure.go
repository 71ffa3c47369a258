package template

import (
	"context"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Separate returns how well trees separate true background events from a template, [N, D] each: the
// curve's AUC is 0.5 if they can't. An event of the template must not be a copy of another one.
func (t Trees) Separate(ctx context.Context, template, truth data.Points) (metric.ROCCurve, error) {
	ranks, err := t.ranks(ctx, template, truth, nil)
	if err != nil {
		return metric.ROCCurve{}, err
	}
	return curve(columns(ranks["template"])[0], columns(ranks["data"])[0], 0.95)
}

// curve returns the curve of events by their ranks, of which a low one is like signal.
func curve(background, signal []float64, confidence float64) (metric.ROCCurve, error) {
	scores, isSignal := make([]float64, 0, len(background)+len(signal)), make([]bool, len(background)+len(signal))
	for _, rank := range background {
		scores = append(scores, -rank)
	}
	for i, rank := range signal {
		scores = append(scores, -rank)
		isSignal[len(background)+i] = true
	}
	return metric.ROC(scores, isSignal, nil, metric.Resampling{Confidence: confidence})
}
