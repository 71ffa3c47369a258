// Package visits holds the table of counts of the tutorial discrete, and the regressions that it is
// compared with.
//
// The table has 20,190 years of participants of the RAND health insurance experiment, as Cameron and
// Trivedi use them ("Microeconometrics: Methods and Applications", 2005): the visits to a doctor in a
// year, and nine features of the participant and the insurance. It is in the public domain and comes
// with the Python package statsmodels, which Load has pip install, from the registry.
package visits

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/notebooks/analysis/internal/rivals"
)

//go:embed visits.py
var program string

// features are the columns of the conditions: the logarithm of the coinsurance rate plus 1, whether there
// is an individual deductible, the logarithms of the yearly incentive payment and of a function of the
// maximum expenditure, whether the participant is limited physically, an index of chronic diseases, and
// whether the health is good, fair or poor by the participant's own word.
var features = []string{"lncoins", "idp", "lpi", "fmde", "physlm", "disea", "hlthg", "hlthf", "hlthp"}

// The regressions of the table.
const (
	poisson          = "poisson"
	negativeBinomial = "negative binomial"
)

// Table is rows of the table, with what regressions say of them.
type Table struct {
	Visits   data.Points // the number of visits in a year [N, 1], "mdvis"
	Features data.Points // what is known of the participant and the insurance [N, 9]
	// Poisson and NegativeBinomial are log P of the visits [N], in nats, by regressions with these
	// distributions, which statsmodels fits to the rows to train on.
	Poisson, NegativeBinomial []float64
}

// Load returns the rows to train on and those held out, a fifth. Rows of equal features that follow one
// another, as the years of a participant do, are on one side. The first time it installs statsmodels,
// some 300 MB, from the registry that pip is configured for, and fits the regressions; progress, which may be nil,
// is told. It returns an error if that fails.
func Load(ctx context.Context, progress func(text string)) (train, held Table, err error) {
	file, err := rivals.Kept(ctx, rivals.Statsmodels(), progress, program)
	if err == nil {
		train, err = read(file, 0)
	}
	if err == nil {
		held, err = read(file, 1)
	}
	if err != nil {
		return Table{}, Table{}, fmt.Errorf("visits: %w", err)
	}
	return train, held, nil
}

// read returns the rows whose column "held" has this value.
func read(file string, held float64) (t Table, err error) {
	is, err := data.ReadNPZ(file, "held")
	if err != nil {
		return t, err
	}
	var rows []int
	for i := range is.Len() {
		if is.At(i, 0) == held {
			rows = append(rows, i)
		}
	}
	columns := func(names ...string) (data.Points, error) {
		x, err := data.ReadNPZ(file, names...)
		if err != nil {
			return x, err
		}
		return x.Pick(rows...)
	}
	if t.Visits, err = columns("mdvis"); err != nil {
		return t, err
	}
	if t.Features, err = columns(features...); err != nil {
		return t, err
	}
	for name, logs := range map[string]*[]float64{poisson: &t.Poisson, negativeBinomial: &t.NegativeBinomial} {
		x, err := columns(name)
		if err != nil {
			return t, err
		}
		for i := range x.Len() {
			*logs = append(*logs, x.At(i, 0))
		}
	}
	return t, nil
}
