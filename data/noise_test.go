package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// spiked are columns that are 0 in three tenths of the rows.
var spiked = []struct {
	name string
	rest func(r *rand.Rand) float64
	maps []ColumnMap
}{
	{"values on both sides", (*rand.Rand).NormFloat64, []ColumnMap{Spike(0)}},
	{"values on both sides, mapped", cauchy, []ColumnMap{Spike(0), Robust, Asinh(1)}},
	{"all above", func(r *rand.Rand) float64 { return r.ExpFloat64() + 1e-6 }, []ColumnMap{Spike(0)}},
	{"all above, by the logarithm", lognormal, []ColumnMap{Spike(0), Log, Quantile}},
	{"all below", func(r *rand.Rand) float64 { return -lognormal(r) }, []ColumnMap{Spike(0), Asinh(1)}},
	{"all below, at an end", func(r *rand.Rand) float64 { return -r.Float64()*0.99 - 0.005 }, []ColumnMap{Spike(0), Logit(-1, 0)}},
}

func spikedColumn(t *testing.T, n int, rest func(r *rand.Rand) float64) Points {
	return drawnColumn(t, n, func(r *rand.Rand) float64 {
		if r.Float64() < 0.3 {
			return 0
		}
		return rest(r)
	})
}

// TestASpikeBecomesNormal: the column is standard normal, the value comes back exactly, and the
// probability that a standard normal gives it is its share.
func TestASpikeBecomesNormalAndComesBackExactly(t *testing.T) {
	for _, test := range spiked {
		t.Run(test.name, func(t *testing.T) {
			p := spikedColumn(t, 4000, test.rest)
			fitted, err := FitPipeline(p, ColumnMaps{"pt", test.maps})
			if err != nil {
				t.Fatal(err)
			}
			pipeline, _ := reread(t, fitted)
			u, logDets, err := pipeline.Transform(p, 3)
			if err != nil {
				t.Fatal(err)
			}
			x, back, err := pipeline.InverseTransform(u)
			if err != nil {
				t.Fatal(err)
			}
			zeros, mean, square, rest := 0, 0.0, 0.0, 0.0
			c := pipeline.columns[0]
			for i := range p.Len() {
				v, w := p.At(i, 0), u.At(i, 0)
				mean, square = mean+w/float64(p.Len()), square+w*w/float64(p.Len())
				if (v == 0) != (x.At(i, 0) == 0) || (v < 0) != (x.At(i, 0) < 0) {
					t.Fatalf("%v comes back as %v", v, x.At(i, 0))
				}
				if math.Abs(logDets[i]+back[i]) > 1e-3 {
					t.Fatalf("at %v the log-dets are %g and %g", v, logDets[i], back[i])
				}
				if v == 0 {
					zeros++
					continue
				}
				// The derivative by differences, which is out of float64's reach next to the spike.
				if step := 1e-5 * math.Abs(v); math.Abs(v) > 1e-3 {
					up, down := throughRest(c, v+step), throughRest(c, v-step)
					if want := math.Log((up - down) / (2 * step)); math.Abs(want-logDets[i]) > 1e-3 {
						t.Fatalf("at %v the log-det is %g, by differences %g", v, logDets[i], want)
					}
				}
				rest += (logGaussian(w, 1) + logDets[i])
			}
			share := float64(zeros) / float64(p.Len())
			if math.Abs(mean) > 0.05 || math.Abs(square-1) > 0.08 {
				t.Errorf("the mean is %g, of the squares %g", mean, square)
			}
			nodes, err := pipeline.Nodes(p, 32)
			if err != nil {
				t.Fatal(err)
			}
			byNormal := make([]float64, nodes.U.Len())
			for k := range byNormal {
				byNormal[k] = logGaussian(nodes.U.At(k, 0), 1)
			}
			ofRest := 0.0
			for i, l := range nodes.LogProbs(byNormal) {
				if p.At(i, 0) == 0 && math.Abs(l-math.Log(share)) > 1e-5 {
					t.Fatalf("the log-prob of the spike is %g, of its share %g", l, math.Log(share))
				}
				if p.At(i, 0) != 0 {
					ofRest += l
				}
			}
			if math.Abs(ofRest-rest) > 1e-3*math.Abs(rest) {
				t.Errorf("the log-probs of the others sum up to %g and %g", ofRest, rest)
			}
		})
	}
}

