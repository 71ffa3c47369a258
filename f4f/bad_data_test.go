package f4f_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
)

// column gives the value of a feature at row i.
type column func(i int, rng *rand.Rand) float64

func around(mean, std float64) column {
	return func(_ int, rng *rand.Rand) float64 { return mean + std*rng.NormFloat64() }
}

func counting(n int) column {
	return func(_ int, rng *rand.Rand) float64 { return float64(rng.IntN(n)) }
}

func always(v float64) column { return func(int, *rand.Rand) float64 { return v } }

// padded returns a column that is −999 in a share of the rows, as for missing measurements.
func padded(share float64) column {
	return func(_ int, rng *rand.Rand) float64 {
		if rng.Float64() < share {
			return -999
		}
		return rng.NormFloat64()
	}
}

// rows are n points of some columns.
func rows(t testing.TB, n int, columns ...column) data.Points {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 8))
	values := make([]float32, 0, n*len(columns))
	for i := range n {
		for _, c := range columns {
			values = append(values, float32(c(i, rng)))
		}
	}
	return must[data.Points](t)(data.NewPoints(len(columns), values))
}

// repeated is points with copies of the first of them in the place of the last.
func repeated(t testing.TB, p data.Points, copies, of int) data.Points {
	t.Helper()
	numbers := make([]int, p.Len())
	for i := range numbers {
		numbers[i] = i
		if i >= p.Len()-copies {
			numbers[i] = (i + copies - p.Len()) % of
		}
	}
	return must[data.Points](t)(p.Pick(numbers...))
}

