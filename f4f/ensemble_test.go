package f4f_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// rowsOf returns a table of n points of a source.
func rowsOf(t testing.TB, s data.Source, n int) *data.Table {
	t.Helper()
	return data.FromPoints("table of "+s.Name(), sample(t, s, n, 11))
}

// few makes a plan on a table quick to fit.
func few(t testing.TB, s data.Source) f4f.BasePlan { return small(t, s).Layers(1).Epochs(2).Batch(20) }

func fewBetween(t testing.TB, l, r data.Source) f4f.BetweenPlan {
	return f4f.Between(few(t, l), few(t, r)).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(200).Batch(20).Epochs(1).Backend("go").Store(store(t))
}

func TestAnEnsembleIsTheMeanOfItsFlows(t *testing.T) {
	table := rowsOf(t, left, 200)
	plan := few(t, table)
	e := fitted(t, f4f.Ensemble(plan, 3))
	x := sample(t, left, 60, 5)
	each := must[[][]float64](t)(e.LogProbByMember(x))
	mean, spread := must[[]float64](t)(e.LogProb(x)), must[[]float64](t)(e.LogProbSpread(x))
	for i := range mean {
		p, m, v := 0.0, 0.0, 0.0
		for k := range each {
			p += math.Exp(each[k][i]) / 3
			m += each[k][i] / 3
		}
		for k := range each {
			v += (each[k][i] - m) * (each[k][i] - m) / 2
		}
		if math.Abs(math.Log(p)-mean[i]) > 1e-9 || math.Abs(math.Sqrt(v)-spread[i]) > 1e-9 || spread[i] == 0 {
			t.Fatalf("at point %d the flows say %v %v %v, the ensemble %v ± %v", i, each[0][i], each[1][i], each[2][i], mean[i], spread[i])
		}
	}
	// Each flow is that of a plan of its own, found in the store.
	for i, d := range e.Members() {
		alone := fitted(t, plan.Seed(uint64(i)))
		if alone.Fingerprint() != d.Fingerprint() || !slices.Equal(must[[]float64](t)(alone.LogProb(x)), each[i]) {
			t.Errorf("flow %d is not that of Seed(%d)", i, i)
		}
	}
	draws := must[data.Points](t)(e.Sample(7, 4))
	for i, d := range e.Members() { // row i is drawn by flow i mod 3, from the same noise
		own := must[data.Points](t)(d.Sample(7, 4))
		for row := i; row < 7; row += 3 {
			for j, v := range draws.Row(row) {
				if math.Abs(float64(v-own.Row(row)[j])) > 1e-5 {
					t.Errorf("row %d is %v, and flow %d draws %v", row, draws.Row(row), i, own.Row(row))
				}
			}
		}
	}
}

func TestEnsemblesGoUnderConditions(t *testing.T) {
	e := fitted(t, f4f.Ensemble(few(t, turned{}), 2))
	c := must[data.Points](t)(data.Line(data.Point(0.1), data.Point(0.9), 6))
	x := must[data.Points](t)(e.At(c).Sample(6, 1))
	for i, d := range e.Members() {
		own := must[data.Points](t)(d.At(c).Sample(6, 1))
		for row := i; row < 6; row += 2 {
			if math.Abs(float64(x.Row(row)[0]-own.Row(row)[0])) > 1e-5 {
				t.Errorf("row %d isn't drawn under its own condition", row)
			}
		}
	}
	if _, err := e.At(c).Sample(5, 1); err == nil {
		t.Error("5 points are drawn under 6 conditions")
	}
	if _, err := e.LogProb(x); err == nil {
		t.Error("an ensemble under conditions is evaluated without one")
	}
	if _, err := e.At(data.Point(9)).Strict().LogProb(x); err == nil {
		t.Error("a strict ensemble goes beyond the range of its training")
	}
}

func TestBootstrapsDiffer(t *testing.T) {
	// Copies that a bootstrap makes are no fault of the data.
	var events []fit.Event
	table := rowsOf(t, left, 200)
	e, err := f4f.Ensemble(few(t, table), 3).Bootstrap().Fit(listen(&events))
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		for _, note := range event.Notes {
			if strings.Contains(note, "equal another one") {
				t.Errorf("a bootstrap gets the note %q", note)
			}
		}
	}
	x := sample(t, left, 100, 6)
	spread := must[[]float64](t)(e.LogProbSpread(x))
	if slices.Max(spread) == 0 {
		t.Error("bootstraps agree")
	}
	if plan := few(t, table).Bootstrap(2).String(); !strings.Contains(plan, ".Bootstrap(2)") {
		t.Errorf("a plan on a replicate prints as %s", plan)
	}
	if plan := f4f.Ensemble(f4f.Base(table), 3).Bootstrap().String(); plan != "f4f.Ensemble(f4f.Base(table of left), 3).Bootstrap()" {
		t.Errorf("the plan prints as %s", plan)
	}
	// A real copy is told, under a bootstrap too.
	rows := table.Points().Slice(0, 100)
	copies := data.FromPoints("copies", must[data.Points](t)(rows.RepeatEach(2)))
	if notes := fitted(t, few(t, copies).Bootstrap(1)).Notes(); !slices.ContainsFunc(notes, func(note string) bool { return strings.Contains(note, "equal another one") }) {
		t.Errorf("copies in a table are not told: %q", notes)
	}
}

