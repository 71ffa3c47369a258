package f4f_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// nflowsCase is a state dict that nflows or flows4flows made, and the options that the file does
// not contain. testdata/make_nflows_flows.py makes them.
type nflowsCase struct {
	name      string
	options   f4f.NFlows
	transport bool
	precision f4f.Precision // that it must come in as; empty for Float32
}

var nflowsCases = []nflowsCase{
	{name: "paper"}, // whose file tells its tail bound
	{name: "lu", options: f4f.NFlows{TailBound: 3.5, Backend: "go"}, precision: f4f.Float64}, // the backend that has nothing to compile
	{name: "conditional", options: f4f.NFlows{TailBound: 5, Prefix: "flow.", Backend: "go"}},
	{name: "one", options: f4f.NFlows{TailBound: 4, Backend: "go"}},
	{name: "coupling", options: f4f.NFlows{TailBound: 4, Backend: "go"}},
	{name: "transport", options: f4f.NFlows{TailBound: 4, Backend: "go"}, transport: true},
	{name: "difference", options: f4f.NFlows{On: f4f.Difference, Backend: "go"}, transport: true},
	{name: "both", options: f4f.NFlows{On: f4f.Both, Backend: "go"}, transport: true},
	{name: "shared", options: f4f.NFlows{On: f4f.Shared, Backend: "go"}, transport: true},
}

func (c nflowsCase) file() string {
	return filepath.Join("testdata", "nflows_"+c.name+".safetensors")
}

// python returns the path of a Python that has torch, nflows and safetensors.
func python(t *testing.T) string {
	t.Helper()
	path := os.Getenv("F4F_NFLOWS_PYTHON")
	if path == "" {
		t.Fatal("set F4F_NFLOWS_PYTHON to a Python that has torch, nflows and safetensors, and PYTHONPATH to flows4flows")
	}
	return path
}

// exporter is what these tests use of a density and a transport.
type exporter interface {
	ExportNFlows(path string) error
	Save(path string) error
	Precision() f4f.Precision
}

func (c nflowsCase) read(t *testing.T, path string) exporter {
	t.Helper()
	var flow exporter
	if c.transport {
		flow = must[*f4f.Transport](t)(f4f.ImportNFlowsTransport(context.Background(), path, c.options))
	} else {
		flow = must[*f4f.Density](t)(f4f.ImportNFlows(context.Background(), path, c.options))
	}
	if want := cmp.Or(c.precision, f4f.Float32); flow.Precision() != want {
		t.Errorf("%s comes in as %s, want %s", path, flow.Precision(), want)
	}
	return flow
}

// answers are points and what nflows computes from them, by name.
type answers map[string]*tensors.Tensor

func readAnswers(t *testing.T, path string) answers {
	t.Helper()
	values, _, err := safetensors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return answers(values)
}

// points returns the float32 points with a name, empty if there are none.
func (a answers) points(t *testing.T, name string) data.Points {
	t.Helper()
	v := a[name]
	if v == nil {
		return data.Points{}
	}
	return must[data.Points](t)(data.NewPoints(v.Shape().Dim(1), tensors.MustCopyFlatData[float32](v)))
}

// off returns the largest deviation of values from nflows' values with a name, relative to those
// above 1.
func (a answers) off(t *testing.T, name string, got []float64) (worst float64) {
	t.Helper()
	want := tensors.MustCopyFlatData[float64](a[name])
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, nflows %d", name, len(got), len(want))
	}
	for i, w := range want {
		if d := math.Abs(got[i]-w) / max(1, math.Abs(w)); !(d <= worst) {
			worst = d
		}
	}
	return worst
}

func (a answers) offPoints(t *testing.T, name string, got data.Points) float64 {
	t.Helper()
	wide := make([]float64, len(got.Values()))
	for i, v := range got.Values() {
		wide[i] = float64(v)
	}
	return a.off(t, name, wide)
}

// limits are the largest allowed deviations from nflows in float64: in log-prob, in the map to the
// noise or to the right, and in its inverse.
type limits [3]float64

