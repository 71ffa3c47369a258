//go:build unix

package f4f_test

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// TestQualityOfWholeNumbers trains flows on quantised sets, with uniform and with learned noise, on up
// to 64 levels by argmax flows over the numbers' binary digits, and beside them a categorical network,
// which has a parameter for each whole number, for as many seconds of a processor as the flow with
// learned noise. It reports the KL from the enumerated truth, and how
// far bounds of K draws are below log P, in bits a dimension, and the seconds that bounds and samples
// of 10⁶ rows take.
//
//	go test ./f4f -run 'QualityOfWholeNumbers/four_circles_16' -long -v -seeds 3 -timeout 5h
func TestQualityOfWholeNumbers(t *testing.T) {
	if !*long {
		t.Skip("takes hours: run it with -long")
	}
	t.Log("| set | way | seed | KL, bits a dimension | gap of K = 1 | of K = 100 | steps | CPU seconds | of 10⁶ samples | of 10⁶ bounds, K = 1 |")
	for _, truth := range []data.Distribution{data.FourCircles(), data.Checkerboard(), data.TwoSpirals()} {
		for _, levels := range []int{16, 64, 256} {
			t.Run(fmt.Sprintf("%s %d", truth.Name(), levels), func(t *testing.T) {
				quantised := must[*data.Discrete](t)(data.Quantized(truth, -4, 4, levels)).InLevels()
				for seed := range *optimalSeeds {
					uniform, _ := scoreWholeNumbers(t, "uniform noise", byNumber(quantised), seed)
					learned, spent := scoreWholeNumbers(t, "learned noise", byNumber(quantised).learned(), seed)
					if levels <= 64 {
						scoreWholeNumbers(t, "digits, an argmax flow", byDigits(t, quantised).learned(), seed)
					}
					exact := categorical(t, quantised, seed, spent)
					if !(learned.kl <= exact+0.02) || !(learned.gap <= 0.01) {
						t.Errorf("seed %d: the KL is %.4f bits, uniform noise %.4f, a categorical network %.4f; the gap at K = 100 is %.4f", seed, learned.kl, uniform.kl, exact, learned.gap)
					}
				}
			})
		}
	}
}

// wholeScore is a KL from the truth, and how far bounds of 100 draws are below log P, in bits a
// dimension.
type wholeScore struct{ kl, gap float64 }

// bits returns Σ P (a − b) over points with the weights P, in bits a dimension.
func bits(all data.Points, a, b []float64) (sum float64) {
	for i, p := range all.Weights() {
		if p > 0 {
			sum += p * (a[i] - b[i])
		}
	}
	return sum / math.Ln2 / float64(all.Dim())
}

// wholeWay is a way to learn whole numbers.
type wholeWay struct {
	truth   *data.Discrete
	plan    f4f.BasePlan
	columns func(data.Points) (data.Points, error) // the points of the plan
	exact   bool                                   // LogProb is an integral, not a bound
}

func (w wholeWay) learned() wholeWay { w.plan = w.plan.VariationalNoise(); return w }

// byNumber learns the numbers themselves.
func byNumber(truth *data.Discrete) wholeWay {
	plan := f4f.Base(truth).Column("0", data.Whole).Column("1", data.Whole)
	return wholeWay{truth, plan, func(x data.Points) (data.Points, error) { return x, nil }, true}
}

// byDigits learns the numbers' binary digits by an argmax flow.
func byDigits(t *testing.T, truth *data.Discrete) wholeWay {
	names := make([]string, truth.Levels()[0])
	for k := range names {
		names[k] = strconv.Itoa(k)
	}
	source := coded{truth, names, nil}
	for _, name := range []string{"x", "y"} {
		source.codes = append(source.codes, must[data.BinaryCode](t)(data.NewBinaryCode(name, names...)))
	}
	plan := f4f.Base(source)
	for _, code := range source.codes {
		for _, c := range code.(data.BinaryCode).ArgmaxMaps() {
			plan = plan.Column(c.Column, c.Maps...)
		}
	}
	return wholeWay{truth, plan, source.encoded, false}
}