// throughRest maps a value that isn't the spike's, in float64.
func throughRest(c *fittedColumn, v float64) float64 {
	for _, m := range c.maps {
		v, _ = m.forward(v)
	}
	v, _ = c.spike.open(v)
	return v
}

// TestSamplesOfASpikeStayOnItsSides: nothing comes out beyond a spike that all values were above.
func TestSamplesOfASpikeStayOnItsSides(t *testing.T) {
	u, err := NewPoints(1, []float32{-40, -8, -4, -0.6, -0.53, -0.52, -0.5, 0, 0.5, 0.52, 0.53, 0.6, 4, 8, 40})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range spiked[2:] {
		pipeline, err := FitPipeline(spikedColumn(t, 4000, test.rest), ColumnMaps{"pt", test.maps})
		if err != nil {
			t.Fatal(err)
		}
		x, logDets, err := pipeline.InverseTransform(u)
		if err != nil {
			t.Fatal(err)
		}
		below := strings.Contains(test.name, "below")
		for i, v := range x.Values() {
			if below && v > 0 || !below && v < 0 || math.IsNaN(float64(v)) || !finite(logDets[i]) {
				t.Errorf("%s: %v comes out as %v, with the log-det %g", test.name, u.At(i, 0), v, logDets[i])
			}
			if i > 0 && v < x.Values()[i-1] {
				t.Errorf("%s: the map falls to %v at %v", test.name, v, u.At(i, 0))
			}
		}
	}
}

// TestWholeNumbersComeBackAndTheirProbabilitiesSumUpToOne: under a density of images, which is a
// known one here, what log-probs give is a probability.
func TestWholeNumbersComeBackAndTheirProbabilitiesSumUpToOne(t *testing.T) {
	counts := drawnColumn(t, 2000, func(r *rand.Rand) float64 { return math.Floor(3 * r.ExpFloat64()) })
	for _, maps := range [][]ColumnMap{{Whole}, {Whole, Log}, {Whole, Log, Quantile}, {Whole, Standardised}} {
		pipeline, err := FitPipeline(counts, ColumnMaps{"pt", maps})
		if err != nil {
			t.Fatal(err)
		}
		u, _, err := pipeline.Transform(counts, 1)
		if err != nil {
			t.Fatal(err)
		}
		x, _, err := pipeline.InverseTransform(u)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range x.Values() {
			if v != counts.Values()[i] {
				t.Fatalf("%v: %v comes back as %v", maps, counts.Values()[i], v)
			}
		}
		values := make([]float32, 2000)
		for k := range values {
			values[k] = float32(k)
			if len(maps) == 1 || maps[1] == Standardised {
				values[k] -= 1000 // of a density on both sides of 0
			}
		}
		all, err := NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := pipeline.Nodes(all, 32)
		if err != nil {
			t.Fatal(err)
		}
		byNormal := make([]float64, nodes.U.Len())
		for k := range byNormal {
			byNormal[k] = logGaussian(nodes.U.At(k, 0)-1, 1.5)
		}
		total := 0.0
		for _, l := range nodes.LogProbs(byNormal) {
			total += math.Exp(l)
		}
		if math.Abs(total-1) > 2e-3 {
			t.Errorf("%v: the probabilities sum up to %g", maps, total)
		}
	}
}