var (
	inFloat32   = limits{1e-5, 1e-5, 1e-5}  // of a flow in float32
	inFloat64   = limits{1e-11, 1e-7, 1e-7} // of one in float64, whose points alone are rounded, coming out
	scaledTwice = limits{1e-5, 1e-6, 1e-6}  // of one in float64 from a float32 file that holds its scalers twice, as (mean, std) and as (−mean/std, 1/std), each rounded
)

// limits returns the limits of the case's precision.
func (c nflowsCase) limits() limits {
	if c.precision == f4f.Float64 {
		return inFloat64
	}
	return inFloat32
}

// compareWithNflows compares a flow with what nflows computes in float64, and returns the largest
// deviation of each kind.
func compareWithNflows(t *testing.T, flow exporter, a answers, l limits) (worst [3]float64) {
	t.Helper()
	switch f := flow.(type) {
	case *f4f.Density:
		f = f.At(a.points(t, "c"))
		worst[0] = a.off(t, "log_prob", must[[]float64](t)(f.LogProb(a.points(t, "x"))))
		worst[1] = a.offPoints(t, "encoded", must[data.Points](t)(f.Encode(a.points(t, "x"))))
		worst[2] = a.offPoints(t, "decoded", must[data.Points](t)(f.Decode(a.points(t, "z"))))
	case *f4f.Transport:
		f = f.At(a.points(t, "cx"), a.points(t, "cy"))
		x, y := a.points(t, "x"), a.points(t, "y")
		worst[0] = max(a.off(t, "log_prob", must[[]float64](t)(f.LogProb(y))), a.off(t, "log_prob_left", must[[]float64](t)(f.LogProbLeft(x))))
		worst[1] = a.offPoints(t, "forward", must[data.Points](t)(f.Forward(x)))
		worst[2] = a.offPoints(t, "inverse", must[data.Points](t)(f.Inverse(y)))
	}
	for i, what := range []string{"log-prob", "forward", "inverse"} {
		if !(worst[i] <= l[i]) {
			t.Errorf("%s is off by up to %.2g, at most %.0e is allowed", what, worst[i], l[i])
		}
	}
	return worst
}

// Flows that nflows made and what it made of points are in testdata. In its long form the test has
// nflows make them anew, and one more of the paper's size, which it trains:
//
//	PYTHONPATH=flows4flows F4F_NFLOWS_PYTHON=venv/bin/python go test ./f4f -run AnImportedFlowAgrees -long -v
func TestAnImportedFlowAgreesWithNflows(t *testing.T) {
	cases, folder := nflowsCases, "testdata"
	if *long {
		cases, folder = append(slices.Clip(cases), nflowsCase{name: "trained"}), t.TempDir()
		out, err := exec.Command(python(t), "testdata/make_nflows_flows.py", folder).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		t.Logf("%s", out)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := readAnswers(t, filepath.Join(folder, "nflows_"+c.name+"_gives.safetensors"))
			flow := c.read(t, filepath.Join(folder, "nflows_"+c.name+".safetensors"))
			worst := compareWithNflows(t, flow, a, c.limits())
			t.Logf("worst: log-prob %.2g, forward %.2g, inverse %.2g", worst[0], worst[1], worst[2])
			compareInFloat64(t, filepath.Join(folder, "nflows_"+c.name+".safetensors"), c, a, inFloat64)
		})
	}
}

// compareInFloat64 compares the flow of a state dict with nflows, its weights widened to float64.
// It shows that the deviations of a float32 flow are rounding.
func compareInFloat64(t *testing.T, path string, c nflowsCase, a answers, l limits) {
	t.Helper()
	entries, texts, err := safetensors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range entries {
		if value.DType() == dtypes.Float32 {
			flat := tensors.MustCopyFlatData[float32](value)
			wide := make([]float64, len(flat))
			for i, v := range flat {
				wide[i] = float64(v)
			}
			entries[name] = tensors.FromFlatDataAndDimensions(wide, value.Shape().Dimensions...)
		}
	}
	widened := filepath.Join(t.TempDir(), "widened.safetensors")
	if err := safetensors.Write(widened, entries, texts); err != nil {
		t.Fatal(err)
	}
	c.precision, c.options.Backend = f4f.Float64, "go"
	worst := compareWithNflows(t, c.read(t, widened), a, l)
	t.Logf("in float64: log-prob %.2g, forward %.2g, inverse %.2g", worst[0], worst[1], worst[2])
}