// scoreWholeNumbers trains a flow and tells how far it is from the truth. Where LogProb isn't exact, a
// bound of 300 draws stands for it.
func scoreWholeNumbers(t *testing.T, name string, way wholeWay, seed uint64) (s wholeScore, spent float64) {
	all := must[data.Points](t)(way.truth.All())
	plan := way.plan.Standardise().Seed(seed).Devices(1).Backend("xla:cpu").Store(longStore(t))
	if *optimalSteps > 0 {
		plan = plan.Steps(*optimalSteps)
	}
	began := processorSeconds()
	d := fitted(t, plan)
	spent = processorSeconds() - began
	points := must[data.Points](t)(way.columns(all))
	var logs []float64
	if way.exact {
		logs = must[[]float64](t)(d.LogProb(points))
	} else {
		logs = must[[]float64](t)(d.LogProbBound(points, 300, 99))
	}
	s.kl = bits(all, must[[]float64](t)(way.truth.LogMass(all)), logs)
	gap := func(draws int, seeds uint64) (mean float64) {
		for seed := range seeds {
			mean += bits(all, logs, must[[]float64](t)(d.LogProbBound(points, draws, seed))) / float64(seeds)
		}
		return mean
	}
	seeds := uint64(max(1, 100_000/all.Len())) // many cells average by themselves
	s.gap = gap(100, min(3, seeds))
	const many = 1_000_000
	x := must[data.Points](t)(way.columns(must[data.Points](t)(way.truth.Sample(many, 1))))
	began = processorSeconds()
	sample(t, d, many, 1)
	sampling := processorSeconds() - began
	began = processorSeconds()
	must[[]float64](t)(d.LogProbBound(x, 1, 1))
	t.Logf("| %s | %s | %d | %.4f | %.4f | %.4f | %d | %.0f | %.1f | %.1f |", way.truth.Name(), name, seed, s.kl, gap(1, min(30, seeds)), s.gap, len(d.Losses()), spent, sampling, processorSeconds()-began)
	return s, spent
}

// TestQualityOfLetters learns the pairs of letters of a text: by the numbers of the letters, by their
// binary digits, by an argmax flow over these, by one over a column for each letter, and by a categorical
// network for as long as the digits.
// KL is from the enumerated truth, in bits a letter; for flows it is at most this, by bounds of 100 draws
// (numbers) and 30 (digits).
//
//	go test ./f4f -run QualityOfLetters -long -v -seeds 3 -steps 8000 -timeout 5h
func TestQualityOfLetters(t *testing.T) {
	if !*long {
		t.Skip("takes an hour: run it with -long")
	}
	truth := letterPairs(t)
	all := must[data.Points](t)(truth.All())
	var there []int
	for i, p := range all.Weights() {
		if p > 0 {
			there = append(there, i)
		}
	}
	all = must[data.Points](t)(all.Pick(there...))
	logMass := must[[]float64](t)(truth.LogMass(all))
	t.Log("| way | seed | KL, bits a letter | bound, K = 1 | steps | CPU seconds |")
	for seed := range *optimalSeeds {
		score := func(way string, plan f4f.BasePlan, x data.Points, draws int) (kl, spent float64) {
			plan = plan.VariationalNoise().Standardise().Seed(seed).Devices(1).Backend("xla:cpu").Store(longStore(t))
			if *optimalSteps > 0 {
				plan = plan.Steps(*optimalSteps)
			}
			began := processorSeconds()
			d := fitted(t, plan)
			spent = processorSeconds() - began
			kl = bits(all, logMass, must[[]float64](t)(d.LogProbBound(x, draws, 1)))
			one := 0.0
			for s := range uint64(20) {
				one += bits(all, logMass, must[[]float64](t)(d.LogProbBound(x, 1, s))) / 20
			}
			t.Logf("| %s | %d | %.4f | %.4f | %d | %.0f |", way, seed, kl, one, len(d.Losses()), spent)
			return kl, spent
		}
		byNumber, _ := score("numbers", f4f.Base(truth).Column("0", data.Whole).Column("1", data.Whole), all, 100)
		source, single := coded{truth, letterNames(), nil}, coded{truth, letterNames(), nil}
		for _, name := range []string{"letter", "next"} {
			source.codes = append(source.codes, must[data.BinaryCode](t)(data.NewBinaryCode(name, letterNames()...)))
			single.codes = append(single.codes, must[data.OneHotCode](t)(data.NewOneHotCode(name, letterNames()...)))
		}
		digits := must[data.Points](t)(source.encoded(all))
		plan, argmax, largest := f4f.Base(source).Layers(3), f4f.Base(source).Layers(3), f4f.Base(single).Layers(3)
		for k := range source.codes {
			for _, c := range source.codes[k].ColumnMaps() {
				plan = plan.Column(c.Column, c.Maps...)
			}
			for _, c := range source.codes[k].(data.BinaryCode).ArgmaxMaps() {
				argmax = argmax.Column(c.Column, c.Maps...)
			}
			for _, c := range single.codes[k].ColumnMaps() {
				largest = largest.Column(c.Column, c.Maps...)
			}
		}
		byDigit, spent := score("digits", plan, digits, 30)
		score("digits, an argmax flow", argmax, digits, 30)
		score("a column for each letter, an argmax flow", largest, must[data.Points](t)(single.encoded(all)), 100)
		categorical(t, truth, seed, spent)
		if !(byDigit < byNumber) {
			t.Errorf("seed %d: the KL is %.4f bits a letter by digits, and %.4f by numbers", seed, byDigit, byNumber)
		}
	}
}

