package fit

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// severalDevices returns XLA on the CPU with four devices.
func severalDevices(t testing.TB) compute.Backend {
	t.Helper()
	return open(t, "xla:cpu,devices=4")
}

// flow returns a chain of autoregressive spline layers.
func flow(layers, hidden, blocks int) bijection.Chain {
	var chain bijection.Chain
	for i := range layers {
		if i > 0 {
			chain = append(chain, bijection.Reversal(2))
		}
		chain = append(chain, bijection.Autoregressive{Dim: 2, Hidden: hidden, Blocks: blocks, Transformer: bijection.Spline{Bins: 8, Bound: 4}})
	}
	return chain
}

var smallFlow, paperFlow = flow(1, 16, 1), flow(4, 128, 2)

// points returns n points of a normal distribution of two dependent features.
func points(n int, seed uint64) *tensors.Tensor {
	rng := rand.New(rand.NewPCG(seed, 0))
	values := make([]float32, 0, 2*n)
	for range n {
		u, v := rng.NormFloat64(), rng.NormFloat64()
		values = append(values, float32(0.5*u+0.7), float32(0.8*u*u+0.3*v))
	}
	return tensors.FromFlatDataAndDimensions(values, n, 2)
}

// surprises returns −log N(y; 0, I) − log|det| [batch], without the constant.
func surprises(y, logDet *Node) *Node {
	return Sub(MulScalar(ReduceSum(Square(y), -1), 0.5), logDet)
}

// flowProblem returns the problem of learning a density from n points, as a base flow's training
// does.
func flowProblem(t testing.TB, f bijection.Bijection, n int) Problem {
	p := problem(t)
	p.Data = []*tensors.Tensor{points(n, 1)}
	p.Score = func(scope *model.Scope, batches []*Node) *Node {
		return surprises(f.Forward(scope.At("flow"), batches[0], nil))
	}
	p.Phases = [][]Loss{{func(scope *model.Scope, batches []*Node, _ *Node) *Node {
		return ReduceAllMean(p.Score(scope, batches))
	}}}
	return p
}

// bothWays returns the problem of a flow trained forward on one data set and backward on another,
// alternating within an epoch, as an alternating transport's training does.
func bothWays(t testing.TB) Problem {
	p := flowProblem(t, smallFlow, 4000)
	p.Data = append(p.Data, points(2500, 2))
	p.Validation = []*tensors.Tensor{points(500, 3), points(500, 4)}
	p.Phases[0] = append(p.Phases[0], func(scope *model.Scope, batches []*Node, _ *Node) *Node {
		return ReduceAllMean(surprises(smallFlow.Inverse(scope.At("flow"), batches[1], nil)))
	})
	return p
}

// byEpochs returns a problem whose losses alternate by epochs, with a program each.
func byEpochs(t testing.TB) Problem {
	p := sides(t)
	p.Phases = [][]Loss{{scaled(0)}, {scaled(1)}}
	return p
}

// pairs returns a problem with a loss that pairs each row of a batch's upper half with one of the
// lower half. Other pairs would change it.
func pairs(t testing.TB) Problem {
	p := problem(t, func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		half := batches[0].Shape().Dim(0) / 2
		upper, lower := SliceAxis(batches[0], 0, AxisRange(0, half)), SliceAxis(batches[0], 0, AxisRange(half))
		return squared(scope, []*Node{Mul(upper, lower)}, progress)
	})
	p.Data = []*tensors.Tensor{ramp(4000)}
	return p
}

