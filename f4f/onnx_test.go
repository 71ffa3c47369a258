package f4f_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	py "github.com/flowsforflows/flows/f4f/backend/python"
)

// models writes a model, and beside it what goes in and has to come out.
type models struct {
	t      *testing.T
	folder string
}

func (e models) write(name string, within float64, export func(path string) error, arrays map[string]data.Points) {
	e.t.Helper()
	path := filepath.Join(e.folder, name)
	if err := export(path + ".onnx"); err != nil {
		e.t.Errorf("%s: %v", name, err)
		return
	}
	arrays["within"] = columnOf(e.t, []float64{within})
	if err := data.WriteNPZ(path+".npz", arrays); err != nil {
		e.t.Fatal(err)
	}
}

func columnOf(t *testing.T, values []float64) data.Points {
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return must[data.Points](t)(data.NewPoints(1, narrow))
}

// density writes a density's functions at points x, and at their noise.
func (e models) density(name string, within float64, d *f4f.Density, x, c data.Points) {
	e.t.Helper()
	if c.Len() > 0 {
		d = d.At(c)
	}
	z := must[data.Points](e.t)(d.Encode(x))
	arrays := map[string]data.Points{
		"x": x, "z": z, "log_prob": columnOf(e.t, must[[]float64](e.t)(d.LogProb(x))), "encoded": z, "decoded": must[data.Points](e.t)(d.Decode(z)),
	}
	arrays["decoded_log_prob"] = columnOf(e.t, must[[]float64](e.t)(d.LogProb(arrays["decoded"])))
	if c.Len() > 0 {
		arrays["condition"] = c
	}
	e.write(name, within, func(path string) error { return d.ExportONNX(path) }, arrays)
}

