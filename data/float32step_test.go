package data

import (
	"math"
	"testing"
)

func TestFloat32StepIsTheGapToTheNextNumber(t *testing.T) {
	for v, want := range map[float64]float64{1e8: 8, -1e8: 8, 1: 0x1p-23, 0.75: 0x1p-24, 0: 0x1p-149, 1e-40: 0x1p-149, math.MaxFloat32: math.Inf(1)} {
		if got := Float32Step(v); got != want {
			t.Errorf("at %v the step is %v, want %v", v, got, want)
		}
	}
}
