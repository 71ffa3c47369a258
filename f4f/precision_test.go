package f4f_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// rounds reports whether some of the numbers are not float32 numbers. A float32 flow returns only
// float32 numbers.
func rounds(numbers []float64) bool {
	return slices.ContainsFunc(numbers, func(v float64) bool { return float64(float32(v)) != v })
}

func TestAFloat64FlowIsTrainedEvaluatedAndKeptInFloat64(t *testing.T) {
	x := sample(t, left, 300, 5)
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	inFloat64 := func(file string) {
		t.Helper()
		weights, _, err := safetensors.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range weights {
			if w.DType() != dtypes.Float64 && strings.Contains(name, "/weight") {
				t.Errorf("%s is kept as %s", name, w.DType())
			}
		}
	}
	for _, choice := range []string{"go", "xla"} {
		plan := small(t, left).Standardise().KeepBest()
		d32, d := fitted(t, plan), fitted(t, plan.Precision(f4f.Float64).Backend(choice).Store(t.TempDir()))
		if d.Precision() != f4f.Float64 || d32.Precision() != f4f.Float32 || d.Fingerprint() == d32.Fingerprint() {
			t.Errorf("%s: precisions are %s and %s", choice, d32.Precision(), d.Precision())
		}
		logProb := must[[]float64](t)(d.LogProb(x))
		if !rounds(logProb) || rounds(must[[]float64](t)(d32.LogProb(x))) {
			t.Errorf("%s: log-probs are not of their flow's precision: %v", choice, logProb[:3])
		}
		// They were trained alike, from other first weights: the two densities are close, and not
		// the same.
		if off := kl(left, x, logProb) - kl(left, x, must[[]float64](t)(d32.LogProb(x))); math.Abs(off) > 0.1 || off == 0 {
			t.Errorf("%s: the KL to the truth differs by %g between the precisions", choice, off)
		}
		if err := d.Save(path); err != nil {
			t.Fatal(err)
		}
		inFloat64(path)
		loaded := must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))
		for i, p := range must[[]float64](t)(loaded.LogProb(x)) {
			if math.Abs(p-logProb[i]) > 1e-11 { // perhaps on another backend
				t.Fatalf("%s: log-prob %d is %v saved and %v loaded", choice, i, logProb[i], p)
			}
		}
		if a := checked(t, loaded, x); a.Precision != f4f.Float64 || a.RoundTrip.Error > 1e-11 || a.LogDet.Error > 1e-10 {
			t.Error(a)
		}
	}
}

func TestFloat64GoesForTransportsWithAllThatTheyHave(t *testing.T) {
	base := func(s data.Source) f4f.BasePlan { return small(t, s).Precision(f4f.Float64).Epochs(1) }
	plans := []f4f.BetweenPlan{
		f4f.Between(base(left), base(right).Standardise()).Penalty(f4f.L1(0.1).Annealed()).Window(200),
		f4f.Between(base(turned{}).Embedding(3), base(turned{}).Embedding(3)).On(f4f.Difference),
		f4f.Between(base(turned{}), base(lifted{})).On(f4f.Both).Direction(f4f.BothWays).Penalty(f4f.L2(1)),
	}
	for i, p := range plans {
		plans[i] = p.Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Precision(f4f.Float64).Backend("go").Store(store(t))
	}
	transports, err := f4f.FitAll(t.Context(), plans...)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range transports {
		var x data.Points
		if i == 0 {
			x = sample(t, left, 200, 4)
		} else {
			x = sample(t, turned{}, 200, 4)
			g = g.At(data.Point(0.2), data.Point(0.7))
		}
		if g.Precision() != f4f.Float64 || g.Left().Precision() != f4f.Float64 {
			t.Errorf("%s is of %s", g, g.Precision())
		}
		if !rounds(must[[]float64](t)(g.LogProbLeft(x))) || !rounds(must[[]float64](t)(g.LogProb(x))) {
			t.Errorf("%s: log-probs are no better than float32", g)
		}
		if a := checked(t, g, x); len(a.Warnings()) > 0 || a.RoundTrip.Error > 1e-11 {
			t.Error(a)
		}
		path := filepath.Join(t.TempDir(), "transport.safetensors")
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
		if loaded := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path)); loaded.Precision() != f4f.Float64 {
			t.Errorf("%s is loaded in %s", g, loaded.Precision())
		}
	}
	if plan := plans[0].String(); !strings.Contains(plan, `Precision("float64")`) {
		t.Errorf("a plan in float64 prints as %s", plan)
	}
}

func TestAnInterruptedFloat64FitGoesOnBitForBit(t *testing.T) {
	plan := small(t, left).Precision(f4f.Float64)
	whole := fitted(t, plan.Store(t.TempDir()))
	plan = plan.Store(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step > 20 {
			cancel()
		}
	})
	if _, err := plan.Fit(ctx); !errors.Is(err, f4f.ErrInterrupted) {
		t.Fatalf("the error is %v", err)
	}
	resumed, x := fitted(t, plan), sample(t, left, 100, 6)
	if !slices.Equal(must[[]float64](t)(whole.LogProb(x)), must[[]float64](t)(resumed.LogProb(x))) {
		t.Error("densities differ")
	}
}