func TestSeveralDevicesTrainAsOneDoes(t *testing.T) {
	b := severalDevices(t)
	// Few steps at the paper's learning rate. The first differences are rounding, 1e-7, and grow a
	// thousandfold within some hundred steps, on one device as on several.
	r := Recipe{Epochs: 2, Batch: 64, LearningRate: 1e-4, ClipNorm: 5, Seed: 1}
	for name, test := range map[string]struct {
		problem func(testing.TB) Problem
		devices []int
	}{
		"base":      {func(t testing.TB) Problem { return flowProblem(t, smallFlow, 4000) }, []int{2}},
		"by steps":  {bothWays, []int{2}},
		"by epochs": {byEpochs, []int{2, 4}},
		"pairs":     {pairs, []int{2, 4}},
	} {
		one, err := Run(context.Background(), b, test.problem(t), r, nil, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		for _, devices := range test.devices {
			r := r
			r.Devices = devices
			training, err := newTraining(b, test.problem(t), r, nil, Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := training.run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for i, l := range s.Losses {
				worst = max(worst, math.Abs(float64(l-one.Losses[i]))/max(math.Abs(float64(one.Losses[i])), 0.1))
			}
			for i, e := range s.Epochs {
				if e.Validation == e.Validation { // not NaN
					worst = max(worst, math.Abs(e.Validation-one.Epochs[i].Validation)/math.Abs(one.Epochs[i].Validation))
				}
			}
			t.Logf("%s, %d devices, %d steps, loss %.3f to %.3f: the losses are at most %.2g of themselves off those on one device", name, devices, s.Step, s.Losses[0], s.Losses[s.Step-1], worst)
			if worst > 1e-4 || len(s.Losses) != len(one.Losses) {
				t.Errorf("%s, %d devices: %d losses at most %g off, %d on one device", name, devices, len(s.Losses), worst, len(one.Losses))
			}
			variables := 0
			for v, others := range training.replicas.others {
				variables++
				for i, replica := range others {
					if !replica.Equal(s.Weights[v.Path()]) {
						t.Errorf("%s: %s differs on device %d", name, v.Path(), i+1)
					}
				}
			}
			if variables != len(s.Weights)-1 { // all but the random generator's
				t.Errorf("%s: %d variables have replicas, of %d", name, variables, len(s.Weights))
			}
			training.close()
		}
	}
}

func TestARunOnSeveralDevicesResumesOnAnyNumber(t *testing.T) {
	b := severalDevices(t)
	r := recipe
	r.Batch, r.Epochs, r.Devices = 20, 4, 2
	whole, err := Run(context.Background(), b, sides(t), r, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	part, err := Run(ctx, b, sides(t), r, nil, Hooks{Event: func(e Event) {
		if e.Step > 70 {
			stop()
		}
	}})
	if !errors.Is(err, ErrInterrupted) || part.Step == whole.Step {
		t.Fatalf("interrupted at step %d: %v", part.Step, err)
	}
	r.Window = 70
	again, err := Run(context.Background(), b, sides(t), r, part, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if err := sameRun(whole, again); err != nil {
		t.Errorf("resumed on as many devices, in windows: %v", err)
	}
	r.Devices = 1
	if again, err = Run(context.Background(), b, sides(t), r, part, Hooks{}); err != nil {
		t.Fatal(err)
	}
	for i, l := range again.Losses {
		if off := math.Abs(float64(l - whole.Losses[i])); off > 1e-4*math.Abs(float64(l)) {
			t.Fatalf("resumed on one device the loss of step %d is %g, want %g", i+1, l, whole.Losses[i])
		}
	}
}

func TestNonFiniteLossOnOneDeviceStopsAll(t *testing.T) {
	p := problem(t)
	values := make([]float32, 1000)
	values[500] = float32(math.Inf(1))
	p.Data = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(values, 1000, 1)}
	r := recipe
	r.Devices = 2
	if s, err := Run(context.Background(), severalDevices(t), p, r, nil, Hooks{}); !errors.Is(err, ErrNonFinite) || s.Step != 0 {
		t.Errorf("got %v and error %v", s, err)
	}
}

func TestSharesHaveAllRowsAndTheSamePairs(t *testing.T) {
	rows := []int32{0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17}
	for _, test := range []struct {
		batch, devices int
		want           [][]int32
	}{
		{8, 1, [][]int32{rows}},
		{8, 2, [][]int32{{0, 1, 4, 5, 10, 11, 14, 15}, {2, 3, 6, 7, 12, 13, 16, 17}}},
		{8, 4, [][]int32{{0, 4, 10, 14}, {1, 5, 11, 15}, {2, 6, 12, 16}, {3, 7, 13, 17}}},
		{8, 8, [][]int32{{0, 10}, {1, 11}, {2, 12}, {3, 13}, {4, 14}, {5, 15}, {6, 16}, {7, 17}}},
	} {
		var got [][]int32
		for device := range test.devices {
			got = append(got, shareOf(rows, test.batch, device, test.devices))
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("batches of %d on %d devices are shared as %v, want %v", test.batch, test.devices, got, test.want)
		}
	}
	if got := shareOf(slices.Clone(rows), 8, 0, 1); !slices.Equal(got, rows) {
		t.Errorf("one device has %v", got)
	}
}

func TestDevicesThatAreNotThereAreRefusedByName(t *testing.T) {
	for name, test := range map[string]struct {
		choice  string
		devices int
		want    string
	}{
		"negative":      {"xla:cpu,devices=4", -1, "fit: devices must be at least 1 (0 for one), got -1"},
		"uneven":        {"xla:cpu,devices=4", 3, "fit: a batch must be a multiple of the 3 devices that share it, got 10"},
		"too many":      {"xla:cpu,devices=4", 5, "fit: devices must be at most the 4 that the backend has, got 5"},
		"no XLA":        {"go", 2, "fit: training on 2 devices needs XLA"},
		"no XLA, alone": {"go", 1, ""},
	} {
		r := recipe
		r.Devices = test.devices
		s, err := Run(context.Background(), open(t, test.choice), problem(t), r, nil, Hooks{})
		if test.want == "" && err != nil || test.want != "" && (s != nil || err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v and error %v, want %q", name, s, err, test.want)
		}
	}
}
