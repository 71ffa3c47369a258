package wasserstein2_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/f4f/metric/wasserstein2"
)

// The file here is made for the example: one standard normal distribution in two dimensions, and
// potentials of one unit each, |x₀|² and |x₁|².
func ExampleRead() {
	entries := map[string]*tensors.Tensor{
		"centres": tensors.FromValue([][]float64{{0, 0}}), "maps": tensors.FromValue([][][]float64{{{1, 0}, {0, 1}}}),
		"scale": tensors.FromValue([]float64{1}), "shift": tensors.FromValue([]float64{3, 0}),
	}
	for v, q := range map[string][][][]float64{"v1": {{{1}}, {{0}}}, "v2": {{{0}}, {{1}}}} {
		entries[v+".quadratic_layers.0.quadratic_decomposed"] = tensors.FromValue(q)
		entries[v+".quadratic_layers.0.weight"] = tensors.FromValue([][]float64{{0, 0}})
		entries[v+".quadratic_layers.0.bias"] = tensors.FromValue([]float64{0})
		entries[v+".final_layer.weight"] = tensors.FromValue([][]float64{{1}})
	}
	folder, err := os.MkdirTemp("", "pair")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "example.safetensors")
	if err := safetensors.Write(path, entries, nil); err != nil {
		fmt.Println(err)
		return
	}

	pair, err := wasserstein2.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := data.NewPoints(2, []float32{0, 0, 1, 0, 0, 1, 1, 1})
	truth, err := pair.Map(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	uvp, err := metric.UVP(truth, x) // of the map that moves nothing
	fmt.Printf("%s: (1, 0) goes to %.2f; the identity has a UVP of %.0f%%, %v", pair, truth.Row(1), uvp.Value, err)
	// Output: example: (1, 0) goes to [5.02 0.00]; the identity has a UVP of 642%, <nil>
}
