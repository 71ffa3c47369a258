package f4f_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/metric"
)

// correlated is a normal distribution of the plane, of unit variances and this correlation.
type correlated float64

func (r correlated) Name() string { return fmt.Sprintf("normal of correlation %g", float64(r)) }
func (r correlated) Dim() int     { return 2 }

func (r correlated) Sample(n int, seed uint64) (data.Points, error) {
	rng, rest := rand.New(rand.NewPCG(seed, 1)), math.Sqrt(1-float64(r*r))
	values := make([]float32, 0, 2*n)
	for range n {
		x := rng.NormFloat64()
		values = append(values, float32(x), float32(float64(r)*x+rest*rng.NormFloat64()))
	}
	return data.NewPoints(2, values)
}

func (r correlated) LogProb(x data.Points) (logs []float64, err error) {
	rest := 1 - float64(r*r)
	for i := range x.Len() {
		a, b := x.At(i, 0), x.At(i, 1)
		logs = append(logs, -(a*a-2*float64(r)*a*b+b*b)/(2*rest)-math.Log(2*math.Pi)-math.Log(rest)/2)
	}
	return logs, nil
}

func (r correlated) Entropy() float64 { return 1 + math.Log(2*math.Pi) + math.Log(1-float64(r*r))/2 }

func TestEveryTransformerLearnsACorrelation(t *testing.T) {
	truth := correlated(0.8)
	for _, transformer := range []f4f.Transformer{f4f.Spline, f4f.Affine} {
		for _, layer := range []f4f.LayerKind{f4f.Autoregressive, f4f.Coupling} {
			t.Run(fmt.Sprintf("%s/%s", transformer, layer), func(t *testing.T) {
				t.Parallel()
				plan := f4f.Base(truth).Transformer(transformer).LayerKind(layer).Layers(2).Hidden(16).Blocks(1).Bins(4).TailBound(5).
					Recipe(f4f.Fast()).Samples(20_000).Batch(100).Epochs(3).LearningRate(3e-3).Backend("xla:cpu").Devices(1).Store(t.TempDir())
				d := fitted(t, plan)
				kl, err := metric.KL(truth, d.LogProb, 20_000, 3)
				if err != nil {
					t.Fatal(err)
				}
				if !(kl.Value < 0.01) {
					t.Errorf("KL to the truth is %v nats", kl)
				}
				t.Logf("KL to the truth is %v nats", kl)
				// The flow goes to a file and back, and points through it there and back.
				file := filepath.Join(t.TempDir(), "flow")
				if err := d.Save(file); err != nil {
					t.Fatal(err)
				}
				again := must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), file))
				x := sample(t, truth, 100, 5)
				back := must[data.Points](t)(d.Decode(must[data.Points](t)(again.Encode(x))))
				for i, v := range x.Values() {
					if math.Abs(float64(v-back.Values()[i])) > 1e-4 {
						t.Fatalf("value %d, %v, comes back as %v", i, v, back.Values()[i])
					}
				}
			})
		}
	}
}

// renamed is a transformer of the user's own: a spline under another name.
type renamed struct{ bijection.Spline }

func TestATransformerOfOnesOwnIsANameInAPlan(t *testing.T) {
	mine := f4f.TransformerFunc("mine", func(a f4f.Architecture) bijection.Transformer {
		return renamed{bijection.Spline{Bins: a.Bins, Bound: a.TailBound}}
	})
	plan := f4f.Base(correlated(0.5)).Hidden(4).Blocks(0).Layers(1).Bins(2).Samples(200).Batch(50).Epochs(1).Backend("go").Store(t.TempDir())
	if got := plan.Transformer(mine).String(); !strings.Contains(got, `.Transformer("mine")`) {
		t.Errorf("the plan reads %s", got)
	}
	d := fitted(t, plan.Transformer(mine))
	file := filepath.Join(t.TempDir(), "flow")
	if err := d.Save(file); err != nil {
		t.Fatal(err)
	}
	if _, err := f4f.LoadDensity(context.Background(), file); err != nil {
		t.Error(err)
	}
	print := func(p f4f.BasePlan) string { return must[string](t)(p.Fingerprint()) }
	if print(plan.Transformer(mine)) == print(plan) || print(plan.Transformer(f4f.Spline)) != print(plan) {
		t.Error("the fingerprint of the default changes with its name, or that of another transformer doesn't")
	}
}

func TestTransformersThatCannotWorkAreErrors(t *testing.T) {
	plan := f4f.Base(correlated(0.5)).Backend("go").Store(t.TempDir())
	of := func(build func(f4f.Architecture) bijection.Transformer) f4f.Transformer {
		return f4f.TransformerFunc("faulty", build)
	}
	for name, r := range map[string]struct {
		transformer func() f4f.Transformer
		want        string
	}{
		"unknown": {func() f4f.Transformer { return "unheard of" }, "TransformerFunc"},
		"taken": {func() f4f.Transformer {
			return f4f.TransformerFunc("spline", func(f4f.Architecture) bijection.Transformer { return nil })
		}, "taken"},
		"nameless": {func() f4f.Transformer { return f4f.TransformerFunc("", nil) }, "name"},
		"nil":      {func() f4f.Transformer { return of(func(f4f.Architecture) bijection.Transformer { return nil }) }, "needs a transformer"},
		"invalid": {func() f4f.Transformer {
			return of(func(f4f.Architecture) bijection.Transformer { return bijection.Spline{} })
		}, "bins"},
		"panics": {func() f4f.Transformer {
			return of(func(f4f.Architecture) bijection.Transformer { panic(errors.New("no")) })
		}, "no"},
	} {
		_, err := plan.Transformer(r.transformer()).Fit(context.Background())
		if err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%s: the error is %v, want one of %q", name, err, r.want)
		}
	}
}
