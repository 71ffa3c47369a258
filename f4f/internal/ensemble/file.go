package ensemble

import (
	"encoding/json"
	"fmt"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
)

// The kinds of ensembles that a file can hold.
const (
	OfDensities        = "ensemble of densities"
	OfTransports       = "ensemble of transports"
	CrossFitDensities  = "cross-fit of densities"
	CrossFitTransports = "cross-fit of transports"
)

// Save writes the file of an ensemble of a kind, of flows that are each saved by save. folds are
// those of the sides of a cross-fit.
func Save[F any](path, kind string, folds []dataset.Folds, flows []F, save func(F, string) error) error {
	head := Head{Kind: kind}
	if folds != nil {
		text, err := json.Marshal(folds)
		if err != nil {
			return fmt.Errorf("f4f: writing %s: %w", path, err)
		}
		head.More = text
	}
	if err := Write(path, head, len(flows), func(i int, path string) error { return save(flows[i], path) }); err != nil {
		return fmt.Errorf("f4f: writing %s: %w", path, err)
	}
	return nil
}

// Load reads the file of an ensemble of a kind, each flow by load, with the folds of so many sides.
func Load[F any](path, kind string, sides int, load func(path string) (F, error)) (flows []F, folds []dataset.Folds, err error) {
	check := func(head Head) error {
		if head.Kind != kind {
			return fmt.Errorf("it holds another kind: %s, where %s is asked for", head.Kind, kind)
		}
		if sides == 0 {
			return nil
		}
		if err := json.Unmarshal(head.More, &folds); err != nil {
			return fmt.Errorf("%w: its folds can't be read: %w", fit.ErrCorrupt, err)
		}
		if len(folds) != sides {
			return fmt.Errorf("%w: it has the folds of %d sides, of %d", fit.ErrCorrupt, len(folds), sides)
		}
		for _, f := range folds {
			if err := f.Validate(head.Members); err != nil {
				return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
			}
		}
		return nil
	}
	err = Read(path, check, func(_ int, path string) error {
		flow, err := load(path)
		flows = append(flows, flow)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("f4f: reading %s: %w", path, err)
	}
	return flows, folds, nil
}