// letterPairs returns the distribution of a letter and the next one in the beginning of Pride and
// Prejudice.
func letterPairs(t *testing.T) *data.Discrete {
	const text = `it is a truth universally acknowledged that a single man in possession of a good fortune must be in want of a wife
however little known the feelings or views of such a man may be on his first entering a neighbourhood this truth is so well fixed
in the minds of the surrounding families that he is considered as the rightful property of some one or other of their daughters
my dear mr bennet said his lady to him one day have you heard that netherfield park is let at last
mr bennet replied that he had not but it is returned she for mrs long has just been here and she told me all about it
mr bennet made no answer do not you want to know who has taken it cried his wife impatiently
you want to tell me and i have no objection to hearing it this was invitation enough`
	counts, last := make([]float64, 27*27), -1
	for _, r := range text {
		letter := 0
		if r >= 'a' {
			letter = int(r-'a') + 1
		}
		if last >= 0 {
			counts[27*last+letter]++
		}
		last = letter
	}
	return must[*data.Discrete](t)(data.NewDiscrete("pairs of letters", data.Grid{Quantum: []float64{1, 1}, Origin: []float64{0, 0}}, []int{27, 27}, counts))
}

// letterNames returns the names of the 27 letters.
func letterNames() (names []string) {
	for _, r := range " abcdefghijklmnopqrstuvwxyz" {
		names = append(names, string(r))
	}
	return names
}

// code is a data.BinaryCode or data.OneHotCode.
type code interface {
	Encode(classes []string) (data.Points, error)
	ColumnMaps() []data.ColumnMaps
}

// coded is a distribution of pairs of numbers from 0, which have names, each by the columns of a code.
type coded struct {
	pairs *data.Discrete
	names []string
	codes []code
}

func (s coded) Name() string { return fmt.Sprintf("%s in %d columns", s.pairs.Name(), s.Dim()) }
func (s coded) Dim() int     { return len(s.codes[0].ColumnMaps()) + len(s.codes[1].ColumnMaps()) }
func (s coded) Fingerprint() string {
	return fmt.Sprintf("%s in %d columns", s.pairs.Fingerprint(), s.Dim())
}

func (s coded) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.pairs.Sample(n, seed)
	if err != nil {
		return x, err
	}
	return s.encoded(x)
}

// encoded returns pairs [N, 2] in the columns of both codes.
func (s coded) encoded(x data.Points) (columns data.Points, err error) {
	for k, code := range s.codes {
		named := make([]string, x.Len())
		for i := range named {
			named[i] = s.names[int(x.At(i, k))]
		}
		own, err := code.Encode(named)
		if err != nil {
			return own, err
		}
		if k == 0 {
			columns = own
			continue
		}
		if columns, err = columns.HStack(own); err != nil {
			return columns, err
		}
	}
	return columns, nil
}

