package f4f_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// These tests compare a plan that maps columns with one whose data are mapped by hand. Both train
// the same flow, bit for bit, and what they return differs by the maps.

// mappedByHand returns a table of n log-normal points with their conditions, which are positive,
// and a table of their logarithms. The features are called "pt" and "mass", the condition "E".
func mappedByHand(t testing.TB, n int, seed uint64) (table, byHand *data.ConditionalTable) {
	t.Helper()
	logs := sample(t, normal{"logs", []float64{0.5, -1, 1}, []float64{1, 0.6, 0.4}}, n, seed)
	raw := slices.Clone(logs.Values())
	for i, l := range raw {
		raw[i] = float32(math.Exp(float64(l)))
	}
	again := slices.Clone(raw)
	for i, v := range raw {
		again[i] = float32(math.Log(float64(v)))
	}
	of := func(values []float32) *data.ConditionalTable {
		p := must[data.Points](t)(data.NewPoints(3, values))
		p = must[data.Points](t)(p.WithColumnNames("pt", "mass", "E"))
		x, c, err := p.SplitConditions(2)
		if err != nil {
			t.Fatal(err)
		}
		return must[*data.ConditionalTable](t)(data.FromPointsWithConditions("jets", x, c))
	}
	return of(raw), of(again)
}

// logDetOfLog returns log|det| of the logarithm of all features of a point.
func logDetOfLog(x []float32) (sum float64) {
	for _, v := range x {
		sum -= math.Log(float64(v))
	}
	return sum
}

// logOf returns points with the logarithm of each feature.
func logOf(t testing.TB, x data.Points) data.Points {
	t.Helper()
	values := make([]float32, len(x.Values()))
	for i, v := range x.Values() {
		values[i] = float32(math.Log(float64(v)))
	}
	return must[data.Points](t)(must[data.Points](t)(data.NewPoints(x.Dim(), values)).WithColumnNames(x.ColumnNames()...))
}

// near errs unless two slices agree to a tolerance, relative to the larger of a value and 1.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: there are %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if !(math.Abs(v-want[i]) <= tolerance*math.Max(1, math.Abs(want[i]))) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, v, want[i])
		}
	}
}

func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