// exported exports a flow by ExportNFlows, and reads the export back.
func exported(t *testing.T, flow exporter, c nflowsCase) (path string, again exporter) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "exported.safetensors")
	if err := flow.ExportNFlows(path); err != nil {
		t.Fatal(err)
	}
	c.options.Prefix, c.options.TailBound = "", 0 // which the file tells
	return path, c.read(t, path)
}

func TestAnImportedFlowExportsAsTheStateDictThatItWas(t *testing.T) {
	for _, c := range nflowsCases {
		t.Run(c.name, func(t *testing.T) {
			if c.options.Backend == "" {
				c.options.Backend = "go"
			}
			flow := c.read(t, c.file())
			path, again := exported(t, flow, c)
			compareWithNflows(t, again, readAnswers(t, filepath.Join("testdata", "nflows_"+c.name+"_gives.safetensors")), c.limits())
			if slices.Contains([]string{"lu", "conditional", "one"}, c.name) {
				return // whose composites are others
			}
			want, got := readAnswers(t, c.file()), readAnswers(t, path)
			for name, value := range want {
				if !value.Equal(got[name]) {
					t.Errorf("%s is exported as %v, and was %v", name, got[name], value)
				}
			}
			for name := range got {
				// What has several names in a flow for flow may have been saved under the first of
				// them alone.
				rest := strings.NewReplacer("base_flow_left.", "_distribution.", "base_flow_right.", "_distribution.").Replace(name)
				if want[name] == nil && want[rest] == nil {
					t.Errorf("%s is exported, and never was there", name)
				}
			}
		})
	}
}

func TestAnImportWithAnyWeightInFloat64IsOfFloat64(t *testing.T) {
	const bias = "_transform._transforms.0.autoregressive_net.initial_layer.bias"
	c := nflowsCases[0]
	c.options = f4f.NFlows{TailBound: 4, Backend: "go"}
	entries := fit.Snapshot(readAnswers(t, c.file()))
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	save := func(name string, values ...float64) {
		entries[name] = tensors.FromFlatDataAndDimensions(values, len(values))
		if err := safetensors.Write(path, entries, nil); err != nil {
			t.Fatal(err)
		}
	}
	save("_distribution._log_z", 1.84) // a constant, which older versions of nflows keep in float64 in any flow
	c.read(t, path)
	third := make([]float64, 10)
	third[0] = 1. / 3
	save(bias, third...)
	c.precision = f4f.Float64
	again, _ := exported(t, c.read(t, path), c)
	weights, texts, err := safetensors.Read(again)
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors.MustCopyFlatData[float64](weights[bias]); got[0] != 1./3 {
		t.Errorf("a weight of %.17g is exported as %.17g", 1./3, got[0])
	}
	if !strings.HasSuffix(texts["python"], ".double()") {
		t.Errorf("the exported code makes a flow of float32: %s", texts["python"])
	}
}

func TestAnImportedFlowIsSavedAndLoaded(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go") // which has nothing to compile
	for _, name := range []string{"conditional", "transport", "difference"} {
		i := slices.IndexFunc(nflowsCases, func(c nflowsCase) bool { return c.name == name })
		c := nflowsCases[i]
		flow, path := c.read(t, c.file()), filepath.Join(t.TempDir(), "flow.safetensors")
		if err := flow.Save(path); err != nil {
			t.Fatal(err)
		}
		var loaded exporter
		if c.transport {
			loaded = must[*f4f.Transport](t)(f4f.LoadTransport(context.Background(), path))
		} else {
			loaded = must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), path))
		}
		compareWithNflows(t, loaded, readAnswers(t, filepath.Join("testdata", "nflows_"+name+"_gives.safetensors")), inFloat32)
	}
}