func TestFitSaysWhatIsWrongWithItsData(t *testing.T) {
	good := rows(t, 600, around(0, 1), around(0, 1))
	with := func(v float64) data.Points {
		p := rows(t, 600, around(0, 1), around(0, 1))
		p.Row(17)[1] = float32(v)
		return p
	}
	conditional := func(x, c data.Points) data.Source {
		return must[*data.ConditionalTable](t)(data.FromPointsWithConditions("table", x, c))
	}
	table := func(p data.Points) data.Source { return data.FromPoints("table", p) }
	for _, test := range []struct {
		name   string
		source data.Source
		change func(f4f.BasePlan) f4f.BasePlan // nil for none
		err    string                          // what Fit's error says; empty if it trains
		notes  []string                        // what its notes say, each in one note, and no others
	}{
		{"good", table(good), nil, "", nil},
		{"NaN", table(with(math.NaN())), nil, "f4f: table: data: row 17, column 1 is NaN; points must be finite", nil},
		{"infinity", table(with(math.Inf(-1))), nil, "f4f: table: data: row 17, column 1 is -Inf; points must be finite", nil},
		{"NaN as a condition", conditional(good, with(math.NaN())), nil, "f4f: conditions of table: data: row ", nil},
		{"no points", table(data.Points{}), nil, "f4f: base table: there must be points to learn from, got a table of none", nil},
		{"a single point", table(good.Slice(0, 1)), nil, "f4f: table: a single point has no density to learn: there must be at least 2, got 1", nil},
		{"two points", table(good.Slice(0, 2)), nil, "f4f: table: a batch of 50 needs at least as many training points, got 2 (besides 0 for validation): set Batch lower", nil},
		{"a constant", table(rows(t, 600, around(0, 1), always(0.1))), nil, "f4f: base table: data: column 1 is 0.1 in all 540 points; a constant has no density and can't be standardised, leave the column out", nil},
		{"a constant, standardised", table(rows(t, 600, around(0, 1), always(0.1))), f4f.BasePlan.Standardise, "column 1 is 0.1 in all 540 points", nil},
		{"a constant as condition", conditional(good, rows(t, 600, always(3))), nil, "f4f: base table: conditions: data: column 0 is 3 in all 540 points", nil},
		{"a constant by rounding", table(rows(t, 600, around(1e8, 0.1), around(0, 1))), nil, "column 0 is 1e+08 in all 540 points; a constant has no density and can't be standardised, leave the column out, or subtract an offset before it becomes float32 if it varied by less than float32's steps of 8 there", nil},
		{"subnormal", table(rows(t, 600, around(0, 1), around(0, 1e-40))), f4f.BasePlan.Standardise, "f4f: base table: column 1 has a standard deviation of 1.02e-40, below float32's normal numbers (1.18e-38): multiply it by a constant first", nil},
		{"subnormal as condition", conditional(good, rows(t, 600, around(0, 1e-40))), nil, "f4f: base table: conditions: column 0 has a standard deviation of 9.9e-41", nil},
		{"wider than float32", table(rows(t, 600, around(0, 1), func(i int, _ *rand.Rand) float64 { return []float64{3e38, 3e38, -3e38}[i%3] })), f4f.BasePlan.Standardise,
			"column 1 is -3e+38, further from the column's mean", nil},
		{"huge", table(rows(t, 600, around(0, 1), around(0, 1e37))), f4f.BasePlan.Raw, "standardised data", []string{"lie beyond ±4"}},
		{"huge, standardised", table(rows(t, 600, around(0, 1), around(0, 1e37))), f4f.BasePlan.Standardise, "", nil},
		{"mixed scales", table(rows(t, 600, around(0, 1e-9), around(0, 1e9))), f4f.BasePlan.Raw, "",
			[]string{"lie beyond ±4", "Column 0 of table: a standard deviation below 0.004, tiny beside the flow's tail bound ±4. Standardise the data"}},
		{"mixed scales, standardised", table(rows(t, 600, around(0, 1e-9), around(0, 1e9))), f4f.BasePlan.Standardise, "", nil},
		{"an offset", table(rows(t, 600, around(0, 1), around(1e8, 100))), f4f.BasePlan.Standardise, "",
			[]string{"Column 1 of table lies around 1e+08, where float32 goes in steps of 8, with a standard deviation of 1"}},
		{"an offset with room", table(rows(t, 600, around(0, 1), around(1e8, 1e6))), f4f.BasePlan.Standardise, "",
			nil}, // though they are whole numbers: float32 knows no others there
		{"whole numbers", table(rows(t, 600, counting(5), around(0, 1), counting(300))), f4f.BasePlan.Standardise, "",
			[]string{"Columns 0 and 2 of table: whole numbers only, for which a likelihood has no upper bound. Add noise by .Column(\"0\", data.Whole"}},
		{"whole numbers given noise by the plan", table(rows(t, 600, counting(5), around(0, 1))), func(p f4f.BasePlan) f4f.BasePlan { return p.Column("0", data.Whole) }, "", nil},
		{"padding that the plan knows", table(rows(t, 600, around(0, 1), padded(0.3))), func(p f4f.BasePlan) f4f.BasePlan { return p.Column("1", data.Spike(-999)) }, "", nil},
		{"heavy tails", table(rows(t, 600, around(0, 1), func(_ int, rng *rand.Rand) float64 { return math.Tan(3.14 * (rng.Float64() - 0.5)) })), f4f.BasePlan.Standardise, "",
			[]string{"Map the column by Column(\"1\", data.Robust, data.Asinh(1), data.Quantile)"}},
		{"whole numbers given noise", table(dequantized(t, rows(t, 600, counting(5), around(0, 1), counting(300)))), f4f.BasePlan.Standardise, "", nil},
		{"whole numbers as conditions", conditional(good, rows(t, 600, counting(3))), nil, "", nil},
		{"decimals", table(rows(t, 600, around(0, 1), func(_ int, rng *rand.Rand) float64 { return math.Round(10*rng.NormFloat64()) / 10 })), nil, "",
			[]string{"Column 1 of table: 98.9% of the values repeat"}},
		{"padding", table(rows(t, 600, around(0, 1), padded(0.3))), f4f.BasePlan.Standardise, "",
			[]string{"Column 1 of table: 29.6% of the values repeat (-999 in 29.6% of the points), and a likelihood has no upper bound there"}},
		{"copies", table(repeated(t, good, 100, 600)), nil, "", []string{"32.6% of the points of table equal another one", "occurs 2 times"}},
		{"copies of one", table(repeated(t, good, 20, 1)), nil, "", []string{"3.7% of the points of table equal another one (0.92433 -0.040230688 occurs 20 times), and a likelihood has no upper bound there. Leave copies out"}},
		{"padding alone", table(rows(t, 600, padded(0.3))), f4f.BasePlan.Standardise, "", []string{"% of the points of table equal another one (-999 occurs 1"}},
		{"whole numbers alone", table(rows(t, 600, counting(5))), f4f.BasePlan.Standardise, "", []string{"Column 0 of table: whole numbers only", "100% of the points of table equal another one"}},
		{"few copies", table(repeated(t, good, 5, 600)), nil, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := small(t, test.source).Epochs(1)
			if test.change != nil {
				plan = test.change(plan)
			}
			var events []fit.Event
			d, err := plan.Fit(listen(&events))
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got the error %v, want one with %q", err, test.err)
			}
			var notes []string
			for _, e := range events {
				notes = append(notes, e.Notes...)
			}
			all := strings.Join(notes, "\n")
			for _, want := range test.notes {
				if !strings.Contains(all, want) {
					t.Errorf("got the notes %q, want one with %q", notes, want)
				}
			}
			if len(test.notes) == 0 && len(notes) > 0 {
				t.Errorf("got the notes %q, want none", notes)
			}
			if err != nil {
				return
			}
			// What was trained is of use: samples are points, and points have densities.
			if d.ConditionDim() > 0 {
				d = d.At(data.Point(1))
			}
			x := must[data.Points](t)(d.Sample(300, 1))
			for i, l := range must[[]float64](t)(d.LogProb(x)) {
				if math.IsInf(l, 0) {
					t.Errorf("sample %v has the log-density %v", x.Row(i), l)
				}
			}
		})
	}
}