// categorical trains P(a, b) = P(a)·P(b|a) of two whole numbers, with a logit for each a, and a
// network of a for those of b, for this many seconds of a processor. It returns the KL from the truth
// in bits a dimension.
func categorical(t *testing.T, truth *data.Discrete, seed uint64, seconds float64) float64 {
	b := must[*backend.Backend](t)(backend.Open(context.Background(), "xla:cpu"))
	defer b.Finalize()
	levels := truth.Levels()
	logP := func(scope *model.Scope, x *Node) *Node {
		scope = scope.At("flow")
		dtype := x.DType()
		variable := func(name string, dims ...int) *Node {
			return scope.VariableWithShape(name, shapes.Make(dtype, dims...)).NodeValue(x)
		}
		of := func(column int) *Node {
			return OneHot(ConvertDType(Squeeze(Slice(x, AxisRange(), AxisElem(column)), -1), dtypes.Int32), levels[column], dtype)
		}
		a, second := of(0), of(1)
		const hidden = 128
		h := Add(Dot(a, variable("in", levels[0], hidden)).Product(), variable("in_bias", 1, hidden))
		for _, name := range []string{"one", "two"} {
			h = Add(h, Dot(MaxScalar(h, 0), variable(name, hidden, hidden)).Product())
		}
		first := BroadcastToShape(variable("first", 1, levels[0]), shapes.Make(dtype, x.Shape().Dim(0), levels[0]))
		logits := Dot(MaxScalar(h, 0), variable("out", hidden, levels[1])).Product()
		term := func(logits, chosen *Node) *Node {
			logits = Sub(logits, StopGradient(ReduceAndKeep(logits, ReduceMax, -1)))
			return Sub(ReduceSum(Mul(logits, chosen), -1), Log(ReduceSum(Exp(logits), -1)))
		}
		return Add(term(first, a), term(logits, second))
	}
	train := func(steps int) (*fit.State, float64) {
		rows := min(steps, 15_000) * 128
		x := must[data.Points](t)(truth.Sample(rows, seed+1))
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(int64(seed)); err != nil {
			t.Fatal(err)
		}
		problem := fit.Problem{
			Flow: "categorical", Store: store, Data: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x.Values(), rows, 2)},
			Phases: [][]fit.Loss{{func(scope *model.Scope, batches []*Node, _ *Node) *Node {
				return Neg(ReduceAllMean(logP(scope, batches[0])))
			}}},
		}
		began := processorSeconds()
		state := must[*fit.State](t)(fit.Run(context.Background(), b.Backend, problem, fit.Recipe{Epochs: max(steps*128/rows, 1), Batch: 128, LearningRate: 1e-3, Beta2: 0.99, Seed: seed}, nil, fit.Hooks{}))
		return state, processorSeconds() - began
	}
	_, few := train(2000)
	_, more := train(6000)
	state, spent := train(int(4000 * seconds / (more - few)))
	store := model.NewStore()
	for path, value := range state.Weights {
		if _, err := store.CreateVariable(path, value); err != nil {
			t.Fatal(err)
		}
	}
	exec := must[*model.Exec](t)(model.NewExec(b.Backend, store, func(scope *model.Scope, x *Node) *Node { return logP(scope, x) }))
	defer exec.Finalize()
	all := must[data.Points](t)(truth.All())
	outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(all.Values(), all.Len(), 2))
	if err != nil {
		t.Fatal(err)
	}
	logs := make([]float64, all.Len())
	for i, l := range tensors.MustCopyFlatData[float32](outputs[0]) {
		logs[i] = float64(l)
	}
	kl := bits(all, must[[]float64](t)(truth.LogMass(all)), logs)
	t.Logf("| %s | categorical network | %d | %.4f | 0 | 0 | %d | %.0f | | |", truth.Name(), seed, kl, state.Step, spent)
	return kl
}