// TestNodesOfSeveralColumnsAverageOverTheNoise: of whole numbers in three columns the probability is within
// some percent of the product of the columns', and equal to it in the mean over the turns of many rows.
func TestNodesOfSeveralColumnsAverageOverTheNoise(t *testing.T) {
	var rows []float32
	for k := range 4 * 4 * 4 {
		rows = append(rows, float32(k%4-1), float32(k/4%4-1), float32(k/16-1))
	}
	x, err := NewPoints(3, rows)
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := FitPipeline(x, ColumnMaps{"0", []ColumnMap{Whole}}, ColumnMaps{"1", []ColumnMap{Whole}}, ColumnMaps{"2", []ColumnMap{Whole}})
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := pipeline.Nodes(x, 32)
	if err != nil {
		t.Fatal(err)
	}
	byNormal := make([]float64, nodes.U.Len())
	for k := range byNormal {
		for _, v := range nodes.U.Row(k) {
			byNormal[k] += logGaussian(float64(v)-1, 1)
		}
	}
	mean := 0.0
	for i, l := range nodes.LogProbs(byNormal) {
		want := 0.0
		for _, v := range x.Row(i) {
			want += math.Log(normalCDF(float64(v)) - normalCDF(float64(v)-1))
		}
		if math.Abs(l-want) > 0.1 {
			t.Errorf("the log-prob of %v is %g, want %g", x.Row(i), l, want)
		}
		mean += math.Exp(l-want) / float64(x.Len())
	}
	if math.Abs(mean-1) > 0.01 {
		t.Errorf("probabilities are %.4f times the true ones in the mean", mean)
	}
	again, err := pipeline.Nodes(x.Slice(7, 8), 32)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.U.Values(), nodes.U.Slice(7*nodesOfSeveral, 8*nodesOfSeveral).Values()) {
		t.Error("a row has other nodes alone than among others")
	}
}

