package wasserstein2

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// small returns the entries of a small pair: 2 normals in 3 dimensions, layers of 5, 4 and 3 units.
func small(seed uint64) file {
	rng := rand.New(rand.NewPCG(seed, 0))
	f := file{}
	add := func(name string, draw func() float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = draw()
		}
		f[name] = tensors.FromFlatDataAndDimensions(values, shape...)
	}
	positive := func() float64 { return math.Abs(rng.NormFloat64()) / 3 }
	add("centres", rng.NormFloat64, 2, 3)
	add("maps", rng.NormFloat64, 2, 3, 3)
	add("scale", func() float64 { return 0.3 }, 1)
	add("shift", rng.NormFloat64, 3)
	for _, v := range []string{"v1", "v2"} {
		units := []int{5, 4, 3}
		for i, n := range units {
			at := fmt.Sprintf("%s.quadratic_layers.%d.", v, i)
			add(at+"quadratic_decomposed", func() float64 { return rng.NormFloat64() / 2 }, 3, 1, n)
			add(at+"weight", rng.NormFloat64, n, 3)
			add(at+"bias", rng.NormFloat64, n)
			if i > 0 {
				add(fmt.Sprintf("%s.convex_layers.%d.weight", v, i-1), positive, n, units[i-1])
			}
		}
		add(v+".final_layer.weight", positive, 1, 3)
	}
	add("x", rng.NormFloat64, 4, 3) // what Read leaves alone
	return f
}

