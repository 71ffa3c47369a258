package data

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// drawnColumn returns n values of one column, by a function of a random generator.
func drawnColumn(t *testing.T, n int, draw func(r *rand.Rand) float64) Points {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(draw(r))
	}
	p, err := NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	p, err = p.WithColumnNames("pt")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cauchy(r *rand.Rand) float64    { return math.Tan(math.Pi * (r.Float64() - 0.5)) }
func lognormal(r *rand.Rand) float64 { return math.Exp(2 * r.NormFloat64()) }

// atAnEnd is Beta(⅓, 1), whose density has a pole at 0.
func atAnEnd(r *rand.Rand) float64 { return math.Pow(1-r.Float64(), 3) }

// mappedColumns are columns with maps that suit them.
var mappedColumns = []struct {
	name string
	draw func(r *rand.Rand) float64
	maps []ColumnMap
}{
	{"log", lognormal, []ColumnMap{Log}},
	{"log above", func(r *rand.Rand) float64 { return 20 + r.ExpFloat64() }, []ColumnMap{LogAbove(19.9)}},
	{"log below", func(r *rand.Rand) float64 { return -r.ExpFloat64() }, []ColumnMap{LogBelow(0.01), Quantile}},
	{"logit", atAnEnd, []ColumnMap{Logit(-1e-9, 1+1e-6)}},
	{"asinh", cauchy, []ColumnMap{Asinh(0.5)}},
	{"standardised", (*rand.Rand).ExpFloat64, []ColumnMap{Standardised}},
	{"robust", cauchy, []ColumnMap{Robust}},
	{"quantile", (*rand.Rand).ExpFloat64, []ColumnMap{Quantile}},
	{"log, quantile", lognormal, []ColumnMap{Log, Quantile}},
	{"robust, asinh, quantile", cauchy, []ColumnMap{Robust, Asinh(1), Quantile}},
	{"logit, standardised", func(r *rand.Rand) float64 { return 1 + r.ExpFloat64() }, []ColumnMap{Logit(0, 1000), Standardised}},
}

// reread returns a pipeline written as JSON and read again, and the text.
func reread(t *testing.T, written Pipeline) (read Pipeline, text []byte) {
	t.Helper()
	text, err := json.Marshal(written)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read, text
}

func TestAPipelineIsUndoneAndItsLogDetIsThatOfTheMap(t *testing.T) {
	for _, test := range mappedColumns {
		t.Run(test.name, func(t *testing.T) {
			p := drawnColumn(t, 1000, test.draw)
			pipeline, err := FitPipeline(p, ColumnMaps{"pt", test.maps})
			if err != nil {
				t.Fatal(err)
			}
			read, text := reread(t, pipeline)
			if again, err := json.Marshal(read); err != nil || string(again) != string(text) {
				t.Errorf("written and read, %s is %s: %v", text, again, err)
			}
			u, logDets, err := read.Transform(p, 0)
			if err != nil {
				t.Fatal(err)
			}
			x, back, err := pipeline.InverseTransform(u)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(x.ColumnNames(), p.ColumnNames()) {
				t.Errorf("the columns are %q", x.ColumnNames())
			}
			low, high := pipeline.columns[0].domain()
			sum := 0.0
			for i := range p.Len() {
				v := p.At(i, 0)
				// The derivative by differences, in float64.
				step := 1e-5 * math.Min(math.Max(math.Abs(v), 1e-12), math.Min(v-low, high-v))
				up, down := through(pipeline, v+step), through(pipeline, v-step)
				if want := math.Log((up - down) / (2 * step)); math.Abs(want-logDets[i]) > 2e-4 {
					t.Fatalf("at %v the log-det is %g, by differences %g", v, logDets[i], want)
				}
				// u is rounded to float32, which the inverse magnifies by its derivative.
				rounding := Float32Step(u.At(i, 0))*math.Exp(-logDets[i]) + 2*Float32Step(v)
				if off := math.Abs(x.At(i, 0) - v); off > 4*rounding {
					t.Fatalf("%v comes back as %v, off by %g", v, x.At(i, 0), off)
				}
				if math.Abs(back[i]+logDets[i]) > 1e-3 {
					t.Fatalf("at %v the log-dets are %g and %g", v, logDets[i], back[i])
				}
				sum += u.At(i, 0)
			}
			if last := test.maps[len(test.maps)-1]; last == Quantile && math.Abs(sum/float64(p.Len())) > 0.02 {
				t.Errorf("the mean is %g", sum/float64(p.Len()))
			}
		})
	}
}

// through returns what the maps of the first column make of a value.
func through(t Pipeline, v float64) float64 {
	for _, m := range t.columns[0].maps {
		v, _ = m.forward(v)
	}
	return v
}

