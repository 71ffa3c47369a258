package fit

import (
	"context"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
)

func TestWhatWasPreparedIsNotBuiltAgain(t *testing.T) {
	for name, test := range map[string]struct {
		backend compute.Backend
		more    builds // of the score, and of single steps, which are compiled when they first run
		change  func(r *Recipe)
	}{
		"prepared for one device":     {open(t, "xla"), 1, func(*Recipe) {}},
		"prepared for two devices":    {severalDevices(t), 1, func(r *Recipe) { r.Devices = 2 }},
		"prepared for windows":        {open(t, "xla"), 1, func(r *Recipe) { r.Window = 250 }},
		"prepared for the Go backend": {open(t, "go"), 3, func(r *Recipe) { r.Epochs = 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			r := recipe
			test.change(&r)
			var built builds
			want, err := Run(context.Background(), test.backend, built.moved(t, "", 1, 0.25), r, nil, Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			promised := built.moved(t, name, 1, 0) // the data only have the same shapes
			for _, sets := range [][]*tensors.Tensor{promised.Data, promised.Validation} {
				for i, set := range sets {
					sets[i] = tensors.FromShape(set.Shape())
				}
			}
			if err := Prepare(test.backend, promised, r); err != nil {
				t.Fatal(err)
			}
			before := built
			if err := Prepare(test.backend, promised, r); err != nil || built != before {
				t.Errorf("prepared again, graphs are built %d times (%v)", built-before, err)
			}
			got, err := Run(context.Background(), test.backend, built.moved(t, name, 1, 0.25), r, nil, Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			identical(t, "what was prepared", got, want)
			if more := built - before; more != test.more {
				t.Errorf("graphs were built %d times more by a run that was prepared, want %d", more, test.more)
			}
		})
	}
}

func TestPreparingWhatCannotRunIsAnError(t *testing.T) {
	var built builds
	p := built.moved(t, "what can't run", 1, 0)
	bad := recipe
	bad.Batch = 1 << 20
	if err := Prepare(open(t, "go"), p, bad); err == nil {
		t.Error("a batch of more rows than there are is prepared for")
	}
	p.CacheKey = ""
	before := built
	if err := Prepare(open(t, "go"), p, recipe); err != nil || built != before {
		t.Errorf("what no run can find is prepared: %d graphs, %v", built-before, err)
	}
}
