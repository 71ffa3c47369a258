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

func TestFiguresOfMeasurementsRefuseWhatCannotBeDrawn(t *testing.T) {
	x, err := metric.Ratios(wheel(t, 100), wheel(t, 100), metric.Binning{Bins: 3})
	if err != nil {
		t.Fatal(err)
	}
	finer, err := metric.Ratios(wheel(t, 100), wheel(t, 100), metric.Binning{Bins: 4})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := metric.Ratios(jets(t, 100, 0), jets(t, 100, 0), metric.Binning{Bins: 3})
	if err != nil {
		t.Fatal(err)
	}
	other, err := metric.Ratios(turned(t, wheel(t, 90)), wheel(t, 100), metric.Binning{Bins: 3})
	if err != nil {
		t.Fatal(err)
	}
	nan := metric.CorrelationMatrix{Names: []string{"a", "b"}, Cells: [][]metric.Estimate{{{Value: 1}, {Value: math.NaN()}}, {{Value: math.NaN()}, {Value: 1}}}}
	short := classifiers(t)[0]
	short.Curve.Passing = nil
	few := Classifier{"few", metric.ROCCurve{Signal: []float64{0, 1}, Background: make([]metric.Interval, 2), Passing: []float64{0, 3}}}
	second := func(_ *Figure, err error) error { return err }
	for name, err := range map[string]error{
		"no column":         second(Ratios("f", 0, "data", Compared{"a", x})),
		"no sample":         second(Ratios("f", 1, "data")),
		"no features":       second(Ratios("f", 1, "data", Compared{})),
		"no bins":           second(Ratios("f", 1, "data", Compared{"a", make([]metric.FeatureRatios, 1)})),
		"finer bins":        second(Ratios("f", 1, "data", Compared{"a", x}, Compared{"b", finer})),
		"more features":     second(Ratios("f", 1, "data", Compared{"a", x}, Compared{"b", moved})),
		"other bins":        second(Ratios("f", 1, "data", Compared{"a", x}, Compared{"b", other})),
		"one feature":       second(Correlations("f", metric.CorrelationMatrix{Names: []string{"a"}, Cells: [][]metric.Estimate{{{Value: 1}}}})),
		"too few rows":      second(Correlations("f", metric.CorrelationMatrix{Names: []string{"a", "b"}, Cells: nan.Cells[:1]})),
		"too few cells":     second(Correlations("f", metric.CorrelationMatrix{Names: []string{"a", "b"}, Cells: make([][]metric.Estimate, 2)})),
		"no PIT":            second(PIT("f", 1, 0)),
		"no columns of PIT": second(PIT("f", 0, 0, Predicted{"a", uniforms(10, 0)})),
		"no values":         second(PIT("f", 1, 0, Predicted{Name: "a"})),
		"no curve":          second(ROC("f")),
		"an empty curve":    second(SIC("f", Classifier{})),
		"a torn curve":      second(Rejection("f", short)),
		"few events":        second(SIC("f", few)),
		"nothing moved":     second(CumulativeDisplacement("f")),
		"no distances":      second(CumulativeDisplacement("f", Moved{Name: "a"})),
	} {
		if err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
	still, err := metric.CumulativeDisplacement(wheel(t, 9), wheel(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func() (*Figure, error){
		"a correlation that is NaN": func() (*Figure, error) { return Correlations("f", nan) },
		"curves without rejection":  func() (*Figure, error) { return Rejection("f", few) },
		"nothing moves":             func() (*Figure, error) { return CumulativeDisplacement("f", Moved{"identity", still}) },
		"a feature of one value": func() (*Figure, error) {
			r, err := metric.Ratios(data.Point(3), data.Point(4), metric.Binning{})
			if err != nil {
				return nil, err
			}
			return Ratios("f", 1, "data", Compared{"a", r})
		},
	} {
		f, err := draw()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		picture(t, f, err)
	}
}

// Negative weights can put bins below 0 and leave ratios without sense; the figure is drawn.
func TestRatiosOfNegativeBinsAreDrawn(t *testing.T) {
	x := wheel(t, 400)
	weights := make([]float64, x.Len())
	for i := range weights {
		if weights[i] = 1; i%3 == 0 {
			weights[i] = -1.9
		}
	}
	r, err := metric.Ratios(wheel(t, 300), withWeights(t, x, weights), metric.Binning{}, withWeights(t, x, weights), x)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Ratios("f", 2, "data", Compared{"signed", r})
	picture(t, f, err)
	if f.Panels[0].Y.Min >= 0 {
		t.Error("no bin is below 0")
	}
}

// The axis of the ratios shows those of the best sample; what lies beyond is an arrow.
func TestTheAxisOfRatiosFitsTheBestSample(t *testing.T) {
	truth := jets(t, 100_000, 0)
	half := func(x data.Points) float64 {
		r, err := metric.Ratios(truth, x, metric.Binning{Bins: 10})
		if err != nil {
			t.Fatal(err)
		}
		f, err := Ratios("f", 2, "data", Compared{"a", r})
		if err != nil {
			t.Fatal(err)
		}
		return f.Panels[0].Below.Y.Max - 1
	}
	if same, off := half(truth), half(jets(t, 1000, 1)); !(same < 0.11 && off == 1) {
		t.Errorf("the axis of the same sample ends at ±%v, that of another at ±%v", same, off)
	}
}
