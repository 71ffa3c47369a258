package template

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// AUC tells how well trees separate a template from true background events, both [N, D]: the area
// under their ROC curve, 0.5 if they can't. Error is that of DeLong, DeLong and Clarke-Pearson,
// "Comparing the Areas under Two or More Correlated Receiver Operating Characteristic Curves"
// (1988), in which copies of one event count as one.
func (t Trees) AUC(ctx context.Context, template, truth data.Points) (metric.Estimate, error) {
	scores, err := t.scores(ctx, template, truth, nil)
	if err != nil {
		return metric.Estimate{}, err
	}
	// The area is the mean share of the template that each true event is told from.
	above := column(scores["data"], 1)
	below := column(scores["template"], max(t.Copies, 1))
	mean, variance := stat.MeanVariance(above, nil)
	_, other := stat.MeanVariance(below, nil)
	return metric.Estimate{Value: 1 - mean, Error: math.Sqrt(variance/float64(len(above)) + other/float64(len(below)))}, nil
}

// column returns the first column of p as means over groups of n rows that follow one another.
func column(p data.Points, n int) []float64 {
	var values []float64
	for i := 0; i < p.Len(); i += n {
		sum, end := 0.0, min(i+n, p.Len())
		for k := i; k < end; k++ {
			sum += p.At(k, 0)
		}
		values = append(values, sum/float64(end-i))
	}
	return values
}