// Errors and notes name a column of a CSV file by its header, and a column without a header by its
// number.
func TestNotesNameAColumnByItsHeader(t *testing.T) {
	file := func(header string, mass column) data.Points {
		var text strings.Builder
		text.WriteString(header)
		for _, row := range linesOf(t, 600, mass, around(0, 1), around(0, 0.001)) {
			fmt.Fprintln(&text, row)
		}
		path := filepath.Join(t.TempDir(), "jets.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return must[data.Points](t)(data.ReadCSV(path, data.CSV{Columns: []string{"0", "1", "2"}}))
	}
	for _, test := range []struct {
		name, header string
		mass         column
		want         string
	}{
		{"constant", "mass,eta,phi\n", always(5), `column "mass" is 5 in all 540 points`},
		{"whole numbers", "mass,eta,phi\n", counting(5), `Column "mass" of jets: whole numbers only`},
		{"repeated values", "mass,eta,phi\n", padded(0.3), `Column "mass" of jets: 2`},
		{"narrow", "mass,eta,phi\n", around(0, 0.001), `Columns "mass" and "phi" of jets: a standard deviation below`},
		{"outside", "mass,eta,phi\n", around(0, 10), `in column "mass"), where features pass the flow unchanged`},
		{"no header", "", always(5), "column 0 is 5 in all 540 points"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var events []fit.Event
			_, err := small(t, data.FromPoints("jets", file(test.header, test.mass))).Raw().Epochs(1).Fit(listen(&events))
			said := fmt.Sprint(err)
			for _, e := range events {
				said += "\n" + strings.Join(e.Notes, "\n")
			}
			if !strings.Contains(said, test.want) {
				t.Errorf("got %s, want %q", said, test.want)
			}
		})
	}
}

// linesOf returns n rows of some columns as lines of a CSV file.
func linesOf(t testing.TB, n int, columns ...column) (lines []string) {
	t.Helper()
	p := rows(t, n, columns...)
	for i := range p.Len() {
		line := strings.Trim(fmt.Sprint(p.Row(i)), "[]")
		lines = append(lines, strings.ReplaceAll(line, " ", ","))
	}
	return lines
}

func dequantized(t testing.TB, p data.Points) data.Points {
	t.Helper()
	noisy, _, err := data.Dequantize(p, data.Dequantization{})
	if err != nil {
		t.Fatal(err)
	}
	return noisy
}

func TestTheSetsOfThePlaneGiveNoNotesOfBadData(t *testing.T) {
	for _, s := range data.Named() {
		var events []fit.Event
		plan := small(t, s).Epochs(1).TailBound(20)
		for j := range sample(t, s, 1, 1).Periods() {
			plan = plan.Column(strconv.Itoa(j), radians)
		}
		d, err := plan.Fit(listen(&events))
		if err != nil || d == nil {
			t.Fatalf("%s: %v", s.Name(), err)
		}
		for _, e := range events {
			if len(e.Notes) > 0 {
				t.Errorf("%s gives the notes %q", s.Name(), e.Notes)
			}
		}
	}
}

