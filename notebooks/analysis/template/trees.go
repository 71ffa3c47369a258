package template

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/notebooks/analysis/internal/rivals"
)

//go:embed trees.py
var trees string

// Trees are classifiers that tell the events of a template from others: gradient-boosted trees of
// scikit-learn, in the project's own Python environment, which the first call makes.
type Trees struct {
	Folds  int    // the parts that events are split into: each is judged by trees trained on the others; 0 means 3
	Copies int    // how often Oversample has repeated the template's events: those of one are in one fold; 0 means 1
	Seed   uint64 // of the folds and of the trees
}

// ranks ranks events among those of the template: template and others by trees that were not trained
// on them, more events by those of every fold. A rank is the share of the template that looks less
// like the template than the event does: 0.01 means among the hundredth that is least like it.
func (t Trees) ranks(ctx context.Context, template, others data.Points, more map[string]data.Points) (map[string]data.Points, error) {
	if t.Folds == 0 {
		t.Folds = 3
	}
	if t.Copies == 0 {
		t.Copies = 1
	}
	if t.Folds < 2 || t.Copies < 1 {
		return nil, fmt.Errorf("template: trees need at least 2 folds and 1 copy, got %d and %d", t.Folds, t.Copies)
	}
	if template.Len()%t.Copies != 0 {
		return nil, fmt.Errorf("template: a template of %d copies of each event must have a multiple of it as its number of events, got %d", t.Copies, template.Len())
	}
	if template.Dim() != others.Dim() || min(template.Len(), others.Len()) < 100*t.Folds {
		return nil, fmt.Errorf("template: trees need at least %d events of each kind with the same features, got %v and %v", 100*t.Folds, template, others)
	}
	arrays := map[string]data.Points{"template": template, "data": others,
		"options": data.Point(float32(t.Folds), float32(t.Copies), float32(t.Seed))}
	names := []string{"template", "data"}
	for name, events := range more {
		arrays[name], names = events, append(names, name)
	}
	ranks, err := rivals.Exchange(ctx, rivals.ScikitLearn(), trees, arrays, names)
	if err != nil {
		return nil, fmt.Errorf("template: the trees: %w", err)
	}
	return ranks, nil
}
