package f4f_test

import (
	"fmt"
	"os"
	"testing"
)

// resident is the memory that the process holds, in MB.
func resident(t *testing.T) float64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / 1e6
}

func TestFitsLeaveNoMemoryBehind(t *testing.T) {
	plan := small(t, left).Backend("xla")
	fit := func(seed uint64) float64 {
		fitted(t, plan.Seed(seed))
		return resident(t)
	}
	fit(1)
	before, after := fit(2), 0.0
	const fits = 8
	for seed := range uint64(fits) {
		after = fit(10 + seed)
	}
	t.Logf("%.0f MB after two fits, %.0f MB after %d more", before, after, fits)
	if grown := after - before; grown > 40 { // it was 300 MB, of memory that XLA had freed, before it was given back
		t.Errorf("%d fits left %.0f MB behind", fits, grown)
	}
}