// A trained flow meets values that no flow can take: it answers with numbers or says which row is
// to blame, but never with NaN.
func TestATrainedFlowNamesThePointThatIsTooFarOut(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	density := fitted(t, small(t, left).Standardise())
	mixing := fitted(t, small(t, left).Standardise().Mixing(f4f.LULinear).Seed(1))
	coupling := fitted(t, small(t, left).Standardise().LayerKind(f4f.Coupling).Backend("xla"))
	transport := fitted(t, f4f.Between(small(t, left).Standardise(), small(t, right).Standardise()).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(1).Backend("go").Store(store(t)))
	points := func(x, y float32) data.Points {
		return must[data.Points](t)(data.NewPoints(2, []float32{0.1, 0.2, x, y}))
	}
	reference := sample(t, left, 50, 1)
	number := func(v float64, err error) ([]float64, error) { return []float64{v}, err }
	estimate := func(e metric.Estimate, err error) ([]float64, error) { return []float64{e.Value}, err }
	distance := func(d metric.Distance, err error) ([]float64, error) { return []float64{d.L1, d.Euclidean}, err }
	features := func(p data.Points, err error) ([]float64, error) {
		var wide []float64
		for _, v := range p.Values() {
			wide = append(wide, float64(v))
		}
		return wide, err
	}
	doors := []struct {
		name    string
		through func(x data.Points) ([]float64, error)
		logProb bool
	}{
		{"Density.LogProb", density.LogProb, true},
		{"Density.Encode", func(x data.Points) ([]float64, error) { return features(density.Encode(x)) }, false},
		{"Density.Decode", func(x data.Points) ([]float64, error) { return features(density.Decode(x)) }, false},
		{"Density.LogProb of a mixing flow", mixing.LogProb, true},
		{"Density.LogProb of a coupling flow", coupling.LogProb, true},
		{"Transport.Forward", func(x data.Points) ([]float64, error) { return features(transport.Forward(x)) }, false},
		{"Transport.Inverse", func(x data.Points) ([]float64, error) { return features(transport.Inverse(x)) }, false},
		{"Transport.LogProb", transport.LogProb, true},
		{"Transport.LogProbLeft", transport.LogProbLeft, true},
		{"Transport.Displacement", func(x data.Points) ([]float64, error) { return distance(transport.Displacement(x)) }, false},
		{"metric.Displacement", func(x data.Points) ([]float64, error) { return distance(metric.Displacement(x, reference.Slice(0, 2))) }, false},
		{"metric.SlicedWasserstein", func(x data.Points) ([]float64, error) {
			return number(metric.SlicedWasserstein(x, reference, metric.Sliced{}))
		}, false},
		{"metric.EnergyDistance", func(x data.Points) ([]float64, error) {
			return number(metric.EnergyDistance(x, reference, metric.Energy{}))
		}, false},
		{"metric.AUC", func(x data.Points) ([]float64, error) {
			return estimate(metric.AUC(x, reference, metric.TwoSample{Folds: 2}))
		}, false},
		{"metric.OutsideShare", func(x data.Points) ([]float64, error) {
			return estimate(metric.OutsideShare(data.Gaussian(2), x, metric.OutOfDistribution{}))
		}, false},
		{"metric.ReverseKL", func(x data.Points) ([]float64, error) {
			return estimate(metric.ReverseKL(data.Gaussian(2), density.LogProb, x))
		}, true},
	}
	for _, test := range []struct {
		name string
		x    data.Points
		err  string // what the error of every method says, a regular expression; empty if the method may answer
	}{
		{"NaN", points(nan, 1), "row 1, column 0 is NaN"},
		{"infinity", points(1, -inf), "row 1, column 1 is -Inf"},
		{"far", points(1e10, -3), ""},
		{"farther", points(-3, 1e20), ""},
		{"overflowing", points(1e30, 1e30), ""},
		{"largest", points(math.MaxFloat32, -math.MaxFloat32), ""},
		{"subnormal", points(1e-40, -1e-45), ""},
		{"too few features", data.Point(1), "(features|dimension).*1"},
		{"too many features", data.Point(1, 2, 3), "(features|dimension).*3"},
		{"none", data.Points{}, "got (none|0)"},
	} {
		for _, door := range doors {
			t.Run(test.name+"/"+door.name, func(t *testing.T) {
				result, err := door.through(test.x)
				switch {
				case test.err != "":
					if err == nil || !regexp.MustCompile(test.err).MatchString(err.Error()) {
						t.Errorf("got the error %v, want one with %q", err, test.err)
					}
				case err != nil:
					if !strings.Contains(err.Error(), "row 1") {
						t.Errorf("got the error %v, want one that names the row", err)
					}
				default:
					for _, v := range result {
						if math.IsNaN(v) || math.IsInf(v, 1) || math.IsInf(v, -1) && !door.logProb {
							t.Errorf("of %v it gives %v", test.x.Values(), result)
						}
					}
				}
			})
		}
	}
}
