package plot

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// analyses returns the figures of measured numbers, of fixed arrays.
func analyses(t testing.TB) map[string]func() (*Figure, error) {
	t.Helper()
	return map[string]func() (*Figure, error){
		"ratios": func() (*Figure, error) {
			all := jets(t, 60_000, 0)
			truth := named(t, all.Slice(0, 20_000))
			compare := func(x data.Points, members ...data.Points) []metric.FeatureRatios {
				r, err := metric.Ratios(truth, x, metric.Binning{}, members...)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			moved := compare(all.Slice(20_000, 40_000), all.Slice(20_000, 30_000), all.Slice(30_000, 40_000), jets(t, 50_000, 0.05).Slice(40_000, 50_000))
			before := compare(jets(t, 60_000, 0.25).Slice(40_000, 60_000))
			return Ratios("closure", 2, "data", Compared{"moved", moved}, Compared{"simulation", before})
		},
		"correlations": func() (*Figure, error) {
			m, err := metric.CorrelationDifferences(jets(t, 20_000, 0), named(t, jets(t, 3000, 0.1)))
			if err != nil {
				return nil, err
			}
			return Correlations("moved − data", m)
		},
		"pit": func() (*Figure, error) {
			return PIT("PIT", 2, 0, Predicted{"calibrated", uniforms(5000, 0)}, Predicted{"too narrow", uniforms(5000, 0.3)})
		},
		"roc":       func() (*Figure, error) { return ROC("resonance", classifiers(t)...) },
		"rejection": func() (*Figure, error) { return Rejection("resonance", classifiers(t)...) },
		"sic":       func() (*Figure, error) { return SIC("resonance", classifiers(t)...) },
		"cumulative": func() (*Figure, error) {
			x := wheel(t, 800)
			var all []Moved
			for _, m := range []struct {
				name string
				y    data.Points
			}{{"an eighth of a turn", turned(t, x)}, {"a quarter of a turn", turned(t, turned(t, x))}, {"any other point", wheel(t, 1600).Slice(800, 1600)}} {
				c, err := metric.CumulativeDisplacement(x, m.y)
				if err != nil {
					return nil, err
				}
				all = append(all, Moved{m.name, c})
			}
			return CumulativeDisplacement("two rings", all...)
		},
	}
}

// named returns points with names for their four columns.
func named(t testing.TB, p data.Points) data.Points {
	t.Helper()
	p, err := p.WithColumnNames("pT (GeV)", "η", "φ (rad)", "m (GeV)")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// uniforms returns n values between 0 and 1, and a share of them nearer to the ends.
func uniforms(n int, share float64) metric.PIT {
	rng := rand.New(rand.NewPCG(5, 6))
	p := metric.PIT{Values: make([]float64, n)}
	for i := range p.Values {
		if p.Values[i] = rng.Float64(); rng.Float64() < share {
			p.Values[i] = 0.5 - 0.5*math.Cos(math.Pi*p.Values[i])
		}
	}
	return p
}

// classifiers returns the curves of scores that separate two normal distributions, well and less
// well.
func classifiers(t testing.TB) (all []Classifier) {
	t.Helper()
	for i, name := range []string{"flow for flow", "interpolation"} {
		rng := rand.New(rand.NewPCG(7, 8))
		var scores []float64
		var signal []bool
		for k := range 12_000 {
			s := k%6 == 0
			score := rng.NormFloat64()
			if s {
				score += 1.6 - 0.7*float64(i)
			}
			scores, signal = append(scores, score), append(signal, s)
		}
		c, err := metric.ROC(scores, signal, nil, metric.Resampling{Resamples: 50, Confidence: 0.68})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Classifier{name, c})
	}
	return all
}