func TestMapsOfColumnsGiveTheFlowOfDataMappedByHand(t *testing.T) {
	table, byHand := mappedByHand(t, 1500, 1)
	other, otherByHand := mappedByHand(t, 1200, 2)
	mapped := func(table data.Source, seed uint64) f4f.BasePlan {
		return small(t, table).Seed(seed).Column("mass", data.Log).Column("pt", data.Log).ConditionColumn("E", data.Log)
	}
	base, handBase := mapped(table, 3), small(t, byHand).Seed(3)
	right, handRight := mapped(other, 4), small(t, otherByHand).Seed(4)
	between := func(l, r f4f.BasePlan) f4f.BetweenPlan {
		return f4f.Between(l, r).On(f4f.Both).Layers(2).Hidden(12).Blocks(1).Bins(4).Batch(50).LearningRate(5e-3).Epochs(2).Backend("go").Store(store(t))
	}
	d, hand := fitted(t, base), fitted(t, handBase)
	x, _, err := table.SampleWithConditions(200, 5)
	if err != nil {
		t.Fatal(err)
	}
	c := must[data.Points](t)(data.NewPoints(1, []float32{2.5}))
	u, logC := logOf(t, x), logOf(t, c)
	logDets := make([]float64, x.Len())
	for i := range logDets {
		logDets[i] = logDetOfLog(x.Row(i))
	}
	plus := func(values []float64, by []float64, sign float64) []float64 {
		sums := make([]float64, len(values))
		for i, v := range values {
			sums[i] = v + sign*by[i]
		}
		return sums
	}

	saved := filepath.Join(t.TempDir(), "jets.safetensors")
	if err := d.Save(saved); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), saved))
	at, handAt := d.At(c), hand.At(logC)
	near(t, "log-probs of the file", must[[]float64](t)(loaded.At(c).LogProb(x)), must[[]float64](t)(at.LogProb(x)), 1e-5)
	byFlow := must[[]float64](t)(handAt.LogProb(u))
	near(t, "log-probs", must[[]float64](t)(at.LogProb(x)), plus(byFlow, logDets, 1), 1e-12)
	if got, want := must[data.Points](t)(at.Encode(x)), must[data.Points](t)(handAt.Encode(u)); !slices.Equal(got.Values(), want.Values()) {
		t.Error("Encode differs")
	}
	s, handS := must[data.Points](t)(at.Sample(100, 6)), must[data.Points](t)(handAt.Sample(100, 6))
	near(t, "samples", widened(logOf(t, s).Values()), widened(handS.Values()), 1e-6)
	if want := []string{"pt", "mass"}; !slices.Equal(s.ColumnNames(), want) {
		t.Errorf("samples have the columns %q", s.ColumnNames())
	}
	z := must[data.Points](t)(at.Encode(s))
	near(t, "round trip", widened(must[data.Points](t)(at.Decode(z)).Values()), widened(s.Values()), 1e-4)
	v, logDet, err := at.Layers()[0].Apply(must[data.Points](t)(at.Layers()[0].Enter(x)))
	if err != nil {
		t.Fatal(err)
	}
	handV, handLogDet, err := handAt.Layers()[0].Apply(must[data.Points](t)(handAt.Layers()[0].Enter(u)))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "layer", append(widened(v.Values()), logDet...), append(widened(handV.Values()), handLogDet...), 0)
	audited, handAudited := must[f4f.Audit](t)(at.Audit(x)), must[f4f.Audit](t)(handAt.Audit(u))
	if audited.RoundTrip != handAudited.RoundTrip || audited.Jacobian != handAudited.Jacobian || audited.NonFinite != 0 {
		t.Errorf("the audit is %v, by hand %v", audited, handAudited)
	}

	// Losses are in the data's units: those by hand, minus the mean log-det of the points.
	held, handHeld := d.Epochs()[1], hand.Epochs()[1]
	training, validation := handHeld.Loss-held.Loss, handHeld.Validation-held.Validation
	all := 0.0
	for i := range table.Points().Len() {
		all += logDetOfLog(table.Points().Row(i)) / float64(table.Points().Len())
	}
	if math.Abs(0.9*training+0.1*validation-all) > 1e-4 || math.Abs(validation-all) > 0.3 {
		t.Errorf("losses are shifted by %g and %g, of log-dets with mean %g", training, validation, all)
	}

	tr, handTr := fitted(t, between(base, right)).At(c, c), fitted(t, between(handBase, handRight)).At(logC, logC)
	compareTransports(t, tr, handTr, x, u)
	transfer := must[*f4f.Transport](t)(f4f.BaseTransfer(d, fitted(t, right)))
	handTransfer := must[*f4f.Transport](t)(f4f.BaseTransfer(hand, fitted(t, handRight)))
	compareTransports(t, transfer.At(c, c), handTransfer.At(logC, logC), x, u)
	// A step's loss is that of its side.
	losses, handLosses := tr.Losses(), handTr.Losses()
	forward, inverse := float64(handLosses[0]-losses[0]), float64(handLosses[1]-losses[1])
	if again := float64(handLosses[2] - losses[2]); math.Abs(again-forward) > 1e-4 || math.Abs(forward-inverse) < 1e-4 {
		t.Errorf("losses are shifted by %g, %g and %g", forward, inverse, again)
	}

	if err := d.ExportNFlows(filepath.Join(t.TempDir(), "jets")); err == nil || !strings.Contains(err.Error(), "data.Log") {
		t.Errorf("exporting: %v", err)
	}
}

// compareTransports compares a transport with one of data mapped by hand, at points of the left and
// at their logarithms.
func compareTransports(t *testing.T, tr, hand *f4f.Transport, x, u data.Points) {
	t.Helper()
	y, logDet, err := tr.ForwardLogDet(x)
	if err != nil {
		t.Fatal(err)
	}
	v, handLogDet, err := hand.ForwardLogDet(u)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "images", widened(logOf(t, y).Values()), widened(v.Values()), 1e-5)
	far := must[[]float64](t)(tr.LogProbLeft(x))
	handFar := must[[]float64](t)(hand.LogProbLeft(u))
	for i := range handLogDet {
		handLogDet[i] += logDetOfLog(x.Row(i)) - logDetOfLog(y.Row(i))
		handFar[i] += logDetOfLog(x.Row(i))
	}
	near(t, "log-dets", logDet, handLogDet, 1e-5)
	near(t, "log-probs on the left", far, handFar, 1e-9)
	near(t, "round trip", widened(must[data.Points](t)(tr.Inverse(y)).Values()), widened(x.Values()), 1e-4)
	// log p_left(x) is log p on the right at the image, plus the log-det.
	byLeft, byRight := must[[]float64](t)(tr.Left().LogProb(x)), must[[]float64](t)(tr.LogProb(y))
	for i := range byRight {
		byRight[i] += logDet[i]
	}
	near(t, "log-probs on the right", byRight, byLeft, 1e-3)
}