// doubles writes a model of float64: points, which are rounded to float32 on their way out of this package,
// and log-probs and log-dets, which aren't.
func (e models) doubles(name string, export func(path string) error, points map[string]data.Points, logs map[string][]float64) {
	e.t.Helper()
	e.write(name, 1e-10, export, points)
	if err := os.WriteFile(filepath.Join(e.folder, name+".json"), must[[]byte](e.t)(json.Marshal(logs)), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// doubleDensity writes the functions of a Float64 density, without decode, whose log-prob is that of a
// point that hasn't been rounded.
func (e models) doubleDensity(name string, d *f4f.Density, x data.Points) {
	e.t.Helper()
	e.doubles(name, func(path string) error { return d.ExportONNX(path, "log_prob", "encode") },
		map[string]data.Points{"x": x, "encoded": must[data.Points](e.t)(d.Encode(x))},
		map[string][]float64{"log_prob": must[[]float64](e.t)(d.LogProb(x))})
}

// doubleTransport writes the functions of a Float64 transport.
func (e models) doubleTransport(name string, g *f4f.Transport, x, y data.Points) {
	e.t.Helper()
	forward, forwardLogDet, err := g.ForwardLogDet(x)
	if err != nil {
		e.t.Fatal(err)
	}
	inverse, inverseLogDet, err := g.InverseLogDet(y)
	if err != nil {
		e.t.Fatal(err)
	}
	e.doubles(name, func(path string) error { return g.ExportONNX(path) },
		map[string]data.Points{"left": x, "right": y, "forward": forward, "inverse": inverse},
		map[string][]float64{
			"forward_log_det": forwardLogDet, "inverse_log_det": inverseLogDet,
			"log_prob": must[[]float64](e.t)(g.LogProb(y)), "log_prob_left": must[[]float64](e.t)(g.LogProbLeft(x)),
		})
}

// transport writes a transport's functions at points x of its left and y of its right.
func (e models) transport(name string, within float64, g *f4f.Transport, x, y, cx, cy data.Points, conditions map[string]data.Points) {
	e.t.Helper()
	if cx.Len() > 0 {
		g = g.At(cx, cy)
	}
	arrays := map[string]data.Points{"left": x, "right": y}
	for _, way := range []struct {
		name    string
		x       data.Points
		maps    func(data.Points) (data.Points, []float64, error)
		logProb string
		of      func(data.Points) ([]float64, error)
	}{
		{"forward", x, g.ForwardLogDet, "log_prob_left", g.LogProbLeft},
		{"inverse", y, g.InverseLogDet, "log_prob", g.LogProb},
	} {
		image, logDet, err := way.maps(way.x)
		if err != nil {
			e.t.Fatal(err)
		}
		arrays[way.name], arrays[way.name+"_log_det"] = image, columnOf(e.t, logDet)
		arrays[way.logProb] = columnOf(e.t, must[[]float64](e.t)(way.of(way.x)))
	}
	for name, c := range conditions {
		arrays[name] = c
	}
	e.write(name, within, func(path string) error { return g.ExportONNX(path) }, arrays)
}

// farOut returns points of a normal distribution, every fourth of them far outside, where splines are
// linear, and some on the ends of a spline.
func farOut(t *testing.T, n, dim int, seed uint64) data.Points {
	x := sample(t, data.Gaussian(dim), n, seed)
	for i := range n {
		row := x.Row(i)
		switch i % 4 {
		case 1:
			for j := range row {
				row[j] *= 10
			}
		case 2:
			row[i%dim] = []float32{-4, 4, 0}[i%3]
		}
	}
	return x
}

func TestAModelOfONNXAgrees(t *testing.T) {
	environment := onnxPython(t)
	e := models{t, t.TempDir()}
	const near = 5e-5
	plan := func(dim int) f4f.BasePlan {
		return small(t, data.FromPoints("normal", sample(t, data.Gaussian(dim), 500, 1))).Samples(450).Epochs(1)
	}
	for name, p := range map[string]f4f.BasePlan{
		"one feature":    plan(1),
		"two":            plan(2),
		"three":          plan(3),
		"sixteen":        plan(16),
		"coupling":       plan(3).LayerKind(f4f.Coupling),
		"linear":         plan(3).Mixing(f4f.LULinear),
		"permuted":       plan(3).Mixing(f4f.Permutation),
		"affine":         plan(3).Transformer(f4f.Affine),
		"identity start": plan(2).IdentityStart(),
		"not standard":   plan(2).Raw(),
		"of student's t": plan(2).BaseDistribution(f4f.StudentT(3)),
	} {
		d, near := fitted(t, p), near
		if d.Dim() > 3 { // inverted feature by feature, so that each one's rounding moves the next
			near = 5e-4
		}
		e.density(strings.ReplaceAll(name, " ", "-"), near, d, farOut(t, 1000, d.Dim(), 7), data.Points{})
	}
	e.doubleDensity("float64", fitted(t, plan(3).Precision(f4f.Float64)), farOut(t, 1000, 3, 7))
	double := func(s data.Source) f4f.BasePlan { return small(t, s).Epochs(1).Precision(f4f.Float64) }
	between := f4f.Between(double(left), double(right)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Precision(f4f.Float64).Store(store(t))
	e.doubleTransport("float64-between", fitted(t, between), farOut(t, 500, 2, 3), farOut(t, 500, 2, 4))

	skewed := positive(t, 1000)
	mapped := fitted(t, small(t, data.FromPoints("skewed", skewed)).Samples(450).Epochs(1).
		Column("momentum", data.Log, data.Quantile).Column("share", data.Logit(0, 1)).Column("both", data.Robust, data.Asinh(1)).Column("phi", data.Angle(-math.Pi, math.Pi)))
	e.density("mapped", near, mapped, skewed, data.Points{})

	turned := data.Rotated(data.FourCircles(), 45)
	conditional := fitted(t, small(t, turned).Epochs(1))
	x := farOut(t, 500, 2, 3)
	shares := make([]float64, 500)
	for i := range shares {
		shares[i] = float64(i%11) / 10
	}
	each, other := columnOf(t, shares), must[data.Points](t)(columnOf(t, shares).Pick(shuffledRows(500)...))
	e.density("conditional", near, conditional, x, each)
	e.density("embedded", near, fitted(t, small(t, turned).Epochs(1).Embedding(3)), x, each)
	e.density("under-one-condition", near, conditional, x, data.Point(0.3))

	y := farOut(t, 500, 2, 4)
	e.transport("between", near, fitted(t, smallBetween(t)), x, y, data.Points{}, data.Points{}, nil)
	transfer := must[*f4f.Transport](t)(f4f.BaseTransfer(fitted(t, small(t, left)), fitted(t, small(t, right))))
	e.transport("transfer", near, transfer, x, y, data.Points{}, data.Points{}, nil)
	for name, r := range map[string]f4f.Relation{"difference": f4f.Difference, "both": f4f.Both} {
		base := small(t, turned).Epochs(1)
		g := fitted(t, smallTransport(t, base, base, r).Samples(1000).Epochs(1))
		e.transport("among-"+name, near, g, x, y, each, other, map[string]data.Points{"condition_left": each, "condition_right": other})
	}
	base, elsewhere := small(t, turned).Epochs(1), small(t, data.Rotated(data.Checkerboard(), 45)).Epochs(1)
	shared := fitted(t, smallTransport(t, base, elsewhere, f4f.Shared).Samples(1000).Epochs(1))
	e.transport("shared", near, shared, x, y, each, each, map[string]data.Points{"condition": each})

	own := fitted(t, smallAmong(t, turned, turned, ratio))
	e.transport("among-own", near, own, x, y, each, other, map[string]data.Points{"condition_left": each, "condition_right": other})
	e.density("own-layer", near, fitted(t, small(t, left).LayerKind(sheared).Epochs(1)), x, data.Points{})

	out, err := environment.Command(t.Context(), "testdata/ask_onnx.py", e.folder).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// ratio is a relation of one's own.
var ratio = f4f.RelationFunc("ratio", 1, func(cx, cy *graph.Node) *graph.Node {
	return graph.ReduceAndKeep(graph.Tanh(graph.Sub(cy, cx)), graph.ReduceSum, -1)
})

// positive returns points with a positive column, a share, one with tails on both sides, an angle.
func positive(t *testing.T, n int) data.Points {
	z := sample(t, data.Gaussian(4), n, 11)
	for i := range n {
		row := z.Row(i)
		row[0] = float32(math.Exp(float64(row[0])))
		row[1] = float32(1 / (1 + math.Exp(-2*float64(row[1]))))
		row[2] *= row[2] * row[2]
		row[3] = float32(math.Remainder(float64(2*row[3]), 2*math.Pi))
	}
	return must[data.Points](t)(z.WithColumnNames("momentum", "share", "both", "phi"))
}

func shuffledRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i * 7 % n
	}
	return rows
}

// TestAProgramInCRunsAModel builds a program in C against the library in ONNX Runtime's wheel, which
// lacks the header. A Go module has it.
func TestAProgramInCRunsAModel(t *testing.T) {
	environment, folder := onnxPython(t), t.TempDir()
	library, err := filepath.Glob(filepath.Join(environment.Folder, "lib", "*", "site-packages", "onnxruntime", "capi", "libonnxruntime.so.*"))
	if err != nil || len(library) != 1 {
		t.Skipf("the wheel of ONNX Runtime has no library for C here: %v", library)
	}
	command := func(name string, arguments ...string) *exec.Cmd {
		cmd := exec.Command(name, arguments...)
		cmd.Dir = folder
		return cmd
	}
	run := func(cmd *exec.Cmd) []byte {
		t.Helper()
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s%s", cmd, err, out, stderr.String())
		}
		return out
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(run(command("go", "mod", "download", "-json", "github.com/yalue/onnxruntime_go@v1.27.0")), &module); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(library[0], filepath.Join(folder, "libonnxruntime.so.1")); err != nil { // the name that the library goes by
		t.Fatal(err)
	}
	source := must[string](t)(filepath.Abs("testdata/onnx.c"))
	run(command("cc", "-o", "onnx", source, "-I", module.Dir, "libonnxruntime.so.1", "-Wl,-rpath,"+folder))

	d, x := fitted(t, small(t, left)), farOut(t, 100, 2, 5)
	if err := d.ExportONNX(filepath.Join(folder, "model.onnx"), "log_prob"); err != nil {
		t.Fatal(err)
	}
	program := command("./onnx", "model.onnx", "2")
	program.Stdin = strings.NewReader(strings.Trim(fmt.Sprint(x.Values()), "[]"))
	for i, text := range strings.Fields(string(run(program))) {
		want := must[[]float64](t)(d.LogProb(x.Slice(i, i+1)))[0]
		if got := must[float64](t)(strconv.ParseFloat(text, 64)); !(math.Abs(got-want) <= 5e-5*math.Max(1, math.Abs(want))) {
			t.Errorf("the log-prob of point %d is %v in C, want %v", i, got, want)
		}
	}
}

func TestWhatCantBeExportedToONNX(t *testing.T) {
	counts := sample(t, data.Gaussian(2), 500, 1)
	for i := range counts.Len() {
		counts.Row(i)[0] = float32(math.Floor(float64(5 + 2*counts.Row(i)[0])))
	}
	d := fitted(t, small(t, data.FromPoints("counts", must[data.Points](t)(counts.WithColumnNames("jets", "mass")))).Samples(450).Epochs(1).Column("jets", data.Whole))
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := d.ExportONNX(path); err == nil || !strings.Contains(err.Error(), "jets") {
		t.Errorf("a column of whole numbers has noise: got the error %v", err)
	}
	largest := f4f.RelationFunc("largest", 1, func(cx, cy *graph.Node) *graph.Node {
		return graph.ConvertDType(graph.ExpandAxes(graph.ArgMax(graph.Concatenate([]*graph.Node{cx, cy}, -1), -1), -1), cx.DType())
	})
	turned := data.Rotated(data.FourCircles(), 45)
	if err := fitted(t, smallAmong(t, turned, turned, largest)).ExportONNX(path); err == nil || !strings.Contains(err.Error(), "ArgMinMax") {
		t.Errorf("a relation of one's own uses an operation that isn't written: got the error %v", err)
	}
	plain := fitted(t, small(t, left))
	if err := plain.ExportONNX(path, "sample"); err == nil || !strings.Contains(err.Error(), "decode") {
		t.Errorf("there is no function sample: got the error %v", err)
	}
	if err := plain.ExportONNX(filepath.Join(t.TempDir(), "missing", "model.onnx")); err == nil {
		t.Error("a model was written to a folder that is not there")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an export that failed has left a file")
	}
	if err := plain.ExportONNX(path, "log_prob"); err != nil {
		t.Error(err)
	}
}

// onnxPython returns a Python with ONNX Runtime, installed once in the user's cache folder.
func onnxPython(t *testing.T) py.Environment {
	t.Helper()
	return must[py.Environment](t)(py.Packages{Name: "onnx", Pins: "onnx==1.23.2\nonnxruntime==1.32.0\nnumpy==2.4.6\n", Size: "some 200 MB"}.Install(t.Context()))
}
