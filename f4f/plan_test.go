package f4f_test

import (
	"math"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

func TestAPlanChangedInAnyWayIsAnotherFlow(t *testing.T) {
	base := f4f.Base(left)
	prints := map[string]string{}
	add := func(name string, print string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for other, p := range prints {
			if p == print {
				t.Errorf("%s has the fingerprint of %s", name, other)
			}
		}
		prints[name] = print
	}
	for name, p := range map[string]f4f.BasePlan{
		"as it is": base, "epochs": base.Epochs(3), "batch": base.Batch(64), "steps": base.Steps(100_000), "rate": base.LearningRate(1e-4), "warm-up": base.WarmUp(0.2), "decay": base.Beta2(0.98), "paper": base.Recipe(f4f.Paper()), "clip": base.ClipNorm(1), "points": base.Samples(1000),
		"validation": base.Validation(0.2), "early stop": base.EarlyStop(2), "best": base.KeepBest(), "seed": base.Seed(1), "coupling": base.LayerKind(f4f.Coupling),
		"layers": base.Layers(3), "permutation": base.Mixing(f4f.Permutation), "bins": base.Bins(9), "bound": base.TailBound(5), "hidden": base.Hidden(64),
		"blocks": base.Blocks(1), "identity": base.IdentityStart(), "at random": base.NearIdentity(0), "nearer": base.NearIdentity(0.2), "standardised": base.Standardise(), "source": f4f.Base(right),
		"name alone": f4f.Base(normal{"another name", left.mean, left.std}), "density alone": f4f.Base(normal{left.name, left.mean, []float64{0.5, 0.81}}),
	} {
		print, err := p.Fingerprint()
		add("base "+name, print, err)
	}
	between := f4f.Between(base, f4f.Base(right))
	price := func(x, y *Node) *Node { return ReduceSum(Abs(Sub(x, y)), -1) }
	conditional := f4f.Base(turned{})
	for name, p := range map[string]f4f.BasePlan{"as it is": conditional, "embedding": conditional.Embedding(4), "wider": conditional.Embedding(5)} {
		print, err := p.Fingerprint()
		add("conditional base "+name, print, err)
	}
	for name, p := range map[string]f4f.BetweenPlan{
		"as it is": between, "the other way": f4f.Between(f4f.Base(right), base), "another base": f4f.Between(base.Seed(2), f4f.Base(right)), "forward": between.Direction(f4f.ForwardOnly),
		"by epochs": between.Direction(f4f.ByEpochs(2)), "by more": between.Direction(f4f.ByEpochs(3)), "L1": between.Penalty(f4f.L1(1)), "less": between.Penalty(f4f.L1(0.5)),
		"L2": between.Penalty(f4f.L2(1)), "annealed": between.Penalty(f4f.L1(1).Annealed()), "both": between.Penalty(f4f.L1(1)).Penalty(f4f.L2(1)),
		"own": between.Penalty(f4f.PenaltyFunc("mine", 1, price)), "penalty only": between.Penalty(f4f.L1(1)).PenaltyOnly(), "epochs": between.Epochs(3),
	} {
		print, err := p.Fingerprint()
		add("between "+name, print, err)
	}
	// Where a plan runs and is kept makes no other flow of it.
	want := prints["base as it is"]
	for _, p := range []f4f.BasePlan{base, base.Store("elsewhere"), base.Backend("go"), base.Window(500), base.Devices(2), base.Epochs(2), base.LearningRate(1e-3), base.Recipe(f4f.Fast()), base.Epochs(3).Recipe(f4f.Default())} {
		if got, err := p.Fingerprint(); err != nil || got != want {
			t.Errorf("%s has another fingerprint, or the error %v", p, err)
		}
	}
}

func TestPlansFromOnePlanShareNothing(t *testing.T) {
	p := f4f.Between(f4f.Base(left), f4f.Base(right)).Penalty(f4f.L1(1))
	a, b := p.Penalty(f4f.L2(2)), p.Penalty(f4f.L2(3))
	if strings.Contains(a.String(), "L2(3)") || !strings.Contains(b.String(), "L2(3)") || strings.Contains(p.String(), "L2") {
		t.Errorf("plans are %s, %s and %s", p, a, b)
	}
}

func TestAPlanPrintsAsTheCodeThatMakesIt(t *testing.T) {
	p := f4f.Between(f4f.Base(left).Epochs(3).Standardise(), f4f.Base(right).LayerKind(f4f.Coupling)).Penalty(f4f.L1(1).Annealed()).Direction(f4f.ByEpochs(5)).Seed(4)
	want := `f4f.Between(f4f.Base(left).Epochs(3).Standardise(), f4f.Base(right).LayerKind("coupling")).Seed(4).Direction(f4f.ByEpochs(5)).Penalty(f4f.L1(1).Annealed())`
	if got := p.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	base := f4f.Base(left)
	for want, p := range map[string]f4f.BasePlan{
		"f4f.Base(left)":                                          base.Recipe(f4f.Paper()).Recipe(f4f.Default()),
		"f4f.Base(left).Recipe(f4f.Paper())":                      base.Recipe(f4f.Paper()),
		"f4f.Base(left).Recipe(f4f.Paper()).Epochs(3).Seed(2)":    base.Recipe(f4f.Paper()).Epochs(3).Seed(2),
		"f4f.Base(left).Recipe(f4f.Paper()).Steps(5000)":          base.Recipe(f4f.Paper()).Steps(5000),
		"f4f.Base(left).Steps(5000)":                              base.Epochs(3).Steps(5000),
		`f4f.Base(left).Backend("xla").Window(500).Devices(2)`:    base.Devices(2).Window(500).Backend("xla"),
		"f4f.Base(left).Recipe(f4f.Fast())":                       base.Recipe(f4f.Fast()).Batch(128),
		"f4f.Base(left).Recipe(f4f.Fast()).Epochs(3).ClipNorm(1)": base.Recipe(f4f.Fast()).Epochs(3).ClipNorm(1),
		"f4f.Base(left).LearningRate(0.0015).Beta2(0.98)":         base.Beta2(0.98).LearningRate(1.5e-3),
		"f4f.Base(left).Epochs(2).WarmUp(0.2)":                    base.Epochs(2).WarmUp(0.2),
		"f4f.Base(left).NearIdentity(0.5)":                        base.IdentityStart().NearIdentity(0.5),
		"f4f.Base(left).IdentityStart()":                          base.NearIdentity(0.5).IdentityStart(),
		"f4f.Base(left).Recipe(f4f.Fast()).IdentityStart()":       base.Recipe(f4f.Fast()).IdentityStart(),
		"f4f.Base(left).Recipe(f4f.Fast()).NearIdentity(0)":       base.Recipe(f4f.Fast()).NearIdentity(0), // at random
		"f4f.Base(left).Recipe(f4f.Fast()).LearningRate(0.01)":    base.Seed(3).Recipe(f4f.Fast()).LearningRate(0.01),
	} {
		if got := p.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// given is a source that draws the same values every time.
type given struct {
	normal
	values []float32
}

func (s given) Sample(n int, _ uint64) (data.Points, error) {
	return data.NewPoints(2, s.values[:2*n])
}

func TestPlansThatCannotWorkAreRefusedByName(t *testing.T) {
	base := small(t, left)
	between := smallBetween(t)
	three := small(t, normal{"three", make([]float64, 3), []float64{1, 1, 1}})
	twoStarts := f4f.Paper()
	twoStarts.IdentityStart, twoStarts.NearIdentity = true, 0.3
	nan := make([]float32, 4400)
	nan[600+7] = float32(math.NaN())
	for name, test := range map[string]struct {
		plan interface{ Fingerprint() (string, error) }
		want string
	}{
		"no source":         {f4f.Base(nil), "f4f: a base needs a source of points, got none"},
		"a penalty's name":  {between.Penalty(f4f.PenaltyFunc("L1", 1, func(x, _ *Node) *Node { return ReduceSum(x, -1) })), `the name of a PenaltyFunc must differ from L1 and L2, which are taken, got "L1"`},
		"no epochs":         {base.Epochs(0), "f4f: base left: epochs must be at least 1, got 0"},
		"negative epochs":   {base.Epochs(-1), "f4f: base left: epochs must be at least 1, got -1"},
		"no batch":          {base.Batch(-1), "f4f: base left: batch must be at least 1 (0 for the default), got -1"},
		"embedding":         {base.Embedding(-1), "f4f: base left: embedding must be at least 1 feature wide (0 for none), got -1"},
		"embedding nothing": {base.Embedding(4), "f4f: base left: an embedding of 4 features needs a condition to embed, and there is none"},
		"bins":              {base.Bins(1), "spline bins must be at least 2, got 1"},
		"negative bins":     {base.Bins(-8), "spline bins must be at least 2, got -8"},
		"too many bins":     {base.Bins(1000), "spline minimum width must be above 0 and below 1/bins"},
		"layers":            {base.Layers(0), "f4f: base left: layers must be at least 1 and at most 1000, got 0"},
		"hidden":            {base.Hidden(0), "hidden units must be at least 1, got 0"},
		"blocks":            {base.Blocks(-1), "residual blocks must be at least 0, got -1"},
		"bound":             {base.TailBound(0), "tail bound must be positive and finite, got 0"},
		"bound infinite":    {base.TailBound(math.Inf(1)), "tail bound must be positive and finite, got +Inf"},
		"rate":              {base.LearningRate(-1), "learning rate must be positive and finite, got -1"},
		"warm-up":           {base.WarmUp(-0.1), "warm-up must be a share of the training of at least 0 (0 for none) and below 1, got -0.1"},
		"nearer than near":  {base.NearIdentity(-0.1), "a start near the identity must be at least 0 (0 for none) and finite, got -0.1"},
		"two starts":        {between.Recipe(twoStarts), "a start is either the identity or near it, got both, near it by 0.3"},
		"decay":             {between.Beta2(math.NaN()), "the second decay of Adam must be at least 0 (0 means 0.999) and below 1, got NaN"},
		"no recipe":         {base.Recipe(f4f.Recipe{}), "training points must be at least 1, got 0"},
		"clip":              {base.ClipNorm(math.NaN()), "gradient clipping must be at least 0 (0 for none), got NaN"},
		"points":            {base.Samples(0), "training points must be at least 1, got 0"},
		"validation":        {base.Validation(1), "validation share must be at least 0 and below 1, got 1"},
		"best without":      {base.Validation(0).KeepBest(), "need a validation share above 0"},
		"window":            {base.Window(-1), "f4f: base left: window must be 0 (for all points at once) or at least 50 points, 1 times the batch, got -1"},
		"window of turns":   {between.Window(99), "f4f: transport left → right: window must be 0 (for all points at once) or at least 100 points, 2 times the batch, got 99"},
		"devices":           {base.Devices(-1), "f4f: base left: devices must be at least 1 (0 for as many as pay), got -1"},
		"uneven batch":      {base.Devices(4), "f4f: base left: a batch is shared out to 4 devices and must be a multiple of 4, got 50"},
		"uneven pairs":      {f4f.Between(small(t, turned{}), small(t, turned{})).On(f4f.Difference).Batch(50).Devices(2), "a batch is paired up and shared out to 2 devices and must be a multiple of 4, got 50"},
		"layer":             {base.LayerKind("wavelet"), `layer must be "autoregressive" or "coupling", or one that LayerFunc has registered before, got "wavelet"`},
		"mixing":            {base.Mixing("shaken"), `mixing must be Reversal, Permutation, LULinear or InOrder, got "shaken"`},
		"unequal dimension": {f4f.Between(base, three), "f4f: transport left → three: left and right must have the same dimension, got 2 and 3"},
		"conditional":       {f4f.Between(base, small(t, turned{})), "need On: Difference, Both or Shared"},
		"bad left":          {f4f.Between(base.Bins(0), base), "(left)"},
		"direction":         {between.Direction(f4f.Direction{}), "direction must be Alternate"},
		"by no epochs":      {between.Direction(f4f.ByEpochs(0)), "ByEpochs must be at least 1 epoch, got 0"},
		"penalty weight":    {between.Penalty(f4f.L1(-1)), "the weight of penalty L1 must be at least 0 and finite, got -1"},
		"penalty empty":     {between.Penalty(f4f.Penalty{}), "a penalty needs a name and a function"},
		"penalty only":      {between.PenaltyOnly(), "PenaltyOnly needs a penalty, got none"},
	} {
		if _, err := test.plan.Fingerprint(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
		}
	}
	for name, test := range map[string]struct {
		plan f4f.BasePlan
		want string
	}{
		"few points":      {base.Samples(40), "f4f: left: a batch of 50 needs at least as many training points, got 40 (besides 4 for validation): set Batch lower"},
		"NaN in the data": {small(t, given{left, nan}).Samples(2000), "row 303, column 1 is NaN"},
		"NaN in a table":  {small(t, data.FromPoints("table", must[data.Points](t)(data.NewPoints(2, nan)))), "row 303, column 1 is NaN"},
		"devices of Go":   {base.Devices(2), "training on 2 devices needs XLA, got the backend \"Go Backend\""},
		"too many":        {base.Devices(25).Backend("xla:cpu,devices=4"), "devices must be at most the 4 that the backend has, got 25"},
		"unknown backend": {base.Backend("tpu9"), "tpu9"},
		"unwritable":      {base.Store("/dev/null/store"), "the store can't be written"},
	} {
		if d, err := test.plan.Fit(t.Context()); d != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v and the error %v, want one with %q", name, d, err, test.want)
		}
	}
}

// counted counts how often a source is drawn from with seed 0, as it is to be identified.
type counted struct {
	turned
	times *atomic.Int32
}

func (s counted) SampleWithConditions(n int, seed uint64) (x, c data.Points, err error) {
	if seed == 0 {
		s.times.Add(1)
	}
	return s.turned.SampleWithConditions(n, seed)
}

// Drawing from a source may take long. A fit identifies it once for each side, whether it trains or
// loads; so does FitAll.
func TestAFitIdentifiesItsSourceOnceForEachSide(t *testing.T) {
	var times atomic.Int32
	base := small(t, counted{times: &times}).Seed(1) // whose training data have another seed
	plan := f4f.Between(base, base).On(f4f.Difference).Layers(2).Hidden(12).Blocks(1).Samples(2000).Batch(50).Epochs(1).Backend("go").Store(store(t)).Seed(1)
	for what, fit := range map[string]func() error{
		"Fit":    func() error { _, err := plan.Fit(t.Context()); return err },
		"FitAll": func() error { _, err := f4f.FitAll(t.Context(), plan); return err },
	} {
		times.Store(0)
		if err := fit(); err != nil {
			t.Fatal(err)
		}
		if n := times.Load(); n != 2 {
			t.Errorf("%s identifies the source %d times, want 2", what, n)
		}
	}
}
