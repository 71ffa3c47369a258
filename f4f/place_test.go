package f4f_test

import (
	"math"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/f4f"
)

func TestWindowsGiveTheSameFlowBitForBit(t *testing.T) {
	x := sample(t, left, 200, 9)
	for _, choice := range []string{"go", "xla"} {
		plan := small(t, left).Backend(choice)
		whole, windows := fitted(t, plan.Store(t.TempDir())), fitted(t, plan.Window(330).Store(t.TempDir()))
		if !slices.Equal(whole.Losses(), windows.Losses()) || whole.Fingerprint() != windows.Fingerprint() {
			t.Errorf("%s: losses differ, or fingerprints %s and %s do", choice, whole.Fingerprint(), windows.Fingerprint())
		}
		if !slices.Equal(must[[]float64](t)(whole.LogProb(x)), must[[]float64](t)(windows.LogProb(x))) {
			t.Errorf("%s: densities differ", choice)
		}
	}
	between := smallBetween(t)
	whole, windows := fitted(t, between.Store(t.TempDir())), fitted(t, between.Window(330).Store(t.TempDir()))
	if !slices.Equal(whole.Losses(), windows.Losses()) {
		t.Error("losses of a transport differ")
	}
}

func TestDevicesGiveTheSameFlowToRounding(t *testing.T) {
	// At a low learning rate, at which training doesn't blow up what rounding differs in.
	turned := small(t, turned{}).Layers(1).Blocks(0).Backend("xla:cpu,devices=4").Batch(48).LearningRate(1e-4)
	among := f4f.Between(turned, turned).On(f4f.Difference).Layers(1).Hidden(12).Blocks(0).Bins(4).Samples(2000).Batch(48).LearningRate(1e-4).Epochs(2).Backend("xla:cpu,devices=4").Store(store(t))
	for name, losses := range map[string][2][]float32{
		"base":  {fitted(t, turned.Devices(1)).Losses(), fitted(t, turned.Devices(2).Store(t.TempDir())).Losses()},
		"among": {fitted(t, among.Devices(1)).Losses(), fitted(t, among.Devices(4).Window(500).Store(t.TempDir())).Losses()},
	} {
		one, several, worst := losses[0], losses[1], 0.0
		for i, l := range one {
			worst = max(worst, math.Abs(float64(several[i]-l))/max(math.Abs(float64(l)), 0.1))
		}
		t.Logf("%s: %d losses from %.3f to %.3f, at most %.2g of themselves off", name, len(one), one[0], one[len(one)-1], worst)
		if len(one) != len(several) || worst > 1e-4 {
			t.Errorf("%s: %d losses, %d on one device, are up to %g of themselves off", name, len(several), len(one), worst)
		}
	}
}