// TestQuantileIsCloseToTheMapToTheNormal: of N values, the density that a standard normal one gives
// through the map is nearly that of the values.
func TestQuantileGivesNearlyTheDensityOfTheValues(t *testing.T) {
	p := drawnColumn(t, 10_000, lognormal)
	pipeline, err := FitPipeline(p, ColumnMaps{"pt", []ColumnMap{Log, Quantile}})
	if err != nil {
		t.Fatal(err)
	}
	fresh := drawnColumn(t, 60_000, lognormal).Slice(10_000, 60_000)
	u, logDets, err := pipeline.Transform(fresh, 0)
	if err != nil {
		t.Fatal(err)
	}
	kl := 0.0
	for i := range fresh.Len() {
		l := math.Log(fresh.At(i, 0))
		kl += logGaussian(l, 2) - l - logGaussian(u.At(i, 0), 1) - logDets[i]
	}
	if kl /= float64(fresh.Len()); kl < -0.003 || kl > 0.006 {
		t.Errorf("the KL is %g nats", kl)
	}
}

// TestNoValueLeavesTheSupport: whatever a flow makes, the way out ends inside.
func TestNoValueLeavesTheSupport(t *testing.T) {
	extremes := []float32{-1e30, -1e4, -120, -50, -20, 0, 20, 50, 88}
	u, err := NewPoints(1, extremes)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		maps      []ColumnMap
		draw      func(r *rand.Rand) float64
		low, high float64
	}{
		{[]ColumnMap{Log}, lognormal, 0, math.Inf(1)},
		{[]ColumnMap{Log, Quantile}, lognormal, 0, math.Inf(1)},
		{[]ColumnMap{LogAbove(20)}, func(r *rand.Rand) float64 { return 20.001 + r.ExpFloat64() }, 20, math.Inf(1)},
		{[]ColumnMap{LogBelow(0.1), Quantile}, func(r *rand.Rand) float64 { return -r.ExpFloat64() }, math.Inf(-1), 0.1},
		{[]ColumnMap{Logit(0, 1)}, atAnEnd, 0, 1},
		{[]ColumnMap{Logit(0, 0.1), Standardised}, func(r *rand.Rand) float64 { return 0.1 * (1 - r.Float64()) * 0.999 }, 0, 0.1},
		{[]ColumnMap{Logit(-1e9, 1e9), Quantile}, cauchy, -1e9, 1e9},
	} {
		pipeline, err := FitPipeline(drawnColumn(t, 100, test.draw), ColumnMaps{"pt", test.maps})
		if err != nil {
			t.Fatal(err)
		}
		x, _, err := pipeline.InverseTransform(u)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range x.Values() {
			if !(float64(v) > test.low && float64(v) < test.high) && !math.IsInf(float64(v), 0) {
				t.Errorf("%v: %v comes out as %v", test.maps, extremes[i], v)
			}
			if _, _, err := pipeline.Transform(x.Slice(i, i+1), 0); err != nil && !math.IsInf(float64(v), 0) {
				t.Errorf("%v: %v comes out as %v, which doesn't go in: %v", test.maps, extremes[i], v, err)
			}
		}
	}
}