// ours are flows that this package trained, kept as testdata/ours_NAME.safetensors beside what
// nflows computes from their export.
var ours = []struct {
	name     string
	density  func(t *testing.T) f4f.BasePlan // nil for a transport
	between  func(t *testing.T) f4f.BetweenPlan
	relation f4f.Relation
	// precision is the flow's; empty for Float32.
	precision f4f.Precision
	// long flows are trained, and compared with nflows, only in the long form, and not kept.
	long bool
	// limit is the largest allowed deviation from nflows in float64; 0 for 1e-5.
	limit float64
}{
	{name: "standardised", density: func(t *testing.T) f4f.BasePlan {
		return brief(t, normal{"far", []float64{30, -2, 0}, []float64{12, 0.05, 1}}).Standardise().Mixing(f4f.LULinear)
	}},
	// Whose first feature sees the condition, as nflows' own masks wouldn't let it.
	{name: "conditional", density: func(t *testing.T) f4f.BasePlan { return brief(t, turned{}).Standardise().Mixing(f4f.Permutation) }},
	{name: "coupling", density: func(t *testing.T) f4f.BasePlan { return brief(t, turned{}).LayerKind(f4f.Coupling) }},
	{name: "difference", between: func(t *testing.T) f4f.BetweenPlan {
		return briefBetween(t, turned{}, turned{}).On(f4f.Difference)
	}, relation: f4f.Difference},
	{name: "both", between: func(t *testing.T) f4f.BetweenPlan { return briefBetween(t, turned{}, turned{}).On(f4f.Both) }, relation: f4f.Both},
	{name: "float64", density: func(t *testing.T) f4f.BasePlan {
		return brief(t, turned{}).Standardise().Mixing(f4f.LULinear).Precision(f4f.Float64)
	}, precision: f4f.Float64},
	{name: "transport", between: func(t *testing.T) f4f.BetweenPlan { return briefBetween(t, left, right) }},
	// The paper's flows in their own size, trained as long as a few minutes allow. nflows' own
	// float32 is up to 1.8e-5 off its float64 in the first and 4.5e-5 in the second; that nothing
	// but rounding is in it is shown in float64.
	{name: "paper", density: func(t *testing.T) f4f.BasePlan { return paperSized(t, data.FourCircles()) }, long: true, limit: 4e-5},
	{name: "paper transport", between: func(t *testing.T) f4f.BetweenPlan {
		return f4f.Between(paperSized(t, data.Ring()), paperSized(t, data.FourCircles())).Samples(30_000).LearningRate(1e-3).Epochs(2).Store(store(t))
	}, long: true, limit: 4e-5},
}

// brief returns a plan of a narrow flow with a short training, so that its file is small.
func brief(t *testing.T, s data.Source) f4f.BasePlan {
	return f4f.Base(s).Layers(2).Hidden(6).Blocks(1).Bins(4).Samples(2000).Batch(50).LearningRate(5e-3).Epochs(2).Backend("go").Store(store(t))
}

func briefBetween(t *testing.T, l, r data.Source) f4f.BetweenPlan {
	plan := func(s data.Source) f4f.BasePlan { return brief(t, s).Layers(1).Standardise() }
	return f4f.Between(plan(l), plan(r)).Layers(2).Hidden(6).Blocks(1).Bins(4).Samples(2000).Batch(50).LearningRate(5e-3).Epochs(2).Backend("go").Store(store(t))
}

func paperSized(t *testing.T, s data.Source) f4f.BasePlan {
	return f4f.Base(s).Samples(30_000).LearningRate(1e-3).Epochs(6).Store(store(t))
}