// A density that fills all of what noise can be has a probability of 1, and no draw may say more.
func TestDrawsOfNoiseAreCountedByTheirDensity(t *testing.T) {
	const d = 20
	x := must(t)(NewPoints(d, make([]float32, 50*d)))
	var columns []ColumnMaps
	for j := range d {
		columns = append(columns, ColumnMaps{fmt.Sprint(j), []ColumnMap{Whole}})
	}
	pipeline, err := FixedPipeline(x, columns...)
	if err != nil {
		t.Fatal(err)
	}
	full := -d * math.Log(1-2*noiseMargin) // the log-density of a box that is as large as the noise
	_, logDets, err := pipeline.Transform(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := pipeline.Nodes(x.Slice(0, 1), 32)
	if err != nil {
		t.Fatal(err)
	}
	byNodes := nodes.LogProbs(slices.Repeat([]float64{full}, nodes.U.Len()))
	for _, logP := range append(byNodes, logDets[0]+full) {
		if math.Abs(logP) > 1e-9 {
			t.Errorf("the log-probability is %g, want 0", logP)
		}
	}
	if _, err := pipeline.Nodes(x, 0); err == nil {
		t.Error("a quadrature of no nodes is no error")
	}
	if !nodes.Random[0] || nodes.Counts[0] != nodesOfSeveral {
		t.Errorf("%d nodes of %d columns with noise, quasirandom: %v", nodes.Counts[0], d, nodes.Random[0])
	}
}

func TestWholeNumbersWithoutRoomForNoiseAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		maps  []ColumnMap
		value float32
		ok    bool
	}{
		"the largest":              {[]ColumnMap{Whole}, 1<<20 - 1, true},
		"the least":                {[]ColumnMap{Whole}, -1<<20 + 1, true},
		"too large":                {[]ColumnMap{Whole}, 1 << 20, false},
		"too far below 0":          {[]ColumnMap{Whole}, -1 << 20, false},
		"a billion":                {[]ColumnMap{Whole}, 1e9, false},
		"by the logarithm":         {[]ColumnMap{Whole, Log}, 1e7, true},
		"in standard deviations":   {[]ColumnMap{Whole, Standardised}, 1e7, true},
		"quantiles of such values": {[]ColumnMap{Whole, Quantile}, 1e7, true},
	} {
		rows := []float32{c.value}
		for k := range 100 {
			rows = append(rows, float32(k+1))
		}
		x := must(t)(must(t)(NewPoints(1, rows)).WithColumnNames("visits"))
		pipeline, err := FitPipeline(x, ColumnMaps{"visits", c.maps})
		if c.ok != (err == nil) || err != nil && !(strings.Contains(err.Error(), "row 0") && strings.Contains(err.Error(), `"visits"`)) {
			t.Errorf("%s: the error is %v", name, err)
		}
		if err != nil {
			continue
		}
		// What wasn't there when it was fitted, such as a sample, passes.
		far := must(t)(Point(1e9).WithColumnNames("visits"))
		if _, _, err := pipeline.Transform(far, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What Prepare proposes can be fitted, whatever the size of whole numbers.
func TestWhatPrepareProposesForLargeWholeNumbersCanBeFitted(t *testing.T) {
	for name, of := range map[string]func(r *rand.Rand) float64{
		"millions":           func(r *rand.Rand) float64 { return math.Round(5e6 + 1e6*r.NormFloat64()) },
		"by the logarithm":   func(r *rand.Rand) float64 { return math.Round(math.Exp(18 * r.Float64())) },
		"small":              func(r *rand.Rand) float64 { return math.Round(30 + 5*r.NormFloat64()) },
		"some ten thousands": func(r *rand.Rand) float64 { return math.Round(40_000 + 5000*r.NormFloat64()) },
		"up to the limit":    func(r *rand.Rand) float64 { return math.Floor(math.Exp(math.Log(1<<20) * r.Float64())) },
	} {
		x := drawnColumn(t, 5000, of)
		proposal := ProposalFor(x, 0)
		if whole := slices.Contains(proposal.Maps, Whole); whole != (name != "millions" && name != "by the logarithm") {
			t.Errorf("%s: proposes %v (%s)", name, proposal.Maps, proposal.Reason)
		}
		if len(proposal.Maps) == 0 {
			continue
		}
		pipeline, err := FitPipeline(x, proposal.ColumnMaps)
		if err == nil {
			_, _, err = pipeline.Transform(x, 1)
		}
		if err != nil {
			t.Errorf("%s: %v can't be fitted: %v", name, proposal.Maps, err)
		}
	}
}

func TestMapsWithNoiseTellWhatIsWrong(t *testing.T) {
	column := spikedColumn(t, 100, lognormal)
	for _, test := range []struct {
		name string
		maps []ColumnMap
		says []string
	}{
		{"whole numbers that aren't", []ColumnMap{Whole}, []string{"row", `"pt"`, "whole"}},
		{"not first", []ColumnMap{Standardised, Whole}, []string{`"pt"`, "first"}},
		{"a spike after whole numbers", []ColumnMap{Whole, Spike(0)}, []string{`"pt"`, "first"}},
		{"no row has the value", []ColumnMap{Spike(-1)}, []string{`"pt"`, "-1"}},
		{"beyond float32", []ColumnMap{Spike(1e300)}, []string{`"pt"`, "Inf"}},
		{"the others can't pass", []ColumnMap{Spike(0), Logit(0, 1)}, []string{"row", `"pt"`, "0 and 1"}},
	} {
		_, err := FitPipeline(column, ColumnMaps{"pt", test.maps})
		for _, want := range test.says {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error lacks %q: %v", test.name, want, err)
			}
		}
	}
	pipeline, err := FitPipeline(column, ColumnMaps{"pt", []ColumnMap{Spike(0)}})
	if err != nil {
		t.Fatal(err)
	}
	beyond := must(t)(Point(-2).WithColumnNames("pt"))
	if _, _, err := pipeline.Transform(beyond, 0); err == nil || !strings.Contains(err.Error(), `"pt"`) || !strings.Contains(err.Error(), "-2") {
		t.Errorf("of a value beyond the spike the error is %v", err)
	}
}

// A spike's value is rounded as the points are, and printed with as few digits as name it.
func TestSpikeIsAFloat32Value(t *testing.T) {
	p, err := NewPoints(1, []float32{0.1})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := Spike(0.1), Spike(p.At(0, 0)); a != b || a.String() != "data.Spike(0.1)" {
		t.Errorf("the spikes at 0.1 are %v and %v", a, b)
	}
}

func TestNoiseOfLargeWholeNumbersStaysInTheirCells(t *testing.T) {
	var values []float32
	for k := range 4000 {
		values = append(values, float32(2000+50*k), -float32(2000+50*k))
	}
	x, err := NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	p, err := FitPipeline(x, ColumnMaps{Column: "0", Maps: []ColumnMap{Whole}})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		u, _, err := p.Transform(x, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range u.Values() {
			if math.Floor(float64(v)) != float64(values[i]) {
				t.Fatalf("%v with noise is %v", values[i], v)
			}
		}
	}
}

// Counts up to a hundred thousand keep their cells by the logarithm too, though float32 has only some
// ten numbers in a cell there.
func TestLargeCountsStayInTheirCellsByTheLogarithm(t *testing.T) {
	x := drawnColumn(t, 20_000, func(r *rand.Rand) float64 { return math.Floor(math.Exp(11.5 * r.Float64())) })
	for _, maps := range [][]ColumnMap{{Whole, Log}, {Whole, LogAbove(-1)}, {Whole, Asinh(3)}, {Whole, Log, Standardised}} {
		pipeline, err := FitPipeline(x, ColumnMaps{Column: "0", Maps: maps})
		if err != nil {
			t.Fatal(err)
		}
		u, _, err := pipeline.Transform(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := pipeline.InverseTransform(u)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.Len() {
			if back.At(i, 0) != x.At(i, 0) {
				t.Fatalf("%v: %v became %v and comes back as %v", maps, x.At(i, 0), u.At(i, 0), back.At(i, 0))
			}
		}
	}
}

func TestFixedPipelinesAreThoseThatAFitGives(t *testing.T) {
	x := drawnColumn(t, 100, func(r *rand.Rand) float64 { return float64(r.IntN(9)) })
	for _, maps := range [][]ColumnMap{{Whole}, {Whole, Log}, {Whole, Logit(-1, 10), Asinh(3)}, {Angle(0, 9)}, {LogBelow(20)}} {
		columns := ColumnMaps{Column: "0", Maps: maps}
		fitted, err := FitPipeline(x, columns)
		if err != nil {
			t.Fatal(err)
		}
		fixed, err := FixedPipeline(x.Slice(0, 0), columns)
		if err != nil || !reflect.DeepEqual(fixed, fitted) {
			t.Errorf("%v: without data the pipeline is %v, want %v (%v)", maps, fixed, fitted, err)
		}
	}
	whole := ColumnMaps{Column: "0", Maps: []ColumnMap{Whole}}
	for what, columns := range map[string][]ColumnMaps{
		"a fit":       {{Column: "0", Maps: []ColumnMap{Quantile}}},
		"a spike":     {{Column: "0", Maps: []ColumnMap{Spike(0)}}},
		"no column":   {{Column: "mass", Maps: []ColumnMap{Log}}},
		"one twice":   {whole, whole},
		"no map":      {{Column: "0"}},
		"a bad logit": {{Column: "0", Maps: []ColumnMap{Logit(1, 0)}}},
	} {
		if _, err := FixedPipeline(x, columns...); err == nil {
			t.Errorf("%s: there is a fixed pipeline", what)
		}
	}
}

func TestAFilesMapsAreWhatTheirParametersSay(t *testing.T) {
	var read Pipeline
	for _, text := range []string{
		`[{"maps":[{"kind":"logit","parameters":[0,2],"fitted":{"low":0,"high":4}}]}]`,
		`[{"whole":true,"maps":[{"kind":"log","fitted":{"low":-1}}]}]`,
		`[{"maps":[{"kind":"asinh","parameters":[1],"fitted":{"scale":2}}]}]`,
	} {
		if err := read.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func TestAFileHasNoAngleBesideOtherMaps(t *testing.T) {
	var read Pipeline
	for _, text := range []string{
		`[{"whole":true,"maps":[{"kind":"angle","parameters":[0,9],"fitted":{"from":0,"to":9}}]}]`,
		`[{"maps":[{"kind":"angle","parameters":[0,9],"fitted":{"from":0,"to":9}},{"kind":"asinh","parameters":[1],"fitted":{"scale":1}}]}]`,
	} {
		if err := read.UnmarshalJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), "Angle") {
			t.Errorf("%s was read: %v", text, err)
		}
	}
}
