package galaxies

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/notebooks/analysis/internal/rivals"
)

//go:embed catalogue.py
var catalogueProgram string

// columns are the columns of the catalogue: the redshift, the magnitude in band i, and colours.
var columns = []string{"redshift", "i", "u-g", "g-r", "r-i", "i-z", "z-y"}

// training is the number of galaxies to train on, the first of the catalogue.
const training = 80_000

// Load returns the galaxies to train on [80000, 7] and those held out [20000, 7]: redshift, i, u-g,
// g-r, r-i, i-z and z-y. The first time it installs their Python package, some 150 MB, from the
// registry that pip is configured for; progress, which may be nil, is told. It returns an error if
// that fails.
func Load(ctx context.Context, progress func(text string)) (train, held data.Points, err error) {
	all, err := read(ctx, progress, columns...)
	if err != nil {
		return data.Points{}, data.Points{}, fmt.Errorf("galaxies: %w", err)
	}
	if all.Len() <= training {
		return data.Points{}, data.Points{}, fmt.Errorf("galaxies: the catalogue must have more than %d galaxies, got %d", training, all.Len())
	}
	return all.Slice(0, training), all.Slice(training, all.Len()), nil
}

// read returns columns of the catalogue.
func read(ctx context.Context, progress func(text string), names ...string) (data.Points, error) {
	file, err := rivals.Kept(ctx, rivals.Galaxies(), progress, catalogueProgram) // each cell of the tutorial reads it
	if err != nil {
		return data.Points{}, err
	}
	return data.ReadNPZ(file, names...)
}

// Photometry splits galaxies [N, 7] of the catalogue into their redshifts [N, 1] and what predicts
// them, the magnitude i and the colours [N, 6].
func Photometry(galaxies data.Points) (redshift, photometry data.Points, err error) {
	photometry, redshift, err = galaxies.SplitConditions(0)
	return redshift, photometry, err
}
