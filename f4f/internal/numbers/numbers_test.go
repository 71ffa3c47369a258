package numbers

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/fit"
)

func TestNumbersGoIntoEitherDtypeAndComeOutAgain(t *testing.T) {
	for dtype, want := range map[dtypes.DType]float64{dtypes.Float32: float64(float32(math.Pi)), dtypes.Float64: math.Pi} {
		x := Rounded(dtype, []float64{1, math.Pi, 3, 4}, 2, 2)
		got, err := Of(x)
		if err != nil || x.DType() != dtype || !slices.Equal(got, []float64{1, want, 3, 4}) {
			t.Errorf("%s: numbers come out as %v, %v", dtype, got, err)
		}
		some := make([]float64, 2)
		if err := Copy(some, Tensor(dtype, []float32{5, 6, 7}, 3)); err != nil || !slices.Equal(some, []float64{5, 6}) {
			t.Errorf("%s: the first two of three numbers are %v, %v", dtype, some, err)
		}
	}
}

func TestWeightsAreOfOneDtype(t *testing.T) {
	single, double := tensors.FromScalar(float32(0.1)), tensors.FromScalar(0.1)
	for name, test := range map[string]struct {
		weights fit.Snapshot
		want    dtypes.DType // InvalidDType for an error
	}{
		"single":  {fit.Snapshot{"/a": single, "/b": single}, dtypes.Float32},
		"double":  {fit.Snapshot{"/a": double}, dtypes.Float64},
		"both":    {fit.Snapshot{"/a": single, "/b": double}, dtypes.InvalidDType},
		"integer": {fit.Snapshot{"/a": tensors.FromScalar(int32(1))}, dtypes.InvalidDType},
		"none":    {nil, dtypes.InvalidDType},
	} {
		got, err := DTypeOf(test.weights)
		if failed := test.want == dtypes.InvalidDType; failed != errors.Is(err, fit.ErrCorrupt) || !failed && got != test.want {
			t.Errorf("%s: weights are of %s, %v", name, got, err)
		}
	}
	wide, err := In(dtypes.Float64, fit.Snapshot{"/a": single})
	if err != nil || tensors.ToScalar[float64](wide["/a"]) != float64(float32(0.1)) {
		t.Errorf("0.1 of single precision is %v in double, %v", wide["/a"], err)
	}
}
