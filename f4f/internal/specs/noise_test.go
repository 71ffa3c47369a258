package specs

import (
	"context"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/plan"
)

// noisyDensity returns a density that learns the noise of columns 0, 2 and 3 of four.
func noisyDensity() Density {
	a := plan.PaperArchitecture()
	a.Hidden, a.Blocks, a.Bins, a.Layers = 16, 1, 4, 1
	return Density{Kind: DensityKind, Dim: 4, Architecture: a, Noise: []int{0, 2, 3}}
}

// weightsOf returns the weights of a density under a scope, and how many there are. number gives
// those of each variable in turn.
func weightsOf(t *testing.T, spec Density, scope string, dtype dtypes.DType, number func(i int) float64) (store *model.Store, count int) {
	t.Helper()
	zeros, err := spec.Zeros(scope, dtype)
	if err != nil {
		t.Fatal(err)
	}
	store = model.NewStore()
	for _, path := range slices.Sorted(maps.Keys(zeros)) {
		values := make([]float64, zeros[path].Size())
		for i := range values {
			values[i] = number(i)
		}
		count += len(values)
		if _, err := store.CreateVariable(path, numbers.Rounded(dtype, values, zeros[path].Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	return store, count
}

// atTheStart returns the weights that a density starts training with.
func atTheStart(t *testing.T, b *backend.Backend, spec Density) *model.Store {
	t.Helper()
	store := model.NewStore()
	err := engine.Trace(b.Backend, store, dtypes.Float32, spec.Dim, 0, func(scope *model.Scope, x, _ *Node) []*Node {
		return []*Node{spec.Normal(FlowScope).Bound(scope.At(FlowScope), x, nil, nil)}
	})
	if err == nil {
		err = store.InitializeVariables(b.Backend, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// fixed returns the pipeline of a density whose noise columns have data.Whole and these maps, nil for no
// maps.
func fixed(t *testing.T, spec Density, then [][]data.ColumnMap) *data.Pipeline {
	t.Helper()
	if then == nil {
		return nil
	}
	empty, err := data.NewPoints(spec.Dim, nil)
	if err != nil {
		t.Fatal(err)
	}
	var columns []data.ColumnMaps
	for k, j := range spec.Noise {
		columns = append(columns, data.ColumnMaps{Column: strconv.Itoa(j), Maps: append([]data.ColumnMap{data.Whole}, then[k]...)})
	}
	p, err := data.FixedPipeline(empty, columns...)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

// cellMap is a map that follows data.Whole, as a function and its inverse.
type cellMap struct{ forward, inverse func(v float64) float64 }

func TestLearnedNoiseStaysInItsCellAndHasItsDensity(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	same := func(v float64) float64 { return v }
	for name, c := range map[string]struct {
		then [][]data.ColumnMap
		maps [3]cellMap
	}{
		"whole numbers alone": {nil, [3]cellMap{{same, same}, {same, same}, {same, same}}},
		"maps after them": {
			[][]data.ColumnMap{{data.Asinh(2)}, {data.Log}, {data.Logit(0, 2), data.Asinh(3)}},
			[3]cellMap{
				{func(v float64) float64 { return math.Asinh(v / 2) }, func(u float64) float64 { return 2 * math.Sinh(u) }},
				{math.Log, math.Exp},
				{func(v float64) float64 { return math.Asinh(math.Log(v/(2-v)) / 3) }, func(u float64) float64 { return 2 / (1 + math.Exp(-3*math.Sinh(u))) }},
			},
		},
		"one map for two columns": {
			[][]data.ColumnMap{nil, {data.LogAbove(-1)}, {data.LogAbove(-1)}},
			[3]cellMap{{same, same}, {math.Log1p, math.Expm1}, {math.Log1p, math.Expm1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			const rows, h = 60, 1e-6
			noisyColumns := []int{0, 2, 3}
			x := make([][]float64, 0, 7*rows)
			for range rows { // a point, and the points a step of its noise before and after it
				p := []float64{float64(rng.IntN(9) - 4), rng.NormFloat64(), float64(rng.IntN(30)), float64(rng.IntN(2))}
				for k, j := range noisyColumns {
					p[j] = c.maps[k].forward(p[j] + 0.01 + 0.98*rng.Float64())
				}
				x = append(x, p)
				for _, j := range noisyColumns {
					for _, step := range []float64{-h, h} {
						q := append([]float64{}, p...)
						q[j] += step
						x = append(x, q)
					}
				}
			}
			spec := noisyDensity()
			spec.Pipeline = fixed(t, spec, c.then)
			store, count := weightsOf(t, spec, FlowScope, dtypes.Float64, func(int) float64 { return rng.NormFloat64() / 6 })
			if want := spec.weights(); float64(count) != want {
				t.Errorf("the density has %d weights, want %.0f", count, want)
			}
			exec, err := model.NewExec(b.Backend, store, func(scope *model.Scope, x *Node) []*Node {
				noisy, logDet := spec.Normal(FlowScope).learned(scope.At(FlowScope), x, nil, nil)
				return []*Node{noisy, logDet}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			outputs, err := exec.Call(x)
			if err != nil {
				t.Fatal(err)
			}
			noisy, logDets := outputs[0].Value().([][]float64), outputs[1].Value().([]float64)
			moved := 0.0
			for i := 0; i < len(x); i += 7 {
				if noisy[i][1] != x[i][1] {
					t.Fatalf("the second column has no noise, and became %v from %v", noisy[i][1], x[i][1])
				}
				for k, j := range noisyColumns {
					moved += math.Abs(noisy[i][j] - x[i][j])
					if math.Floor(c.maps[k].inverse(noisy[i][j])) != math.Floor(c.maps[k].inverse(x[i][j])) {
						t.Fatalf("%v has left its cell for %v", x[i], noisy[i])
					}
				}
				// The Jacobian is triangular, so its diagonal is enough.
				logDet := 0.0
				for k, j := range noisyColumns {
					logDet += math.Log((noisy[i+2+2*k][j] - noisy[i+1+2*k][j]) / (2 * h))
				}
				if math.Abs(logDet-logDets[i]) > 1e-4 {
					t.Errorf("log|det| of %v is %v, want %v by differences", x[i], logDets[i], logDet)
				}
			}
			if moved < rows/10 {
				t.Errorf("random weights move noise by %v in all: nothing was tested", moved)
			}
		})
	}
}

func TestNoiseTurnsInTrainingAndStartsUniform(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	spec := noisyDensity()
	store := atTheStart(t, b, spec)
	exec, err := model.NewExec(b.Backend, store, func(scope *model.Scope, x, progress *Node) []*Node {
		noisy, logDet := spec.Normal(FlowScope).learned(scope.At(FlowScope), x, nil, progress)
		return []*Node{noisy, logDet}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	const steps = 31250
	sum, far, distinct := 0.0, 0.0, map[float32]bool{}
	x := [][]float32{{3.25, -1.5, 200.75, 0.5}}
	for step := range steps {
		if step >= 250 && step < steps-250 {
			continue // the first and the last: of a large turn float32 has few digits
		}
		outputs, err := exec.Call(x, float32(step)/steps)
		if err != nil {
			t.Fatal(err)
		}
		noisy, logDets := outputs[0].Value().([][]float32), outputs[1].Value().([]float32)
		if got := noisy[0]; math.Floor(float64(got[0])) != 3 || got[1] != -1.5 || math.Floor(float64(got[2])) != 200 || math.Floor(float64(got[3])) != 0 {
			t.Fatalf("%v became %v", x[0], got)
		}
		if math.Abs(float64(logDets[0])) > 1e-5 {
			t.Fatalf("before training the noise must be uniform, and its log-density is %v", -logDets[0])
		}
		sum += float64(noisy[0][0]) - 3
		distinct[noisy[0][0]] = true
		_, apart := math.Modf(float64(noisy[0][3]-noisy[0][0]) + 4)
		far = max(far, math.Abs(apart-0.25))
	}
	if far < 0.5 {
		t.Errorf("the noise of two columns stays on a line: their difference varies by %v", far)
	}
	if mean := sum / 500; math.Abs(mean-0.5) > 0.02 || len(distinct) < 450 {
		t.Errorf("over 500 steps the noise of a row has the mean %.3f and %d values, want 0.5 and one for each", mean, len(distinct))
	}
}

// twoNoisy returns a small density of two columns that learns the noise of both.
func twoNoisy() Density {
	a := plan.PaperArchitecture()
	a.Hidden, a.Blocks, a.Bins, a.Layers = 8, 1, 4, 1
	return Density{Kind: DensityKind, Dim: 2, Architecture: a, Noise: []int{0, 1}}
}

// cellOf returns points that fill the cell of two whole numbers evenly.
func cellOf(k, l float64) (cell [][]float64) {
	const side = 150
	for i := range side {
		for j := range side {
			cell = append(cell, []float64{k + (float64(i)+0.5)/side, l + (float64(j)+0.5)/side})
		}
	}
	return cell
}

// TestLossesOfTransportsIncludeTheirNoise integrates exp(−loss) of a base transfer over the noise of a
// cell of the left. With learned noise, as with uniform noise, that is the probability of the cell.
func TestLossesOfTransportsIncludeTheirNoise(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	left, right := twoNoisy(), twoNoisy()
	right.Noise = nil
	rng := rand.New(rand.NewPCG(3, 4))
	store, _ := weightsOf(t, left, LeftScope, dtypes.Float64, func(int) float64 { return rng.NormFloat64() / 3 })
	zeros, err := right.Zeros(RightScope, dtypes.Float64)
	if err != nil {
		t.Fatal(err)
	}
	for path, value := range zeros {
		if _, err := store.CreateVariable(path, value); err != nil {
			t.Fatal(err)
		}
	}
	transfer := Between{Left: left.Normal(LeftScope), Right: right.Normal(RightScope)}
	uniform := transfer
	uniform.Left = uniform.Left.Unlearned()
	exec, err := model.NewExec(b.Backend, store, func(scope *model.Scope, x *Node) []*Node {
		mass := func(of Between) *Node {
			return ReduceAllMean(Exp(Neg(of.pass(scope, []*Node{x, x}, true, nil).loss())))
		}
		return []*Node{mass(transfer), mass(uniform)}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := exec.Call(cellOf(1, -1))
	if err != nil {
		t.Fatal(err)
	}
	if learned, exact := outputs[0].Value().(float64), outputs[1].Value().(float64); math.Abs(learned/exact-1) > 2e-3 {
		t.Errorf("a cell has the probability %v by uniform noise, and %v by learned noise", exact, learned)
	}
}

func TestATransportIsTrainedOnPointsWithTheNoiseOfTheirSide(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	left, right := noisyDensity(), noisyDensity()
	right.Noise = nil
	flow := Between{Left: left.Normal(LeftScope), Right: right.Normal(RightScope)}
	x := [][]float32{{3.25, -1.5, 200.75, 0.5}, {1.5, 0, 20.25, 1.75}}
	seen := func(leftToRight bool) [][]float32 {
		store, _ := weightsOf(t, left, LeftScope, dtypes.Float32, func(i int) float64 { return 0.1 * float64(i%3) })
		exec, err := model.NewExec(b.Backend, store, func(scope *model.Scope, x, y *Node) *Node {
			points, _, _, _ := flow.rows(scope, []*Node{x, y}, leftToRight, nil)
			return points
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		outputs, err := exec.Call(x, x)
		if err != nil {
			t.Fatal(err)
		}
		return outputs[0].Value().([][]float32)
	}
	for i, row := range seen(true) {
		for j, v := range row {
			if noisy := j != 1; noisy == (v == x[i][j]) || math.Abs(float64(v-x[i][j])) >= 1 {
				t.Errorf("column %d of %v is trained on as %v", j, x[i], v)
			}
		}
	}
	for i, row := range seen(false) {
		for j, v := range row {
			if v != x[i][j] {
				t.Errorf("the right has no learned noise, and column %d of %v is trained on as %v", j, x[i], v)
			}
		}
	}
}

// TestBoundsAverageToTheProbabilityOfACell integrates p over a cell, and p(k + n(ε))/q over ε.
func TestBoundsAverageToTheProbabilityOfACell(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	same := func(v, w float64) (x, y, logDet float64) { return v, w, 0 }
	mapped := func(v, w float64) (x, y, logDet float64) {
		return math.Log(v / (4 - v)), math.Asinh(w), math.Log(4/(v*(4-v))) - math.Log1p(w*w)/2
	}
	// The class is the second of two, with noise w − 1 and probability √(w − 1).
	argmax := func(v, w float64) (x, y, logDet float64) {
		most := math.Sqrt(w - 1)
		image := func(p, slope float64) (u, logSlope float64) {
			logistic := math.Log(p / (1 - p))
			return 1.9 * math.Asinh(logistic/3), math.Log(1.9 * slope / (p * (1 - p)) / math.Hypot(logistic, 3))
		}
		x, l := image(v*most, most)
		y, m := image(most, 1/(2*most))
		return x, y, l + m
	}
	for name, c := range map[string]struct {
		then [][]data.ColumnMap
		k, l float64
		maps func(v, w float64) (x, y, logDet float64)
		near float64
	}{
		"whole numbers alone": {nil, 1, -2, same, 2e-3},
		"maps after them":     {[][]data.ColumnMap{{data.Logit(0, 4)}, {data.Asinh(1)}}, 1, -2, mapped, 2e-3},
		"one map for both":    {[][]data.ColumnMap{{data.Argmax("class")}, {data.Argmax("class")}}, 0, 1, argmax, 4e-3}, // whose images go to infinity at a cell's ends
	} {
		spec := twoNoisy()
		spec.Pipeline = fixed(t, spec, c.then)
		rng := rand.New(rand.NewPCG(3, 4))
		store, _ := weightsOf(t, spec, FlowScope, dtypes.Float64, func(int) float64 { return rng.NormFloat64() / 3 })
		cell := cellOf(c.k, c.l)
		logSlopes := make([]float64, len(cell))
		for i, p := range cell {
			p[0], p[1], logSlopes[i] = c.maps(p[0], p[1])
		}
		exec, err := model.NewExec(b.Backend, store, func(scope *model.Scope, x, logSlopes *Node) []*Node {
			scope = scope.At(FlowScope)
			n := spec.Normal(FlowScope)
			exact, bound := Add(n.LogProb(scope, x, nil), logSlopes), Add(n.Bound(scope, x, nil, nil), logSlopes)
			return []*Node{ReduceAllMean(Exp(exact)), ReduceAllMean(Exp(bound)), ReduceAllMean(bound)}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		outputs, err := exec.Call(cell, logSlopes)
		if err != nil {
			t.Fatal(err)
		}
		mass, averaged, bound := outputs[0].Value().(float64), outputs[1].Value().(float64), outputs[2].Value().(float64)
		if math.Abs(averaged/mass-1) > c.near || !(bound < math.Log(mass)-1e-3) {
			t.Errorf("%s: a cell has the probability %v, by draws of the noise %v, and a bound of exp %v", name, mass, averaged, math.Exp(bound))
		}
	}
}

func TestLearnedNoiseIsOfWholeNumbersInOrder(t *testing.T) {
	x, err := data.NewPoints(4, []float32{1, 2, 1, 1, 3, 5, 2, 3, 4, 5, 7, 4, 8, 2, 3, 2})
	if err != nil {
		t.Fatal(err)
	}
	whole := func(column string, then ...data.ColumnMap) data.ColumnMaps {
		return data.ColumnMaps{Column: column, Maps: append([]data.ColumnMap{data.Whole}, then...)}
	}
	pipeline, err := data.FitPipeline(x, whole("0"), whole("1", data.Log), whole("2", data.Standardised), whole("3", data.LogAbove(0.5)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		noise []int
		sound bool
	}{{[]int{0, 1}, true}, {[]int{1}, true}, {[]int{1, 0}, false}, {[]int{0, 0}, false}, {[]int{-1}, false}, {[]int{4}, false}, {[]int{2}, false}, {[]int{3}, false}} {
		spec := Density{Kind: DensityKind, Dim: 4, Architecture: plan.PaperArchitecture(), Pipeline: &pipeline, Noise: c.noise}
		if err := spec.Validate(); (err == nil) != c.sound || err != nil && !errors.Is(err, fit.ErrCorrupt) {
			t.Errorf("noise of columns %v: %v", c.noise, err)
		}
	}
}

// The columns of two features are among each other. Noise that isn't learned yet must come back as it was,
// with the classes.
func TestNoiseOfClassesIsSplitAndJoined(t *testing.T) {
	b, err := backend.Open(context.Background(), "go")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	spec := Density{Kind: DensityKind, Dim: 6, Architecture: plan.PaperArchitecture(), Noise: []int{0, 1, 2, 4, 5}}
	spec.Pipeline = fixed(t, spec, [][]data.ColumnMap{{data.Argmax("a")}, {data.Argmax("b")}, {data.Argmax("a")}, {data.Argmax("a")}, {data.Argmax("b")}})
	rng := rand.New(rand.NewPCG(1, 2))
	var values []float32
	for range 200 {
		row := make([]float32, 6)
		row[[]int{0, 2, 4}[rng.IntN(3)]], row[[]int{1, 5}[rng.IntN(2)]], row[3] = 1, 1, rng.Float32()
		values = append(values, row...)
	}
	x, err := data.NewPoints(6, values)
	if err != nil {
		t.Fatal(err)
	}
	u, _, err := spec.Enter(x)
	if err != nil {
		t.Fatal(err)
	}
	store := atTheStart(t, b, spec)
	exec, err := model.NewExec(b.Backend, store, func(scope *model.Scope, u *Node) []*Node {
		noisy, logDet := spec.Normal(FlowScope).learned(scope.At(FlowScope), u, nil, nil)
		return []*Node{noisy, logDet}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(u.Values(), u.Len(), 6))
	if err != nil {
		t.Fatal(err)
	}
	noisy := tensors.MustCopyFlatData[float32](outputs[0])
	for i, v := range noisy {
		if w := u.Values()[i]; math.Abs(float64(v-w)) > 1e-4*(1+math.Abs(float64(w))) {
			t.Fatalf("row %d, column %d: %v became %v", i/6, i%6, w, v)
		}
	}
	back, err := data.NewPoints(6, noisy)
	if err != nil {
		t.Fatal(err)
	}
	if back, _, err = spec.Leave(back); err != nil || !slices.Equal(back.Values(), x.Values()) {
		t.Errorf("the classes have changed: %v", err)
	}
	for i, l := range tensors.MustCopyFlatData[float32](outputs[1]) {
		if math.Abs(float64(l)) > 1e-3 {
			t.Errorf("row %d: log|det| is %v, want 0", i, l)
		}
	}
	spec.Noise = []int{0, 1, 2, 5}
	if err := spec.Validate(); !errors.Is(err, fit.ErrCorrupt) {
		t.Errorf("the noise of two classes of three: %v", err)
	}
}

func TestFlowsWhoseNoiseHasOtherMapsShareNoProgram(t *testing.T) {
	forms, densities, transports := map[string]bool{}, map[string]bool{}, map[string]bool{}
	all := [][][]data.ColumnMap{nil, {{data.Log}}, {{data.LogAbove(-1)}}, {{data.LogAbove(-2)}}, {{data.Logit(0, 2)}}, {{data.Logit(0, 2), data.Asinh(3)}}}
	for _, then := range all {
		spec := Density{Kind: DensityKind, Dim: 1, Architecture: plan.PaperArchitecture(), Noise: []int{0}}
		spec.Pipeline = fixed(t, spec, then)
		forms[Key(Form{Dim: 1, Noise: []int{0}, NoiseMaps: MapsKey(spec.Noise, spec.Pipeline)})] = true
		densities[spec.GraphsKey()] = true
		plain := Density{Kind: DensityKind, Dim: 1, Architecture: plan.PaperArchitecture()}
		for _, sides := range [][2]Density{{spec, plain}, {plain, spec}} {
			between := Transport{Kind: TransportKind, Left: sides[0], Right: sides[1], Architecture: plan.PaperArchitecture()}
			transports[between.GraphsKey(nil)] = true
		}
		image := Transport{Kind: TransportKind, Left: spec, Right: plain, Architecture: plan.PaperArchitecture()}.Image()
		densities[image.GraphsKey()] = true
	}
	if n := len(all); len(forms) != n || len(densities) != 2*n || len(transports) != 2*n {
		t.Errorf("%d sets of maps have %d forms, and densities %d and transports %d keys of graphs", n, len(forms), len(densities), len(transports))
	}
}

// Draws are evaluated several at a time. Each must have its own noise, and its rows' conditions.
// The network of an image's noise is built from what a file claims.
func TestAnImageThatLearnsNoiseHasAValidArchitecture(t *testing.T) {
	x, err := data.NewPoints(1, []float32{0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := data.FixedPipeline(x, data.ColumnMaps{Column: "0", Maps: []data.ColumnMap{data.Whole}})
	if err != nil {
		t.Fatal(err)
	}
	a := plan.PaperArchitecture()
	left := Density{Kind: DensityKind, Dim: 1, Architecture: a}
	for _, size := range [][2]int{{8, 1}, {0, 1 << 36}, {8, -1}} { // no unit in many blocks has no weights that CheckSizes could miss
		own, valid := a, size == [2]int{8, 1}
		own.Hidden, own.Blocks = size[0], size[1]
		image := Density{Kind: DensityKind, Dim: 1, Architecture: own, Pipeline: &whole, Noise: []int{0}, Image: &Image{Left: left, Architecture: a, LearnsNoise: true}}
		if err := image.Validate(); valid != (err == nil) {
			t.Errorf("%d units in each of %d blocks: the error is %v", size[0], size[1], err)
		}
	}
}

func TestBoundsTakeDrawsTogether(t *testing.T) {
	for _, rows := range []int{3, 9000, 20_000} { // all draws together, and one at a time
		values, conditions := make([]float32, rows), make([]float32, rows)
		for i := range values {
			values[i], conditions[i] = float32(i%7), float32(i%11)
		}
		x, err := data.NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		c, err := data.NewPoints(1, conditions)
		if err != nil {
			t.Fatal(err)
		}
		pipeline, err := data.FitPipeline(x, data.ColumnMaps{Column: "0", Maps: []data.ColumnMap{data.Whole}})
		if err != nil {
			t.Fatal(err)
		}
		spec, calls := Density{Dim: 1, Pipeline: &pipeline}, 0
		of := func(u, c float64) float64 { return math.Sin(3*u) * (1 + c) }
		const draws, seed = 5, 2
		got, err := spec.Bounds(x, c, draws, seed, func(u, c data.Points) ([]float64, error) {
			calls++
			values := make([]float64, u.Len())
			for i := range values {
				values[i] = of(u.At(i, 0), c.At(i, 0))
			}
			return values, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if one := rows > 10; one != (calls == draws) {
			t.Errorf("%d rows are evaluated in %d calls", rows, calls)
		}
		rng := rand.New(rand.NewPCG(seed, boundStream))
		sums := make([]float64, rows)
		for range draws {
			u, logDets, err := pipeline.Transform(x, rng.Uint64())
			if err != nil {
				t.Fatal(err)
			}
			for i := range sums {
				sums[i] += math.Exp(of(u.At(i, 0), c.At(i, 0))+logDets[i]) / draws
			}
		}
		for i, sum := range sums {
			if math.Abs(got[i]-math.Log(sum)) > 1e-9 {
				t.Fatalf("%d rows: the bound of row %d is %v, want %v", rows, i, got[i], math.Log(sum))
			}
		}
	}
}