func TestPlansWithMapsOfColumnsReadAsTheirCodeAndTellWhatIsWrong(t *testing.T) {
	table, _ := mappedByHand(t, 100, 1)
	plan := f4f.Base(table)
	mapped := plan.Column("pt", data.Log, data.Quantile).Column("mass", data.Logit(0, 100)).ConditionColumn("E", data.Robust)
	if got, want := mapped.String(), `f4f.Base(jets).Column("pt", data.Log, data.Quantile).Column("mass", data.Logit(0, 100)).ConditionColumn("E", data.Robust)`; got != want {
		t.Errorf("it reads %s", got)
	}
	print := must[string](t)(mapped.Fingerprint())
	turned := plan.Column("mass", data.Logit(0, 100)).ConditionColumn("E", data.Robust).Column("pt", data.Log, data.Quantile)
	if must[string](t)(turned.Fingerprint()) != print {
		t.Error("the order of the setters is in the fingerprint")
	}
	for _, other := range []f4f.BasePlan{plan, plan.Column("pt", data.Log), mapped.Column("pt ", data.Log)} {
		if own, _ := other.Fingerprint(); own == print {
			t.Errorf("%s has the fingerprint of %s", other, mapped)
		}
	}
	// Two chains of one plan share nothing.
	one, two := mapped.Column("a", data.Log), mapped.Column("b", data.Log)
	if strings.Contains(one.String(), `"b"`) || !strings.Contains(two.String(), `"b"`) {
		t.Errorf("%s and %s", one, two)
	}

	prepared := data.Preparation{{ColumnMaps: data.ColumnMaps{Column: "pt", Maps: []data.ColumnMap{data.Log}}}}
	if again, once := plan.Prepared(prepared).Column("pt", data.Asinh(1)), plan.Column("pt", data.Asinh(1)); again.String() != once.String() {
		t.Errorf("the last word on a column doesn't count: %s, want %s", again, once)
	}

	// Conditions have their own, with nothing of it in the fingerprint where nothing is proposed.
	ofConditions := data.Preparation{{ColumnMaps: data.ColumnMaps{Column: "E", Maps: []data.ColumnMap{data.Log}}}, {Reason: "as it is"}}
	if got, want := plan.ConditionsPrepared(ofConditions).String(), plan.ConditionColumn("E", data.Log).String(); got != want {
		t.Errorf("prepared conditions read %s, want %s", got, want)
	}
	if must[string](t)(plan.ConditionsPrepared(ofConditions[1:]).Fingerprint()) != must[string](t)(plan.Fingerprint()) {
		t.Error("no maps are in the fingerprint")
	}
	noisy := plan.ConditionColumn("E", data.Whole)
	if _, err := noisy.Fingerprint(); err == nil || !strings.Contains(err.Error(), "PrepareConditions") {
		t.Errorf("noise on a condition: %v", err)
	}

	shared := f4f.Between(small(t, table).ConditionColumn("E", data.Log), small(t, table).Seed(1)).On(f4f.Shared)
	if _, err := shared.Fingerprint(); err == nil || !strings.Contains(err.Error(), "Shared") {
		t.Errorf("different maps under Shared: %v", err)
	}
	for _, test := range []struct {
		plan f4f.BasePlan
		says []string
	}{
		{plan.Column("eta", data.Log), []string{`"eta"`, `"pt"`, `"mass"`}},
		{plan.Column("E", data.Log), []string{`"E"`, `"pt"`}},
		{plan.ConditionColumn("pt", data.Log), []string{"conditions", `"pt"`, `"E"`}},
		{plan.Column("2", data.Log), []string{`"2"`, `"pt"`}},
		{plan.Column("pt"), []string{`"pt"`}},
		{plan.Column("pt", data.ColumnMap{}), []string{`"pt"`}},
		{plan.Column("pt", data.Logit(1, 0)), []string{`"pt"`, "1 and 0"}},
		{f4f.Base(data.Ring()).ConditionColumn("0", data.Log), []string{"conditions"}},
	} {
		_, err := test.plan.Fingerprint()
		for _, want := range test.says {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error lacks %q: %v", test.plan, want, err)
			}
		}
	}
}