func TestPrecisionsDontMix(t *testing.T) {
	narrow, wide := small(t, left), small(t, left).Precision(f4f.Float64)
	for name, test := range map[string]struct {
		plan interface{ Fingerprint() (string, error) }
		want string
	}{
		"transport alone":   {f4f.Between(narrow, narrow).Precision(f4f.Float64), `f4f: transport left → left: a transport and its bases must have the same precision, got "float64" between bases of "float32" and "float32": set Precision of each`},
		"bases alone":       {f4f.Between(wide, wide), `got "float32" between bases of "float64" and "float64"`},
		"one base":          {f4f.Between(wide, narrow).Precision(f4f.Float64), `got "float64" between bases of "float64" and "float32"`},
		"no such":           {narrow.Precision("float16"), `f4f: base left: precision must be "float32" or "float64", got "float16"`},
		"none":              {narrow.Precision(""), `precision must be "float32" or "float64", got ""`},
		"no such transport": {smallBetween(t).Precision("bfloat16"), `got "bfloat16" between bases of "float32" and "float32"`},
	} {
		if _, err := test.plan.Fingerprint(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
		}
	}
	d, d64 := fitted(t, narrow), fitted(t, wide)
	if _, err := f4f.BaseTransfer(d, d64); err == nil || !strings.Contains(err.Error(), `left and right must have the same precision, got "float32" and "float64"`) {
		t.Errorf("a transfer of two precisions gives %v", err)
	}
	// A file that has weights of both is damaged.
	path := filepath.Join(t.TempDir(), "mixed.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	weights, texts, err := safetensors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d64.Save(path); err != nil {
		t.Fatal(err)
	}
	others, _, err := safetensors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for name := range weights {
		if strings.HasSuffix(name, "final/bias") {
			weights[name] = others[name]
		}
	}
	delete(texts, "digest") // of names and shapes, which would tell before the weights do
	if err := safetensors.Write(path, weights, texts); err != nil {
		t.Fatal(err)
	}
	if _, err := f4f.LoadDensity(t.Context(), path); !errors.Is(err, f4f.ErrCorrupt) || !strings.Contains(err.Error(), "float64") {
		t.Errorf("a file with weights of both precisions gives %v", err)
	}
}

// XLA and the Go backend compute the same from a trained flow: log-probs, and points there and
// back. They agree to the last digits in float64. In float32 they agree to 1e-5, except for one
// value in a hundred where the flow is so steep that rounding alone exceeds it.
func TestBackendsAgreeOnTrainedFlows(t *testing.T) {
	for precision, limit := range map[f4f.Precision]float64{f4f.Float32: 1e-5, f4f.Float64: 1e-12} {
		agree := func(name string, evaluate func(choice string) [][]float64) {
			t.Helper()
			if !*long && name != "transport" {
				return // each compiles for some seconds, and a transport has two bases besides its own flow
			}
			onGo, onXLA := slices.Concat(evaluate("go")...), slices.Concat(evaluate("xla")...) // the latter from the store
			worst, beyond := 0.0, 0
			for i, v := range onGo {
				off := math.Abs(v-onXLA[i]) / math.Max(1, math.Abs(v))
				if worst = math.Max(worst, off); !(off <= limit) {
					beyond++
				}
			}
			t.Logf("%s, %s: the worst disagreement of %d values is %.2g, %d are beyond %g", name, precision, len(onGo), worst, beyond, limit)
			if !(worst <= 10*limit) || 100*beyond > len(onGo) {
				t.Errorf("%s, %s: backends disagree by %g, and in %d of %d values by more than %g", name, precision, worst, beyond, len(onGo), limit)
			}
		}
		x := sample(t, left, 250, 8)
		values := func(p data.Points, err error) []float64 {
			t.Helper()
			var wide []float64
			for _, v := range must[data.Points](t)(p, err).Values() {
				wide = append(wide, float64(v))
			}
			return wide
		}
		base := func(s data.Source) f4f.BasePlan { return small(t, s).Precision(precision) }
		for name, plan := range map[string]f4f.BasePlan{
			"autoregressive": base(left).Standardise(), "coupling": base(left).LayerKind(f4f.Coupling), "LU": base(left).Mixing(f4f.LULinear),
		} {
			agree(name, func(choice string) [][]float64 {
				d := fitted(t, plan.Backend(choice))
				return [][]float64{must[[]float64](t)(d.LogProb(x)), values(d.Encode(x)), values(d.Decode(x))}
			})
		}
		agree("transport", func(choice string) [][]float64 {
			p := f4f.Between(base(left).Backend(choice), base(right).Backend(choice)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1)
			g := fitted(t, p.Precision(precision).Backend(choice).Store(store(t)))
			return [][]float64{must[[]float64](t)(g.LogProb(x)), must[[]float64](t)(g.LogProbLeft(x)), values(g.Forward(x)), values(g.Inverse(x))}
		})
		points, conditions, err := turned{}.SampleWithConditions(250, 8)
		if err != nil {
			t.Fatal(err)
		}
		agree("among conditions", func(choice string) [][]float64 {
			b := base(turned{}).Embedding(3).Backend(choice)
			g := fitted(t, smallTransport(t, b, b, f4f.Difference).Epochs(1).Precision(precision).Backend(choice)).At(conditions, data.Point(0.5))
			return [][]float64{must[[]float64](t)(g.LogProb(points)), values(g.Forward(points)), values(g.Inverse(points))}
		})
	}
}
