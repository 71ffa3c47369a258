package f4f

import (
	"errors"

	"github.com/gomlx/compute"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
)

// PointsOf returns a plan for a side of Between of which there are points alone, with no density,
// learned or given. The likelihood of a flow for flow needs the density of the side that points are
// mapped to only. So one side with a density is enough, and the other needs no training:
//
//	onto, err := f4f.Between(left, f4f.PointsOf(table)).Fit(ctx)  // Direction is InverseOnly
//	from, err := f4f.Between(f4f.PointsOf(table), right).Fit(ctx) // Direction is ForwardOnly
//
// The first is maximum likelihood of the points under the left's density, transported: onto.LogProb
// is their density, and onto.Image makes a *Density of it. In the second it is from.LogProbLeft, and
// there is no Image.
//
// Conditions, maps of columns (Column, ConditionColumn, Prepared) and Standardise or Raw are as for
// Base. A column opposite one with a Uniform base has BaseDistribution(Uniform), which here only
// sets its scale. Of the other settings Samples, Validation, Bootstrap, Seed, Precision, Backend and
// Recipe have an effect, the last on whether points are standardised by default. The tail bound of
// angles is that of the transport.
//
// Nothing is trained: Fit returns a *Density for the side, whose LogProb, Sample, Encode and Decode
// return errors that wrap ErrNoDensity, as does what needs them. The store keeps no file of it. In a
// transport's file it has its maps and scales.
//
// Fit returns the errors of Base for its source and its maps, and one if the plan has
// VariationalNoise. Between's Fit returns an error if both sides have points alone, and if Direction
// asks for the way onto them.
func PointsOf(source data.Source) BasePlan {
	return BasePlan{settings: defaultSettings, source: source, onlyPoints: true}
}

// isLearned reports whether the plan learns a density: it isn't given, and there are more than points.
func (p BasePlan) isLearned() bool { return !p.known && !p.onlyPoints }

// checkOnlyPoints returns an error if the plan asks for what points alone don't have.
func (p BasePlan) checkOnlyPoints() error {
	if p.onlyPoints && p.variational {
		return errors.New("points alone have no noise to learn: leave out VariationalNoise, or learn their density with Base")
	}
	return nil
}

// withScales returns the density of a resolved plan for points alone, with the maps and scales of its data.
func (p BasePlan) withScales(b compute.Backend, print string) (*Density, error) {
	found, err := p.fromData()
	if err != nil {
		return nil, err
	}
	d, err := newDensity(b, fit.Snapshot{}, found.spec, &fit.State{}, print)
	if err != nil {
		return nil, err
	}
	d.take(flowfile.Notes{Flow: found.notes})
	return d, nil
}