// Flows that nflows has answered for are in testdata. In its long form the test trains them anew,
// exports them, has nflows read the export and answer, and keeps both there but for the largest; it
// needs a Python with torch, nflows and safetensors, and flows4flows on its path
// (testdata/make_nflows_flows.py tells how):
//
//	PYTHONPATH=flows4flows F4F_NFLOWS_PYTHON=venv/bin/python go test ./f4f -run AnExportedFlowAgrees -long -v
func TestAnExportedFlowAgreesWithNflows(t *testing.T) {
	if !*long {
		t.Setenv("GOMLX_BACKEND", "go") // which has nothing to compile
	}
	for _, o := range ours {
		if o.long && !*long {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			folder := "testdata"
			if o.long {
				folder = t.TempDir()
			}
			file, answered := filepath.Join(folder, "ours_"+o.name+".safetensors"), filepath.Join(folder, "ours_"+o.name+"_gives.safetensors")
			c := nflowsCase{transport: o.density == nil, precision: o.precision, options: f4f.NFlows{On: o.relation, Backend: "go"}}
			if *long {
				var flow exporter
				if c.transport {
					flow = fitted(t, o.between(t))
				} else {
					flow = fitted(t, o.density(t))
				}
				if err := flow.Save(file); err != nil {
					t.Fatal(err)
				}
				path, _ := exported(t, flow, c)
				asked := filepath.Join(t.TempDir(), "points.safetensors")
				if err := safetensors.Write(asked, questions(t, flow), nil); err != nil {
					t.Fatal(err)
				}
				out, err := exec.Command(python(t), "testdata/ask_nflows.py", path, asked, answered).CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				t.Logf("%s", out)
			}
			var flow exporter
			if c.transport {
				flow = must[*f4f.Transport](t)(f4f.LoadTransport(context.Background(), file))
			} else {
				flow = must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), file))
			}
			a := readAnswers(t, answered)
			allowed, widened := c.limits(), inFloat64
			if o.limit > 0 {
				allowed = limits{o.limit, o.limit, o.limit}
			}
			if c.transport && !o.long { // which is standardised
				widened = scaledTwice
			}
			worst := compareWithNflows(t, flow, a, allowed)
			t.Logf("worst: log-prob %.2g, forward %.2g, inverse %.2g", worst[0], worst[1], worst[2])
			path, again := exported(t, flow, c)
			compareWithNflows(t, again, a, allowed)
			compareInFloat64(t, path, c, a, widened)
		})
	}
}