func TestEnsemblesOfTransports(t *testing.T) {
	l, r := rowsOf(t, left, 120), rowsOf(t, right, 120)
	x := sample(t, left, 30, 1)
	for name, e := range map[string]*f4f.TransportEnsemble{
		"by seed":                 fitted(t, f4f.Ensemble(fewBetween(t, l, r), 2)),
		"by bootstrap":            fitted(t, f4f.Ensemble(fewBetween(t, l, r), 2).Bootstrap()),
		"by bootstrap, one table": fitted(t, f4f.Ensemble(fewBetween(t, l, right), 2).Bootstrap()),
	} {
		each := must[[]data.Points](t)(e.ForwardByMember(x))
		y, spread := must[data.Points](t)(e.Forward(x)), must[data.Points](t)(e.ForwardSpread(x))
		for i, v := range y.Values() {
			a, b := float64(each[0].Values()[i]), float64(each[1].Values()[i])
			if math.Abs(float64(v)-(a+b)/2) > 1e-5 || math.Abs(float64(spread.Values()[i])-math.Abs(a-b)/math.Sqrt2) > 1e-5 {
				t.Fatalf("%s: images %v and %v have mean %v and spread %v", name, a, b, v, spread.Values()[i])
			}
		}
		back := must[data.Points](t)(e.Members()[1].Inverse(each[1]))
		if furthest(x, back) > 1e-3 || furthest(must[[]data.Points](t)(e.InverseByMember(each[1]))[1], back) != 0 {
			t.Errorf("%s: a flow doesn't undo itself", name)
		}
		if len(must[[]float64](t)(e.LogProb(y))) != 30 || len(must[[]float64](t)(e.LogProbLeft(x))) != 30 || must[data.Points](t)(e.Inverse(y)).Len() != 30 || must[data.Points](t)(e.InverseSpread(y)).Len() != 30 {
			t.Errorf("%s: there isn't a value for each point", name)
		}
		if on := e.Left().Members()[1]; on != e.Members()[1].Left() || e.Right().Members()[0] != e.Members()[0].Right() {
			t.Errorf("%s: the bases are others", name)
		}
	}
}

func TestEnsemblesAreSavedAndLoadedBitForBit(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "flows.ensemble")
	t.Setenv("GOMLX_BACKEND", "go")
	table, other := rowsOf(t, left, 120), rowsOf(t, right, 120)
	x := table.Points().Slice(0, 50)
	save := func(e interface{ Save(string) error }) {
		t.Helper()
		if err := e.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	same := func(what string, a, b []float64) {
		t.Helper()
		if !slices.Equal(a, b) {
			t.Errorf("%s: loaded it says otherwise", what)
		}
	}
	e := fitted(t, f4f.Ensemble(few(t, table), 2))
	save(e)
	same("ensemble", must[[]float64](t)(e.LogProb(x)), must[[]float64](t)(must[*f4f.DensityEnsemble](t)(f4f.LoadEnsemble[*f4f.DensityEnsemble](ctx, path)).LogProb(x)))
	if _, err := f4f.LoadDensity(ctx, path); err == nil || !strings.Contains(err.Error(), "LoadEnsemble") {
		t.Errorf("a single flow is read from an ensemble's file: %v", err)
	}
	if _, err := f4f.LoadEnsemble[*f4f.TransportEnsemble](ctx, path); err == nil {
		t.Error("an ensemble of densities is read as one of transports")
	}
	if _, err := f4f.LoadEnsemble[*f4f.CrossDensity](ctx, path); err == nil {
		t.Error("an ensemble is read as a cross-fit")
	}
	between := fitted(t, f4f.Ensemble(fewBetween(t, table, other), 2))
	save(between)
	loaded := must[*f4f.TransportEnsemble](t)(f4f.LoadEnsemble[*f4f.TransportEnsemble](ctx, path))
	same("transports", must[[]float64](t)(between.LogProbLeft(x)), must[[]float64](t)(loaded.LogProbLeft(x)))
	cross := fitted(t, f4f.CrossFit(few(t, table), 3))
	save(cross)
	again := must[*f4f.CrossDensity](t)(f4f.LoadEnsemble[*f4f.CrossDensity](ctx, path))
	same("cross-fit", must[[]float64](t)(cross.LogProb(x)), must[[]float64](t)(again.LogProb(x)))
	moved := fitted(t, f4f.CrossFit(fewBetween(t, table, other), 2))
	save(moved)
	if y := must[data.Points](t)(must[*f4f.CrossTransport](t)(f4f.LoadEnsemble[*f4f.CrossTransport](ctx, path)).Forward(x)); !slices.Equal(y.Values(), must[data.Points](t)(moved.Forward(x)).Values()) {
		t.Error("cross-fitted transports: loaded they map otherwise")
	}
	single := filepath.Join(t.TempDir(), "single.safetensors")
	if err := e.Members()[0].Save(single); err != nil {
		t.Fatal(err)
	}
	if _, err := f4f.LoadEnsemble[*f4f.DensityEnsemble](ctx, single); err == nil {
		t.Error("a single flow is read as an ensemble")
	}
}