// TestAValueThatAMapCannotTakeIsNamedByItsRowInTheTable: rows are shuffled for the training, and
// the error names them as the reader of the table knows them.
func TestAValueThatAMapCannotTakeIsNamedByItsRowInTheTable(t *testing.T) {
	table, _ := mappedByHand(t, 100, 1)
	x := table.Points()
	values := slices.Clone(x.Values())
	values[2*41+1] = -3
	named := must[data.Points](t)(must[data.Points](t)(data.NewPoints(2, values)).WithColumnNames("pt", "mass"))
	for _, maps := range [][]data.ColumnMap{{data.Log}, {data.Logit(0, 1e6)}, {data.Robust, data.Logit(-0.5, 1e6)}} {
		for seed := range uint64(2) { // the row is trained on by one, and held out by the other or not
			plan := small(t, data.FromPoints("jets", named)).Validation(0.5).Seed(seed).Column("mass", maps...)
			_, err := plan.Fit(t.Context())
			for _, want := range []string{"row 41", `"mass"`, "-3"} {
				if len(maps) == 1 && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("%s: the error lacks %q: %v", plan, want, err)
				}
			}
		}
	}
	d := fitted(t, small(t, table.Table).Column("mass", data.Log).Column("pt", data.Log))
	for what, err := range map[string]error{
		"LogProb": second(d.LogProb(named)), "Encode": second(d.Encode(named)), "Audit": second(d.Audit(named)),
	} {
		if err == nil || !strings.Contains(err.Error(), "row 41") || !strings.Contains(err.Error(), `"mass"`) || !strings.Contains(err.Error(), "-3") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if errors.Is(second(d.LogProb(named)), f4f.ErrCorrupt) {
		t.Error("a wrong value is called a corrupt file")
	}
}

// TestMapsOfColumnsLeaveTheScalerOfATableInPlace: a table whose columns are mapped is standardised
// afterwards, unless Raw is called.
func TestMapsOfColumnsLeaveTheScalerOfATableInPlace(t *testing.T) {
	table, _ := mappedByHand(t, 300, 1)
	x := must[data.Points](t)(table.Points().WithColumnNames())
	plan := small(t, data.FromPoints("unnamed", x)).Epochs(1).Column("1", data.Asinh(2))
	entered := func(plan f4f.BasePlan) data.Points {
		return must[data.Points](t)(fitted(t, plan).Layers()[0].Enter(x))
	}
	standardised, raw := must[data.Scaler](t)(data.FitScaler(entered(plan))), must[data.Scaler](t)(data.FitScaler(entered(plan.Raw())))
	for j := range 2 {
		if math.Abs(standardised.Std[j]-1) > 0.1 || math.Abs(raw.Std[j]-1) < 0.1 {
			t.Errorf("feature %d enters with the deviation %g, raw %g", j, standardised.Std[j], raw.Std[j])
		}
	}
}

// countsAndSpikes returns points whose first column is a count, whose second is 0 in four tenths of
// the rows and otherwise positive, and whose third is a normal one.
func countsAndSpikes(t testing.TB, n int) data.Points {
	t.Helper()
	normals := sample(t, normal{"", []float64{0, 0, 0, 0}, []float64{1, 1, 1, 1}}, n, 5)
	var values []float32
	for i := range n {
		row := normals.Row(i)
		energy := float32(math.Exp(float64(row[1])))
		if row[3] < -0.253 {
			energy = 0
		}
		values = append(values, float32(math.Floor(math.Exp(1+0.5*float64(row[0])))), energy, row[2])
	}
	return must[data.Points](t)(must[data.Points](t)(data.NewPoints(3, values)).WithColumnNames("tracks", "energy", "eta"))
}

