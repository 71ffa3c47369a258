package f4f_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// normal is a normal distribution of independent features, a source whose density every test can
// check by hand.
type normal struct {
	name      string
	mean, std []float64
}

func (s normal) Name() string { return s.name }
func (s normal) Dim() int     { return len(s.mean) }

func (s normal) Sample(n int, seed uint64) (data.Points, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, 0, n*s.Dim())
	for range n {
		for j, m := range s.mean {
			values = append(values, float32(m+s.std[j]*rng.NormFloat64()))
		}
	}
	return data.NewPoints(s.Dim(), values)
}

func (s normal) logDensity(x []float32) (sum float64) {
	for j, v := range x {
		u := (float64(v) - s.mean[j]) / s.std[j]
		sum -= u*u/2 + math.Log(s.std[j]) + math.Log(2*math.Pi)/2
	}
	return sum
}

// turned is a normal distribution of two features with mean (2·c, 0) under a condition c, uniform
// on [0, 1].
type turned struct{}

func (turned) Name() string      { return "turned" }
func (turned) Dim() int          { return 2 }
func (turned) ConditionDim() int { return 1 }

func (s turned) Sample(n int, seed uint64) (data.Points, error) {
	x, _, err := s.SampleWithConditions(n, seed)
	return x, err
}

func (turned) SampleWithConditions(n int, seed uint64) (x, c data.Points, err error) {
	rng := rand.New(rand.NewPCG(seed, 2))
	var xs, cs []float32
	for range n {
		u := rng.Float64()
		cs = append(cs, float32(u))
		xs = append(xs, float32(2*u+0.3*rng.NormFloat64()), float32(0.3*rng.NormFloat64()))
	}
	if x, err = data.NewPoints(2, xs); err != nil {
		return x, c, err
	}
	c, err = data.NewPoints(1, cs)
	return x, c, err
}

func (turned) Given(c []float32) (data.Source, error) {
	return normal{"turned at one condition", []float64{2 * float64(c[0]), 0}, []float64{0.3, 0.3}}, nil
}

var (
	left  = normal{"left", []float64{-1, 0.5}, []float64{0.5, 0.8}}
	right = normal{"right", []float64{1, -0.5}, []float64{0.7, 0.4}}
)

// small makes a plan quick to fit: a small flow on the Go backend, which compiles nothing.
func small(t testing.TB, source data.Source) f4f.BasePlan {
	return f4f.Base(source).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).LearningRate(5e-3).Epochs(2).Backend("go").Store(store(t))
}

func smallBetween(t testing.TB) f4f.BetweenPlan {
	return f4f.Between(small(t, left), small(t, right)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).LearningRate(5e-3).Epochs(2).Backend("go").Store(store(t))
}

// storeVariable is the environment variable that names the store's folder.
const storeVariable = "F4F_STORE"

// store returns one folder for a test and all its plans.
func store(t testing.TB) string {
	t.Helper()
	folder, ok := stores[t.Name()]
	if !ok {
		folder = filepath.Join(t.TempDir(), "store")
		stores[t.Name()] = folder
	}
	return folder
}

var stores = map[string]string{}

func fitted[T any](t testing.TB, plan interface {
	Fit(context.Context) (T, error)
}) T {
	t.Helper()
	flow, err := plan.Fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

func sample(t testing.TB, s data.Source, n int, seed uint64) data.Points {
	t.Helper()
	x, err := s.Sample(n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// must returns a function that returns the value of a call, and fails the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// furthest returns the largest difference between features.
func furthest(x, y data.Points) float64 {
	worst := 0.0
	for i, v := range x.Values() {
		worst = math.Max(worst, math.Abs(float64(v-y.Values()[i])))
	}
	return worst
}

// kl returns the mean of log p − log q over points of p, in nats.
func kl(s normal, x data.Points, logQ []float64) (mean float64) {
	for i, q := range logQ {
		mean += (s.logDensity(x.Row(i)) - q) / float64(x.Len())
	}
	return mean
}

// listen returns a context that collects the events of a fit.
func listen(events *[]fit.Event) context.Context {
	return f4f.WithEvents(context.Background(), func(e fit.Event) { *events = append(*events, e) })
}