func TestEnsemblesSayWhatIsWrong(t *testing.T) {
	table, formula := few(t, rowsOf(t, left, 100)), few(t, left)
	three := data.FromPoints("three", sample(t, left, 3, 1))
	for name, err := range map[string]error{
		"one flow":                   second(f4f.Ensemble(table, 1).Fit(t.Context())),
		"fewer than none":            second(f4f.Ensemble(table, -3).Fit(t.Context())),
		"too many":                   second(f4f.Ensemble(table, math.MaxInt).Fit(t.Context())),
		"bootstrap without a table":  second(f4f.Ensemble(formula, 2).Bootstrap().Fit(t.Context())),
		"the same, of transports":    second(f4f.Ensemble(fewBetween(t, left, right), 2).Bootstrap().Fit(t.Context())),
		"no source":                  second(f4f.Ensemble(f4f.Base(nil), 2).Fit(t.Context())),
		"a replicate below 1":        second(table.Bootstrap(-1).Fit(t.Context())),
		"a replicate of a formula":   second(formula.Bootstrap(1).Fit(t.Context())),
		"one fold":                   second(f4f.CrossFit(table, 1).Fit(t.Context())),
		"folds without a table":      second(f4f.CrossFit(formula, 2).Fit(t.Context())),
		"the same, of transports, ":  second(f4f.CrossFit(fewBetween(t, left, right), 2).Fit(t.Context())),
		"folds of no source":         second(f4f.CrossFit(f4f.Base(nil), 2).Fit(t.Context())),
		"folds between no sources":   second(f4f.CrossFit(f4f.Between(f4f.Base(nil), f4f.Base(nil)), 2).Fit(t.Context())),
		"more folds than rows":       second(f4f.CrossFit(few(t, three), 4).Fit(t.Context())),
		"the zero plan":              second(f4f.EnsemblePlan[*f4f.DensityEnsemble]{}.Fit(t.Context())),
		"no file":                    second(f4f.LoadEnsemble[*f4f.CrossTransport](t.Context(), filepath.Join(t.TempDir(), "none"))),
		"points of another width":    second(fitted(t, f4f.Ensemble(table, 2)).LogProb(data.Point(1, 2, 3))),
		"a sample of none":           second(fitted(t, f4f.Ensemble(table, 2)).Sample(0, 1)),
		"cross-fit of another width": second(fitted(t, f4f.CrossFit(table, 2)).LogProb(data.Point(1, 2, 3))),
		"cross-fit of no points":     second(fitted(t, f4f.CrossFit(table, 2)).LogProb(data.Points{})),
	} {
		if err == nil {
			t.Errorf("%s: there is no error", name)
		} else if !strings.HasPrefix(err.Error(), "f4f: ") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestCrossFitsUseFlowsThatHaveNotSeenARow(t *testing.T) {
	const k, n = 3, 120
	table := rowsOf(t, left, n)
	cross := fitted(t, f4f.CrossFit(few(t, table), k))
	x := table.Points()
	of := cross.MemberOf(x)
	sizes := make([]int, k)
	for _, i := range of {
		sizes[i]++
	}
	if slices.Min(sizes) != n/k {
		t.Errorf("folds have %v rows", sizes)
	}
	got := must[[]float64](t)(cross.LogProb(x))
	for i, d := range cross.Members() {
		// The flow is the one of the plan on all rows that other flows are used for.
		var seen []int
		for row := range of {
			if of[row] != i {
				seen = append(seen, row)
			}
		}
		without := data.FromPoints(fmt.Sprintf("%s without fold %d of %d", table.Name(), i+1, k), must[data.Points](t)(x.Pick(seen...)))
		if print := must[string](t)(few(t, without).Fingerprint()); print != d.Fingerprint() {
			t.Errorf("flow %d is not trained on the rows of the other folds", i)
		}
		own := must[[]float64](t)(d.LogProb(x))
		for row := range of {
			if of[row] == i && math.Abs(got[row]-own[row]) > 1e-5 {
				t.Errorf("row %d has %v, and %v by the flow that hasn't seen it", row, got[row], own[row])
			}
		}
	}
	// In another order, and some of them alone, rows keep their flows.
	backwards := make([]int, n/2)
	for i := range backwards {
		backwards[i] = n - 1 - i
	}
	for i, member := range cross.MemberOf(must[data.Points](t)(x.Pick(backwards...))) {
		if member != of[backwards[i]] {
			t.Fatalf("row %d is for flow %d in the table and for flow %d alone", backwards[i], of[backwards[i]], member)
		}
	}
}

func TestCrossFitsOfTransportsAndUnderConditions(t *testing.T) {
	l, r := rowsOf(t, left, 90), rowsOf(t, right, 60)
	cross := fitted(t, f4f.CrossFit(fewBetween(t, l, r), 3))
	x := l.Points()
	y := must[data.Points](t)(cross.Forward(x))
	logs := must[[]float64](t)(cross.LogProbLeft(x))
	for i, g := range cross.Members() {
		own, ownLogs := must[data.Points](t)(g.Forward(x)), must[[]float64](t)(g.LogProbLeft(x))
		for row, member := range cross.MemberOf(x) {
			if member == i && (math.Abs(float64(y.Row(row)[0]-own.Row(row)[0])) > 1e-5 || math.Abs(logs[row]-ownLogs[row]) > 1e-5) {
				t.Errorf("row %d isn't mapped by flow %d", row, i)
			}
		}
		if name := g.String(); !strings.Contains(name, fmt.Sprintf("without fold %d of 3 → ", i+1)) {
			t.Errorf("flow %d is %s", i, name)
		}
	}
	z := must[data.Points](t)(cross.Inverse(r.Points()))
	for i, g := range cross.Members() {
		own := must[data.Points](t)(g.Inverse(r.Points()))
		for row, member := range cross.MemberOfRight(r.Points()) {
			if member == i && math.Abs(float64(z.Row(row)[0]-own.Row(row)[0])) > 1e-5 {
				t.Errorf("row %d of the right isn't mapped by flow %d", row, i)
			}
		}
	}
	if len(must[[]float64](t)(cross.LogProb(y))) != 90 { // images are in no table: any flow
		t.Error("there isn't a log-density for each image")
	}

	points, conditions, err := turned{}.SampleWithConditions(90, 1)
	if err != nil {
		t.Fatal(err)
	}
	table := must[*data.ConditionalTable](t)(data.FromPointsWithConditions("turned", points, conditions))
	d := fitted(t, f4f.CrossFit(few(t, table).Bootstrap(0), 2))
	at := must[[]float64](t)(d.At(conditions).LogProb(points))
	for i, member := range d.Members() {
		own := must[[]float64](t)(member.At(conditions).LogProb(points))
		for row, of := range d.MemberOf(points) {
			if of == i && math.Abs(at[row]-own[row]) > 1e-5 {
				t.Errorf("row %d isn't evaluated by flow %d under its own condition", row, i)
			}
		}
	}
	among := fewBetween(t, table, table).On(f4f.Difference)
	g := fitted(t, f4f.CrossFit(among, 2))
	if y := must[data.Points](t)(g.At(conditions, data.Point(0.5)).Forward(points)); y.Len() != 90 {
		t.Error("there isn't an image for each point")
	}
}

func TestEnsemblesTakeWeights(t *testing.T) {
	x := sample(t, left, 120, 3)
	weights := make([]float64, x.Len())
	for i := range weights {
		weights[i] = 1 + float64(i%3)
		if i%10 == 0 {
			weights[i] = -1
		}
	}
	weighted := must[data.Points](t)(x.WithWeights(weights))
	table := data.FromPoints("weighted", weighted)
	e := fitted(t, f4f.Ensemble(few(t, table), 2).Bootstrap())
	if spread := must[[]float64](t)(e.LogProbSpread(weighted)); slices.Max(spread) == 0 {
		t.Error("bootstraps of weighted rows agree")
	}
	cross := fitted(t, f4f.CrossFit(fewBetween(t, table, data.FromPoints("right", sample(t, right, 120, 4))), 2))
	if y := must[data.Points](t)(cross.Forward(weighted)); !slices.Equal(y.Weights(), weights) {
		t.Error("images have lost the weights of their points")
	}
	both := fitted(t, f4f.Ensemble(fewBetween(t, table, right), 2))
	if y := must[data.Points](t)(both.Forward(weighted)); !slices.Equal(y.Weights(), weights) {
		t.Error("means of images have lost the weights of their points")
	}
}