func TestCountsAndSpikesAreExactInSamplesAndHaveProbabilities(t *testing.T) {
	x := countsAndSpikes(t, 1500)
	prepared := must[data.Preparation](t)(data.Prepare(x))
	plan := small(t, data.FromPoints("jets", x)).Epochs(4).Prepared(prepared)
	for _, want := range []string{`.Column("tracks", data.Whole`, `.Column("energy", data.Spike(0)`} {
		if !strings.Contains(plan.String(), want) {
			t.Fatalf("%s lacks %s", plan, want)
		}
	}
	d := fitted(t, plan)
	if notes := d.Notes(); len(notes) > 0 {
		t.Errorf("the notes are %q", notes)
	}
	s := must[data.Points](t)(d.Sample(4000, 1))
	zeros := 0.0
	for i := range s.Len() {
		row := s.Row(i)
		if float64(row[0]) != math.Trunc(float64(row[0])) || row[0] < 0 || row[1] < 0 {
			t.Fatalf("a sample is %v", row)
		}
		if row[1] == 0 {
			zeros += 1 / float64(s.Len())
		}
	}
	if math.Abs(zeros-0.4) > 0.05 {
		t.Errorf("the share of zeros is %g", zeros)
	}
	// Probabilities of counts, of the spike and of what is beside it sum up to one. The sum is over
	// counts at steps of the other two columns, of which one is an integral and a probability.
	var grid []float32
	const steps, cell, wide = 20, 0.5, 0.8
	for count := range 25 {
		for e := range steps + 1 {
			energy := float32(0)
			if e > 0 {
				energy = float32(math.Exp(cell * (float64(e) - steps/2)))
			}
			for eta := -4.0; eta <= 4; eta += wide {
				grid = append(grid, float32(count), energy, float32(eta))
			}
		}
	}
	points := must[data.Points](t)(data.NewPoints(3, grid))
	total := 0.0
	for i, l := range must[[]float64](t)(d.LogProb(points)) {
		volume := wide
		if e := points.At(i, 1); e > 0 {
			volume *= cell * e
		}
		total += math.Exp(l) * volume
	}
	if math.Abs(total-1) > 0.03 {
		t.Errorf("probabilities sum up to %g", total)
	}

	// A transport takes counts to counts, and its left density transported is a probability too.
	y := must[data.Points](t)(x.Columns(0, 1, 2))
	for i := range y.Len() {
		y.Row(i)[0]++
	}
	right := small(t, data.FromPoints("more jets", y)).Prepared(must[data.Preparation](t)(data.Prepare(y)))
	transfer := must[*f4f.Transport](t)(f4f.BaseTransfer(d, fitted(t, right)))
	moved := must[data.Points](t)(transfer.Forward(x))
	for i := range moved.Len() {
		if row := moved.Row(i); float64(row[0]) != math.Trunc(float64(row[0])) || row[1] < 0 {
			t.Fatalf("%v is moved to %v", x.Row(i), row)
		}
	}
	direct := must[[]float64](t)(transfer.Left().LogProb(x.Slice(0, 50)))
	through := must[[]float64](t)(must[*f4f.Transport](t)(f4f.BaseTransfer(d, d)).LogProb(x.Slice(0, 50)))
	near(t, "log-probs through the normal", through, direct, 2e-3)
}

// TestPlansWithMapsTrainAsOneProgramAndInWindows: what maps columns is no part of the program.
func TestPlansWithMapsTrainAsOneProgramAndInWindows(t *testing.T) {
	table, _ := mappedByHand(t, 800, 1)
	other, _ := mappedByHand(t, 800, 2)
	plan := func(s data.Source, maps ...data.ColumnMap) f4f.BasePlan {
		return f4f.Base(s).Layers(1).Hidden(8).Blocks(0).Bins(4).Batch(40).Epochs(2).Devices(1).Backend("xla").Store(store(t)).Column("pt", maps...)
	}
	plans := []f4f.BasePlan{plan(table.Table, data.Log), plan(other.Table, data.Robust, data.Asinh(1))}
	flows, err := f4f.FitBatched(t.Context(), plans...)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range plans {
		alone := fitted(t, p.Store(t.TempDir()).Window(400).Devices(2))
		near(t, "losses", widened(flows[i].Losses()), widened(alone.Losses()), 1e-3)
		near(t, "validation", []float64{flows[i].Epochs()[1].Validation}, []float64{alone.Epochs()[1].Validation}, 1e-3)
	}
}