// questions returns points to evaluate a flow at: samples of what it was trained on.
func questions(t *testing.T, flow exporter) fit.Snapshot {
	t.Helper()
	asked := fit.Snapshot{}
	put := func(name string, p data.Points) {
		if p.Len() > 0 {
			asked[name] = tensors.FromFlatDataAndDimensions(p.Values(), p.Len(), p.Dim())
		}
	}
	const rows = 30
	conditions := func(seed uint64) data.Points {
		_, c, err := turned{}.SampleWithConditions(rows, seed)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	switch f := flow.(type) {
	case *f4f.Density:
		if f.ConditionDim() > 0 {
			c := conditions(5)
			put("c", c)
			f = f.At(c)
		}
		put("x", must[data.Points](t)(f.Sample(rows, 3)))
		put("z", sample(t, normal{"noise", make([]float64, f.Dim()), slices.Repeat([]float64{1}, f.Dim())}, rows, 4))
	case *f4f.Transport:
		if f.Left().ConditionDim() > 0 {
			cx, cy := conditions(5), conditions(6)
			put("cx", cx)
			put("cy", cy)
			f = f.At(cx, cy)
		}
		put("x", must[data.Points](t)(f.Left().Sample(rows, 3)))
		put("y", must[data.Points](t)(f.Right().Sample(rows, 4)))
	}
	return asked
}

func TestWhatNflowsHasNoCounterpartOfSaysSo(t *testing.T) {
	plane, conditional := fitted(t, brief(t, left)), fitted(t, brief(t, turned{}).Epochs(1))
	for name, c := range map[string]struct {
		flow exporter
		want string
	}{
		"an embedding":            {fitted(t, brief(t, turned{}).Embedding(3).Epochs(1)), "embedding"},
		"coupling of one feature": {fitted(t, brief(t, normal{"line", []float64{0}, []float64{1}}).LayerKind(f4f.Coupling).Epochs(1)), "single feature"},
		"a base transfer":         {must[*f4f.Transport](t)(f4f.BaseTransfer(plane, plane)), "export its Left and Right"},
		"a relation between two":  {fitted(t, briefBetween(t, turned{}, data.Rotated(data.FourCircles(), 45)).On(f4f.Difference).Epochs(1)), "this is between two"},
	} {
		path := filepath.Join(t.TempDir(), "exported.safetensors")
		if err := c.flow.ExportNFlows(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
	if err := conditional.ExportNFlows(filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Error("nothing was said of a folder that isn't there")
	}
}

func TestAnImportThatCannotBeSaysWhatIsMissingAndWhatWasExpected(t *testing.T) {
	const net = "_transform._transforms.0.autoregressive_net."
	set := func(name string, value *tensors.Tensor) func(fit.Snapshot) {
		return func(entries fit.Snapshot) { entries[name] = value }
	}
	without := func(prefix string) func(fit.Snapshot) {
		return func(entries fit.Snapshot) {
			maps.DeleteFunc(entries, func(name string, _ *tensors.Tensor) bool { return strings.HasPrefix(name, prefix) })
		}
	}
	floats := func(dimensions ...int) *tensors.Tensor {
		return tensors.FromShape(shapes.Make(dtypes.Float32, dimensions...))
	}
	infinite := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{float32(math.Inf(1))}, 10), 10)
	wholes := func(values ...int64) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(values, len(values)) }
	paper, between, difference := nflowsCases[0], nflowsCases[5], nflowsCases[6]
	for name, c := range map[string]struct {
		of      nflowsCase
		options f4f.NFlows
		change  func(fit.Snapshot)
		want    []string
	}{
		"no tail bound":               {paper, f4f.NFlows{}, nil, []string{"TailBound", "tail_bound"}},
		"a bad tail bound":            {paper, f4f.NFlows{TailBound: math.NaN()}, nil, []string{"tail bound", "NaN"}},
		"a weight is missing":         {paper, f4f.NFlows{TailBound: 4}, without(net + "blocks.1.linear_layers.0.bias"), []string{net + "blocks.1.linear_layers.0.bias", "[10]"}},
		"a weight of a wrong size":    {paper, f4f.NFlows{TailBound: 4}, set(net+"blocks.1.linear_layers.0.bias", floats(7)), []string{net + "blocks.1.linear_layers.0.bias", "[7]", "expected [10]"}},
		"a weight of whole numbers":   {paper, f4f.NFlows{TailBound: 4}, set(net+"initial_layer.bias", wholes(make([]int64, 10)...)), []string{net + "initial_layer.bias", "Int64", "Float32 or Float64"}},
		"a weight that is infinite":   {paper, f4f.NFlows{TailBound: 4}, set(net+"initial_layer.bias", infinite), []string{net + "initial_layer.bias", "+Inf"}},
		"an entry too many":           {paper, f4f.NFlows{TailBound: 4}, set(net+"blocks.0.batch_norm_layers.0.weight", floats(10)), []string{net + "blocks.0.batch_norm_layers.0.weight", "[10]"}},
		"an embedding":                {paper, f4f.NFlows{TailBound: 4}, set("_embedding_net.weight", floats(2, 2)), []string{"_embedding_net.weight", "[2 2]"}},
		"a base that is trained":      {paper, f4f.NFlows{TailBound: 4}, set("_distribution._log_std", floats(2)), []string{"_distribution._log_std"}},
		"another prefix":              {paper, f4f.NFlows{TailBound: 4, Prefix: "model."}, nil, []string{"_transform."}},
		"no spline":                   {paper, f4f.NFlows{TailBound: 4}, set(net+"final_layer.weight", floats(48, 10)), []string{"3·bins−1", "[48 10]"}},
		"a layer of its own size":     {paper, f4f.NFlows{TailBound: 4}, set(net+"initial_layer.weight", floats(11, 2)), []string{"must be alike"}},
		"random masks":                {paper, f4f.NFlows{TailBound: 4}, set(net+"initial_layer.degrees", wholes(1, 1, 1, 1, 1, 1, 1, 1, 1, 2)), []string{net + "initial_layer.degrees"}},
		"a mask of another kind":      {paper, f4f.NFlows{TailBound: 4}, set(net+"initial_layer.mask", floats(10, 2)), []string{net + "initial_layer.mask"}},
		"a transform without weights": {paper, f4f.NFlows{TailBound: 4}, without("_transform._transforms.3."), []string{"_transforms.4.", "_transforms.3."}},
		"a transform of no kind": {paper, f4f.NFlows{TailBound: 4}, func(entries fit.Snapshot) {
			without("_transform._transforms.3.")(entries)
			entries["_transform._transforms.3.shift"] = floats(2)
		}, []string{"_transforms.3."}},
		"a permutation of no kind":    {paper, f4f.NFlows{TailBound: 4}, set("_transform._transforms.1._permutation", wholes(1, 1)), []string{"permutation"}},
		"a transport's left base":     {between, f4f.NFlows{TailBound: 4, Left: "left."}, without("base_flow_left."), []string{`"left._transform."`}},
		"conditions unsaid":           {difference, f4f.NFlows{TailBound: 4}, nil, []string{"On", "Difference"}},
		"conditions of a wrong width": {difference, f4f.NFlows{TailBound: 4, On: f4f.Both}, nil, []string{"1 features", "has 2"}},
		"conditions of none":          {between, f4f.NFlows{TailBound: 4, On: f4f.Shared}, nil, []string{"On needs bases with conditions"}},
		"a relation of one's own":     {difference, f4f.NFlows{TailBound: 4, On: f4f.RelationFunc("mine", 1, func(cx, _ *graph.Node) *graph.Node { return cx })}, nil, []string{"Difference, Both or Shared"}},
	} {
		t.Run(name, func(t *testing.T) {
			entries := fit.Snapshot(readAnswers(t, c.of.file()))
			if c.change != nil {
				c.change(entries)
			}
			c.options.Backend = "go"
			path := filepath.Join(t.TempDir(), "flow.safetensors")
			if err := safetensors.Write(path, entries, nil); err != nil {
				t.Fatal(err)
			}
			var err error
			if c.of.transport {
				_, err = f4f.ImportNFlowsTransport(context.Background(), path, c.options)
			} else {
				_, err = f4f.ImportNFlows(context.Background(), path, c.options)
			}
			if err == nil {
				t.Fatal("it was imported")
			}
			for _, part := range append(c.want, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error is %q, want one with %q", err, part)
				}
			}
		})
	}
}

func TestAConditionalImportWarnsByTheRangeItIsGiven(t *testing.T) {
	c := nflowsCases[3] // one condition
	one := must[data.Points](t)(data.NewPoints(1, []float32{0.5}))
	unknown := c.read(t, c.file()).(*f4f.Density)
	if _, err := unknown.Strict().At(one).LogProb(one); !errors.Is(err, f4f.ErrOutsideRange) || !strings.Contains(err.Error(), "ConditionRange") {
		t.Errorf("strict, with no range known: %v", err)
	}
	c.options.ConditionRange = [][2]float64{{0, 1}}
	known := c.read(t, c.file()).(*f4f.Density)
	if _, err := known.Strict().At(one).LogProb(one); err != nil {
		t.Errorf("strict, within the range: %v", err)
	}
	far := must[data.Points](t)(data.NewPoints(1, []float32{2}))
	if _, err := known.Strict().At(far).LogProb(one); !errors.Is(err, f4f.ErrOutsideRange) {
		t.Errorf("strict, outside the range: %v", err)
	}
}