func write(t testing.TB, f file) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small-3.safetensors")
	if err := safetensors.Write(path, f, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// value is F(x), written out from the format's description.
func value(f file, x []float64) float64 {
	get := func(name string) ([]float64, []int) {
		values, _ := func() ([]float64, error) {
			var v []float64
			err := tensors.ConstFlatData(f[name], func(flat []float64) { v = append(v, flat...) })
			return v, err
		}()
		return values, f[name].Shape().Dimensions
	}
	total := 0.0
	for _, v := range []string{"v1", "v2"} {
		var h []float64
		for i := range 3 {
			at := fmt.Sprintf("%s.quadratic_layers.%d.", v, i)
			q, _ := get(at + "quadratic_decomposed")
			w, shape := get(at + "weight")
			b, _ := get(at + "bias")
			units := make([]float64, shape[0])
			for u := range units {
				product := 0.0
				for j := range x {
					product += q[j*shape[0]+u] * x[j]
					units[u] += w[u*3+j] * x[j]
				}
				units[u] += product*product + b[u]
				if i > 0 {
					c, _ := get(fmt.Sprintf("%s.convex_layers.%d.weight", v, i-1))
					for k := range h {
						units[u] += c[u*len(h)+k] * h[k]
					}
					units[u] = math.Max(0, units[u]) + math.Min(0, math.Expm1(units[u]))
				}
			}
			h = units
		}
		w, _ := get(v + ".final_layer.weight")
		for u := range h {
			total += w[u] * h[u]
		}
		for j := range x {
			total += 0.005 * x[j] * x[j]
		}
	}
	shift, _ := get("shift")
	for j := range x {
		total += shift[j] * x[j]
	}
	return 0.3 * total
}

func TestGradientsAndHessiansAreThoseOfThePotential(t *testing.T) {
	for seed := range uint64(3) {
		f := small(seed)
		p := &potential{dim: 3, scale: 0.3}
		var err error
		if p.shift, _, err = f.read("shift", 3); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"v1", "v2"} {
			if p.of[i], err = f.network(name, 3); err != nil {
				t.Fatal(err)
			}
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		for range 20 {
			const step = 1e-5
			x := []float64{2 * rng.NormFloat64(), 2 * rng.NormFloat64(), 2 * rng.NormFloat64()}
			g, h := make([]float64, 3), mat.NewSymDense(3, nil)
			p.Gradient(g, x)
			p.Hessian(h, x)
			for j := range x {
				up, down := append([]float64{}, x...), append([]float64{}, x...)
				up[j], down[j] = x[j]+step, x[j]-step
				if want := (value(f, up) - value(f, down)) / (2 * step); math.Abs(g[j]-want) > 1e-6*(1+math.Abs(want)) {
					t.Fatalf("feature %d of the gradient at %v is %v, by differences %v", j, x, g[j], want)
				}
				above, below := make([]float64, 3), make([]float64, 3)
				p.Gradient(above, up)
				p.Gradient(below, down)
				for k := range x {
					if want := (above[k] - below[k]) / (2 * step); math.Abs(h.At(j, k)-want) > 1e-4*(1+math.Abs(want)) {
						t.Fatalf("entry (%d, %d) of the Hessian at %v is %v, by differences %v", j, k, x, h.At(j, k), want)
					}
				}
			}
		}
	}
}

func TestReadGivesThePairOfTheFile(t *testing.T) {
	f := small(1)
	pair, err := Read(write(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if pair.Name() != "small-3" || pair.Left().Dim() != 3 {
		t.Errorf("the pair is %s in %d dimensions", pair, pair.Left().Dim())
	}
	x, err := pair.Left().Sample(300, 1)
	if err != nil {
		t.Fatal(err)
	}
	y, err := pair.Map(x)
	if err != nil {
		t.Fatal(err)
	}
	at := []float64{x.At(7, 0), x.At(7, 1), x.At(7, 2)}
	for j := range at {
		const step = 1e-5
		up, down := append([]float64{}, at...), append([]float64{}, at...)
		up[j], down[j] = at[j]+step, at[j]-step
		if want := (value(f, up) - value(f, down)) / (2 * step); math.Abs(y.At(7, j)-want) > 1e-5*(1+math.Abs(want)) {
			t.Errorf("feature %d of an image is %v, want %v", j, y.At(7, j), want)
		}
	}
	// The image's density is found by inverting the map: at images, and between them.
	for name, points := range map[string]func() (data.Points, error){"images": func() (data.Points, error) { return y, nil }, "fresh": func() (data.Points, error) { return pair.Right().Sample(300, 9) }} {
		z, err := points()
		if err != nil {
			t.Fatal(err)
		}
		if logs, err := pair.Right().LogProb(z); err != nil || math.IsNaN(logs[0]) {
			t.Errorf("%s: the density is %v (%v)", name, logs, err)
		}
	}
}

func TestWhatIsWrongWithAFileIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f file)
		words  []string
	}{
		"an entry is missing":    {func(f file) { delete(f, "v2.convex_layers.1.weight") }, []string{"v2.convex_layers.1.weight", "no entry"}},
		"no layers":              {func(f file) { delete(f, "v1.quadratic_layers.0.weight") }, []string{"v1.quadratic_layers.0.weight"}},
		"no centres":             {func(f file) { delete(f, "centres") }, []string{"centres"}},
		"another shape":          {func(f file) { f["shift"] = tensors.FromValue([]float64{1, 2}) }, []string{"shift", "[3]", "[2]"}},
		"a scalar":               {func(f file) { f["scale"] = tensors.FromScalar(1.0) }, []string{"scale", "[1]"}},
		"integers":               {func(f file) { f["shift"] = tensors.FromValue([]int64{1, 2, 3}) }, []string{"shift", "F64"}},
		"a NaN":                  {func(f file) { f["shift"] = tensors.FromValue([]float64{1, 2, math.NaN()}) }, []string{"shift", "NaN", "2"}},
		"no scale":               {func(f file) { f["scale"] = tensors.FromValue([]float64{0}) }, []string{"scale", "above 0"}},
		"a negative weight":      {func(f file) { f["v1.final_layer.weight"] = tensors.FromValue([][]float64{{1, -2, 1}}) }, []string{"v1.final_layer.weight", "-2", "convex"}},
		"a flat component":       {func(f file) { f["maps"] = tensors.FromFlatDataAndDimensions(make([]float64, 18), 2, 3, 3) }, []string{"maps", "component 0", "positive definite"}},
		"no points in centres":   {func(f file) { f["centres"] = tensors.FromFlatDataAndDimensions([]float64{}, 0, 3) }, []string{"centres"}},
		"another number of maps": {func(f file) { f["maps"] = tensors.FromFlatDataAndDimensions(make([]float64, 9), 1, 3, 3) }, []string{"maps", "[2 3 3]"}},
	} {
		f := small(1)
		test.change(f)
		pair, err := Read(write(t, f))
		if err == nil || pair != nil {
			t.Errorf("%s: got %v, want an error", name, pair)
			continue
		}
		for _, word := range test.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q isn't in the error: %v", name, word, err)
			}
		}
	}
	path := write(t, small(1))
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); !errors.Is(err, safetensors.ErrCorrupt) {
		t.Errorf("half a file gives %v", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file gives %v", err)
	}
}

// FuzzRead changes bytes of a good file, and its checksum is left out, so that changed numbers count.
func FuzzRead(f *testing.F) {
	path := write(f, small(1))
	content, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	content = []byte(strings.Replace(string(content), `"sha256"`, `"sha255"`, 1))
	f.Add(content)
	f.Add(content[:200])
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "f.safetensors")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		pair, err := Read(path)
		if err != nil {
			return
		}
		if x, err := pair.Left().Sample(3, 1); err == nil {
			_, _ = pair.Map(x)
		}
	})
}