func TestPipelineErrorsNameColumnRowValueAndInterval(t *testing.T) {
	p, err := NewPoints(2, []float32{0.5, 3, 0.25, 3, 1, 4, 0.75, 5})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.WithColumnNames("share", "count"); err != nil {
		t.Fatal(err)
	}
	constant, err := NewPoints(1, []float32{2, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		points  Points
		columns []ColumnMaps
		says    []string
	}{
		{"no such column", p, []ColumnMaps{{"pt", []ColumnMap{Log}}}, []string{`"pt"`, `"share"`, `"count"`}},
		{"a number beyond the columns", p, []ColumnMaps{{"7", []ColumnMap{Log}}}, []string{`"share"`}},
		{"twice", p, []ColumnMaps{{"share", []ColumnMap{Log}}, {"share", []ColumnMap{Log}}}, []string{`"share"`, "twice"}},
		{"no map", p, []ColumnMaps{{"share", nil}}, []string{`"share"`}},
		{"the zero map", p, []ColumnMaps{{"share", []ColumnMap{{}}}}, []string{`"share"`}},
		{"at an end", p, []ColumnMaps{{"share", []ColumnMap{Logit(0, 1)}}}, []string{"row 2", `"share"`, "is 1", "0 and 1"}},
		{"after another", p, []ColumnMaps{{"share", []ColumnMap{Standardised, Log}}}, []string{"row 0", `"share"`, "is 0.5", "0 and +Inf"}},
		{"ends in the wrong order", p, []ColumnMaps{{"share", []ColumnMap{Logit(1, 0)}}}, []string{`"share"`, "1 and 0"}},
		{"no scale", p, []ColumnMaps{{"share", []ColumnMap{Asinh(0)}}}, []string{`"share"`, "0"}},
		{"too few rows", p, []ColumnMaps{{"share", []ColumnMap{Quantile}}}, []string{`"share"`, "20", "4"}},
		{"one row", p.Slice(0, 1), []ColumnMaps{{"share", []ColumnMap{Log}}}, []string{`"share"`, "1"}},
		{"constant", constant, []ColumnMaps{{"0", []ColumnMap{Standardised}}}, []string{"column 0", "2"}},
		{"constant in the middle", drawnColumn(t, 100, func(r *rand.Rand) float64 { return max(r.NormFloat64(), 0) * float64(r.IntN(2)) }),
			[]ColumnMaps{{"pt", []ColumnMap{Robust}}}, []string{`"pt"`, "Spike"}},
	} {
		_, err := FitPipeline(test.points, test.columns...)
		if err == nil {
			t.Errorf("%s: there is no error", test.name)
			continue
		}
		for _, want := range test.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error lacks %q: %v", test.name, want, err)
			}
		}
	}
	fitted, err := FitPipeline(p.Slice(0, 2), ColumnMaps{"share", []ColumnMap{Logit(0, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fitted.Transform(p, 0); err == nil || !strings.Contains(err.Error(), "row 2") || !strings.Contains(err.Error(), `"share"`) {
		t.Errorf("of a value at the end the error is %v", err)
	}
}

func TestColumnMapsReadAsTheCodeThatMakesThem(t *testing.T) {
	c := ColumnMaps{"pt", []ColumnMap{Log, Logit(0, 0.1), Asinh(2), Standardised, Robust, Quantile}}
	if got, want := c.String(), `"pt", data.Log, data.Logit(0, 0.1), data.Asinh(2), data.Standardised, data.Robust, data.Quantile`; got != want {
		t.Errorf("it reads %s, not %s", got, want)
	}
}

// FuzzReadPipeline: a pipeline's JSON is refused, or read as a pipeline that maps without a panic.
//
//	go test ./data -run XXX -fuzz FuzzReadPipeline
func FuzzReadPipeline(f *testing.F) {
	for _, test := range mappedColumns {
		r := rand.New(rand.NewPCG(1, 2))
		values := make([]float32, 100)
		for i := range values {
			values[i] = float32(test.draw(r))
		}
		p, err := NewPoints(1, values)
		if err != nil {
			f.Fatal(err)
		}
		pipeline, err := FitPipeline(p, ColumnMaps{"0", test.maps})
		if err != nil {
			f.Fatal(err)
		}
		text, err := json.Marshal(pipeline)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{"", "null", "[]", "[null]", `[{"maps":[{"kind":"log"}]}]`, `[{"maps":[{"kind":"quantile","fitted":{"x":[0,1,1e-320],"y":[0,1,2]}}]}]`, `[{"maps":[{"kind":"quantile","fitted":null}]}]`, `[{"spike":{"at":0,"share":0.5,"side":1,"place":-1e300}}]`, `[{"spike":{},"whole":true}]`,
		`[{"maps":[{"kind":"angle","parameters":[0,360],"fitted":{"from":0,"to":360}}]}]`} {
		f.Add(text)
	}
	u, err := NewPoints(1, []float32{-1e30, -3, 0, 0.5, 3, 1e30})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var pipeline Pipeline
		if err := json.Unmarshal([]byte(text), &pipeline); err != nil {
			return
		}
		written, err := json.Marshal(pipeline)
		if err != nil {
			t.Fatal(err)
		}
		var again Pipeline
		if err := json.Unmarshal(written, &again); err != nil || !reflect.DeepEqual(pipeline, again) {
			t.Fatalf("%s isn't read as it was written: %v", written, err)
		}
		_ = pipeline.String()
		if pipeline.Dim() == 1 {
			if _, _, err := pipeline.InverseTransform(u); err != nil {
				t.Fatal(err)
			}
			_, _, _ = pipeline.Transform(u, 0)
		}
	})
}

func TestDerivativesOfAPipelineAreThoseOfItsMaps(t *testing.T) {
	for _, test := range mappedColumns {
		p := drawnColumn(t, 500, test.draw)
		pipeline, err := FitPipeline(p, ColumnMaps{"pt", test.maps})
		if err != nil {
			t.Fatal(err)
		}
		_, logDets, err := pipeline.Transform(p, 0)
		if err != nil {
			t.Fatal(err)
		}
		logSlopes, bends, err := pipeline.Derivatives(p)
		if err != nil || !slices.Equal(logSlopes, logDets) {
			t.Errorf("%s: the logarithms of the derivatives are not the log-dets, %v", test.name, err)
		}
		low, high := pipeline.columns[0].domain()
		off := 0
		for i := range p.Len() {
			// By another step, and one-sided differences that agree unless a knot lies between.
			v, step := p.At(i, 0), math.Min(1e-5*math.Exp(-logSlopes[i]), 1e-4*math.Min(p.At(i, 0)-low, high-p.At(i, 0)))
			above := (pipeline.columns[0].logSlope(v+step) - logSlopes[i]) / step
			below := (logSlopes[i] - pipeline.columns[0].logSlope(v-step)) / step
			if scale := 1 + math.Abs(above) + math.Abs(below); !(math.Abs(bends[i]-(above+below)/2) < 1e-2*scale) {
				off++
			}
		}
		if off > 10 {
			t.Errorf("%s: %d of 500 second derivatives are off", test.name, off)
		}
	}
	two, err := NewPoints(1, []float32{1, 2, 3, 1})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := FitPipeline(two, ColumnMaps{"0", []ColumnMap{Whole}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := whole.Derivatives(two); err == nil {
		t.Error("whole numbers have derivatives")
	}
	if _, _, err := whole.Derivatives(six); err == nil {
		t.Error("points of another dimension have derivatives")
	}
}
